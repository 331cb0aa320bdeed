/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * Files and directories that we create inside somebody else's process: directories 0750 and files
 * 0640 whatever the umask (which belongs to the host and is never changed), never through a
 * symbolic link, close-on-exec, and each writable path with one owner. Source: design.md §5 and §6.
 *
 * The last component of a path is never followed; parents that exist may be links of the operator
 * (/var/run), parents that are missing are made one by one.
 */

#include "base/compat.h"

enum { TT_PATH_MAX = 1024, TT_PATH_DIRS_MAX = 999 };

/* What went wrong, for a log line: which step, which path, the system's words. */
struct tt_path_error {
    int errno_value; /* 0 when no system call failed */
    char text[TT_PATH_MAX + 256];
};

/*
 * Makes a directory and its missing parents, each 0750; one that exists is left as it is.
 * Fails: TT_EPERM (also: the last component is a link), TT_ENOENT, TT_ENOSPC, TT_EINVAL (it is no
 * directory), TT_ELIMIT (too long), TT_EIO; *error says which. Thread: any but a host's worker.
 */
int tt_path_make_dir(const char *path, struct tt_path_error *error);

/* Makes the directories that path lies in, as above; the last of them may be a link, too. */
int tt_path_make_parents(const char *path, struct tt_path_error *error);

/*
 * Opens a regular file for reading and appending, makes it (0640) and its parents if missing, and
 * locks it (flock, exclusive) so that no other process and no other open of this process shares it.
 * The lock ends with the descriptor. The name still led to the file after the lock was taken.
 * Fails: TT_EBUSY (somebody else owns it), TT_EINVAL (no regular file) and as above.
 */
int tt_path_open_append(const char *path, int *fd, struct tt_path_error *error);

/* True while the path still leads, without a link, to the file open as fd. */
bool tt_path_is_open_as(const char *path, int fd);

/*
 * Claims a directory of our own below base: the first n from 1 whose lock file
 * <base>/<software>-<n>.lock nobody holds; makes <base>/<software>-<n>, whose path goes to dir.
 * The claim lasts as long as *lock_fd is open, also in a child of fork; lock files stay.
 * Fails: TT_ELIMIT (TT_PATH_DIRS_MAX are taken, or dir_cap is too small), and as above.
 */
int tt_path_claim_dir(const char *base, const char *software, unsigned *n, char *dir,
                      size_t dir_cap, int *lock_fd, struct tt_path_error *error);
