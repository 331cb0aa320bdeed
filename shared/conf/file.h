/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/* One regular file of a bounded size into memory. */

#include "base/compat.h"

/*
 * *text is the caller's (free), len bytes and a NUL that does not count. *reason: words for a message,
 * such as "Permission denied" or "more than 1MiB"; lends for ever; set on every failure.
 * Fails: TT_ENOENT, TT_EPERM, TT_EIO, TT_ELIMIT (larger than max), TT_ENOMEM.
 * Thread: any; waits for the disk, never for a pipe or device.
 */
int tt_conf_file_read(const char *path, size_t max, char **text, size_t *len, const char **reason);
