/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/* Names as people write them in lists: any case, a trailing dot, letters of any script. */

#include "base/str.h"

enum { TT_HOST_NAME_MAX = 253 };

/*
 * The text form (wire/name.h) of a host name: lower case, A-labels for what is not ASCII (IDNA 2008 with
 * the mapping of UTS 46). Labels of letters, digits, '-' and '_'; the last begins with a letter. Returns
 * its length, 0 when it is none. out: TT_HOST_NAME_MAX bytes. Thread: any.
 */
size_t tt_host_name_read(struct tt_str text, char *out);

/* Whether a text form has more than one label. No escapes. */
bool tt_host_name_has_dot(const char *name, size_t len);
