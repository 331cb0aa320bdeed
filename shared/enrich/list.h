/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * The lists that sink filters name (only.list, except.list): threat lists in all but their use. A
 * const struct tt_list is the object of tt_data_list.
 */

#include "base/str.h"

struct tt_list;

/* Whether a list (const struct tt_list) holds the name: a tt_filter_list_f. NULL holds none. Thread: any. */
bool tt_list_has(const void *list, struct tt_str name);
