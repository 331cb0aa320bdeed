/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "sink/file_rotate.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "base/path.h"

const char *tt_file_numbered(char name[TT_FILE_NAME_MAX], const char *path, unsigned n,
                             bool is_packed)
{
    snprintf(name, TT_FILE_NAME_MAX, "%s.%u%s", path, n, is_packed ? ".zst" : "");
    return name;
}

static const char *name_next(char name[TT_FILE_NAME_MAX], const char *path)
{
    snprintf(name, TT_FILE_NAME_MAX, "%s.rotating", path);
    return name;
}

static int fail_errno(struct tt_buf *why, const char *step, const char *name)
{
    int errno_value = errno;

    tt_buf_format(why, "%s %s: %s", step, name, strerrordesc_np(errno_value));
    return tt_error_from_errno(errno_value);
}

/* Whether somebody else writes to the file. */
static bool is_locked(const char *name)
{
    int fd = open(name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    bool result = fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK;

    if (fd >= 0)
        close(fd);
    return result;
}

/* A name that may be moved or removed: free, or a regular file that nobody writes to. size NULL is
 * fine; a free name has no size and *is_there is false. */
static int look_at(const char *name, bool *is_there, uint64_t *size, struct tt_buf *why)
{
    struct stat st;

    *is_there = lstat(name, &st) == 0;
    if (!*is_there)
        return errno == ENOENT ? TT_OK : fail_errno(why, "cannot inspect", name);
    if (!S_ISREG(st.st_mode)) {
        tt_buf_format(why, "%s is no regular file: move it away", name);
        return TT_EINVAL;
    }
    if (is_locked(name)) {
        tt_buf_format(why, "another process or sink owns %s: give it another path", name);
        return TT_EBUSY;
    }
    if (size != NULL)
        *size = (uint64_t)st.st_size;
    return TT_OK;
}

/* Whether a number is taken, by either name. */
static int look_at_number(const char *path, unsigned n, bool *is_taken, struct tt_buf *why)
{
    char name[TT_FILE_NAME_MAX];
    bool is_plain = false, is_packed = false;
    int err = look_at(tt_file_numbered(name, path, n, false), &is_plain, NULL, why);

    if (err == TT_OK)
        err = look_at(tt_file_numbered(name, path, n, true), &is_packed, NULL, why);
    *is_taken = is_plain || is_packed;
    return err;
}

static int remove_number(const char *path, unsigned n, struct tt_buf *why)
{
    char name[TT_FILE_NAME_MAX];

    for (int is_packed = 0; is_packed < 2; is_packed++)
        if (unlink(tt_file_numbered(name, path, n, is_packed)) != 0 && errno != ENOENT)
            return fail_errno(why, "cannot remove", name);
    return TT_OK;
}

static int move_number(const char *path, unsigned n, struct tt_buf *why)
{
    char from[TT_FILE_NAME_MAX], to[TT_FILE_NAME_MAX];

    for (int is_packed = 0; is_packed < 2; is_packed++)
        if (rename(tt_file_numbered(from, path, n, is_packed),
                   tt_file_numbered(to, path, n + 1, is_packed)) != 0 &&
            errno != ENOENT)
            return fail_errno(why, "cannot rename", from);
    return TT_OK;
}

/* What a larger `keep` left behind. */
static int remove_surplus(const char *path, unsigned keep, struct tt_buf *why)
{
    bool is_taken = true;
    int err = TT_OK;

    for (unsigned n = keep + 1; n <= TT_FILE_KEEP_MAX && is_taken && err == TT_OK; n++) {
        err = look_at_number(path, n, &is_taken, why);
        if (err == TT_OK && is_taken)
            err = remove_number(path, n, why);
    }
    return err;
}

/* Makes number 1 free: everything up to the first gap moves up by one, without a gap the oldest
 * goes. What fails afterwards finds number 1 free the next time, so that failing often removes
 * nothing more. */
static int free_first(const char *path, unsigned keep, struct tt_buf *why)
{
    unsigned gap = 0;
    int err = TT_OK;

    for (unsigned n = 1; n <= keep && err == TT_OK; n++) {
        bool is_taken = false;
        err = look_at_number(path, n, &is_taken, why);
        if (!is_taken && gap == 0)
            gap = n;
    }
    if (err == TT_OK && gap == 0) {
        gap = keep;
        err = remove_number(path, keep, why);
    }
    for (unsigned n = gap - 1; n >= 1 && err == TT_OK; n--)
        err = move_number(path, n, why);
    return err;
}

/* The old file under two names: killed between link and rename. */
static int drop_second_name(const char *path, struct tt_buf *why)
{
    char first[TT_FILE_NAME_MAX];
    struct stat by_path, by_first;

    tt_file_numbered(first, path, 1, false);
    if (lstat(path, &by_path) != 0 || lstat(first, &by_first) != 0 ||
        by_path.st_ino != by_first.st_ino || by_path.st_dev != by_first.st_dev)
        return TT_OK;
    return unlink(first) == 0 ? TT_OK : fail_errno(why, "cannot remove", first);
}

int tt_file_settle(const char *path, unsigned keep, struct tt_buf *why)
{
    char next[TT_FILE_NAME_MAX], first[TT_FILE_NAME_MAX];
    uint64_t size = 0;
    bool is_there;
    int err = drop_second_name(path, why);

    name_next(next, path);
    if (err == TT_OK)
        err = look_at(next, &is_there, &size, why);
    if (err != TT_OK || !is_there)
        return err;
    if (size == 0) /* it never became the file */
        return unlink(next) == 0 ? TT_OK : fail_errno(why, "cannot remove", next);
    err = free_first(path, TT_MAX(keep, 1u), why); /* it was the file, and has no number yet */
    if (err == TT_OK && rename(next, tt_file_numbered(first, path, 1, false)) != 0)
        err = fail_errno(why, "cannot rename", next);
    return err;
}

static int fail_moved(struct tt_buf *why, const char *path)
{
    tt_buf_format(why, "%s was moved or removed", path);
    return TT_ECLOSED;
}

static bool lacks_exchange(int errno_value)
{
    return errno_value == EINVAL || errno_value == ENOSYS || errno_value == EOPNOTSUPP ||
           errno_value == EPERM;
}

/* Without an exchange. */
static int swap_by_link(const char *path, const char *next, const char *first, int fd,
                        struct tt_buf *why)
{
    int err = TT_OK;

    if (link(path, first) != 0)
        return fail_errno(why, "cannot link", first);
    if (!tt_path_is_open_as(first, fd))
        err = fail_moved(why, path);
    else if (rename(next, path) != 0)
        err = fail_errno(why, "cannot rename", next);
    if (err != TT_OK)
        unlink(first);
    return err;
}

/* Puts the file `next` in the place of path, and the one that is open as fd behind number 1. */
static int swap(const char *path, const char *next, int fd, struct tt_buf *why)
{
    char first[TT_FILE_NAME_MAX];

    tt_file_numbered(first, path, 1, false);
    if (!tt_path_is_open_as(path, fd))
        return fail_moved(why, path);
    if (renameat2(AT_FDCWD, next, AT_FDCWD, path, RENAME_EXCHANGE) != 0)
        return lacks_exchange(errno) ? swap_by_link(path, next, first, fd, why)
                                     : fail_errno(why, "cannot exchange", next);
    if (!tt_path_is_open_as(next, fd)) {
        /* Somebody replaced path in the last microsecond; it becomes theirs again. */
        (void)renameat2(AT_FDCWD, next, AT_FDCWD, path, RENAME_EXCHANGE);
        return fail_moved(why, path);
    }
    /* If this fails the records stay in `next`, and the next rotation begins by giving it its
     * number. */
    (void)rename(next, first);
    return TT_OK;
}

int tt_file_rotate(const char *path, unsigned keep, int *fd, struct tt_buf *why)
{
    struct tt_path_error error;
    char next[TT_FILE_NAME_MAX];
    int next_fd, err = tt_file_settle(path, keep, why);

    if (err != TT_OK)
        return err;
    err = tt_path_open_append(name_next(next, path), &next_fd, &error);
    if (err != TT_OK) {
        tt_buf_format(why, "%s", error.text);
        return err;
    }
    err = remove_surplus(path, keep, why);
    if (err == TT_OK)
        err = free_first(path, keep, why);
    if (err == TT_OK)
        err = swap(path, next, *fd, why);
    if (err != TT_OK) {
        if (tt_path_is_open_as(next, next_fd))
            unlink(next);
        close(next_fd);
        return err;
    }
    close(*fd);
    *fd = next_fd;
    return TT_OK;
}
