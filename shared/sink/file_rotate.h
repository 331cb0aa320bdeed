/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * Rotation of a file by its size: PATH becomes PATH.1, PATH.1 becomes PATH.2 … up to `keep`, the
 * oldest is removed. A packed one is PATH.N.zst.
 *
 * One owner: whoever holds the lock of the file that PATH leads to owns PATH and all names made
 * from it (base/path.h). The next file is made beside it as PATH.rotating and locked, then both
 * names are exchanged in one step (renameat2, Linux 3.15; where a file system has no exchange, a
 * second name PATH.1 and a rename over PATH). So PATH always leads to a locked file of ours and
 * nobody can take it in between.
 *
 * Killed anywhere: every record stands in exactly one file, under PATH, PATH.N or PATH.rotating, or
 * in one file of two names (PATH and PATH.1); tt_file_settle puts the latter two right. Numbers may
 * have a gap, which the next rotation closes.
 *
 * All calls: by the owner of the path, on the sink's thread.
 */

#include "base/buf.h"

enum { TT_FILE_NAME_MAX = 1024 + 16, TT_FILE_KEEP_MAX = 99 };

/* PATH.n, or PATH.n.zst. */
const char *tt_file_numbered(char name[TT_FILE_NAME_MAX], const char *path, unsigned n,
                             bool is_packed);

/* Finishes what a killed process began. Fails as tt_file_rotate: what is there stays as it is. */
int tt_file_settle(const char *path, unsigned keep, struct tt_buf *why);

/*
 * Rotates: *fd is the locked file open as path, and on success the new, empty one. On failure
 * nothing has changed but numbers, *fd is as it was and *why says what is in the way, and what to
 * do. Fails: TT_EINVAL (a numbered name is no regular file), TT_EBUSY (somebody owns a numbered
 * file), TT_ECLOSED (path no longer leads to *fd), TT_EPERM, TT_ENOSPC, TT_EIO ….
 */
int tt_file_rotate(const char *path, unsigned keep, int *fd, struct tt_buf *why);
