/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/*
 * mkdir and open obey the umask, which belongs to the host: every creation is followed by a chmod
 * of exactly what was created. A directory made with a hostile umask could not even be opened by
 * its owner, then its mode is set by name, without following a link.
 */

#include "base/path.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"

enum { DIR_MODE = 0750, FILE_MODE = 0640, RACES_MAX = 8 };

TT_PRINTF(4, 5)
static int fail(struct tt_path_error *error, int result, int errno_value, const char *format, ...)
{
    va_list args;
    int len;

    va_start(args, format);
    len = vsnprintf(error->text, sizeof(error->text), format, args);
    va_end(args);
    error->errno_value = errno_value;
    if (errno_value != 0 && len > 0 && (size_t)len < sizeof(error->text))
        snprintf(error->text + len, sizeof(error->text) - (size_t)len, ": %s",
                 strerrordesc_np(errno_value));
    return result;
}

static int fail_errno(struct tt_path_error *error, const char *step, const char *path)
{
    int errno_value = errno;

    if (errno_value == ELOOP)
        return fail(error, TT_EPERM, errno_value, "%s %s: it is a symbolic link", step, path);
    return fail(error, tt_error_from_errno(errno_value), errno_value, "%s %s", step, path);
}

/* By descriptor; a hostile umask may forbid even the owner to open it, then by name (needs /proc).
 */
static int chmod_new_dir(const char *path, struct tt_path_error *error)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    int failed =
        fd >= 0 ? fchmod(fd, DIR_MODE) : fchmodat(AT_FDCWD, path, DIR_MODE, AT_SYMLINK_NOFOLLOW);
    int result = failed ? fail_errno(error, "cannot set the mode of directory", path) : TT_OK;

    if (fd >= 0)
        close(fd);
    return result;
}

/* One directory that may exist. A link to a directory passes unless it is the last component. */
static int make_one_dir(const char *path, bool is_last, struct tt_path_error *error)
{
    struct stat st;

    if (mkdir(path, DIR_MODE) == 0)
        return chmod_new_dir(path, error);
    if (errno != EEXIST && errno != EROFS && errno != EACCES && errno != EPERM)
        return fail_errno(error, "cannot create directory", path);
    int made_errno = errno;
    if ((is_last ? lstat(path, &st) : stat(path, &st)) != 0) {
        errno = made_errno == EEXIST ? errno : made_errno;
        return fail_errno(error, "cannot create directory", path);
    }
    if (S_ISLNK(st.st_mode))
        return fail(error, TT_EPERM, ELOOP, "refused directory %s: it is a symbolic link", path);
    if (!S_ISDIR(st.st_mode))
        return fail(error, TT_EINVAL, ENOTDIR, "cannot create directory %s", path);
    return TT_OK;
}

/* Every directory down to the first `len` bytes of path. */
static int make_dirs(const char *path, size_t len, bool last_counts, struct tt_path_error *error)
{
    char copy[TT_PATH_MAX];
    int err = TT_OK;

    if (len >= sizeof(copy))
        return fail(error, TT_ELIMIT, ENAMETOOLONG, "path of more than %d bytes", TT_PATH_MAX - 1);
    memcpy(copy, path, len);
    while (len > 1 && copy[len - 1] == '/')
        len--;
    copy[len] = '\0';
    for (size_t i = 1; i <= len && err == TT_OK; i++) {
        if (i < len && (copy[i] != '/' || copy[i - 1] == '/'))
            continue;
        char kept = copy[i];
        copy[i] = '\0';
        err = make_one_dir(copy, i == len && last_counts, error);
        copy[i] = kept;
    }
    return err;
}

int tt_path_make_dir(const char *path, struct tt_path_error *error)
{
    if (*path == '\0')
        return fail(error, TT_EINVAL, 0, "empty path");
    return make_dirs(path, strlen(path), true, error);
}

int tt_path_make_parents(const char *path, struct tt_path_error *error)
{
    const char *slash = strrchr(path, '/');

    return slash != NULL && slash != path ? make_dirs(path, (size_t)(slash - path), false, error) : TT_OK;
}

/* Opens the file, or makes it: O_EXCL tells whether it is ours to chmod. */
static int open_or_create(const char *path, int *fd, struct tt_path_error *error)
{
    int flags = O_RDWR | O_APPEND | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;

    for (int i = 0; i < RACES_MAX; i++) {
        *fd = open(path, flags);
        if (*fd >= 0)
            return TT_OK;
        if (errno != ENOENT)
            break;
        *fd = open(path, flags | O_CREAT | O_EXCL, FILE_MODE);
        if (*fd >= 0 && fchmod(*fd, FILE_MODE) == 0)
            return TT_OK;
        if (*fd >= 0 || errno != EEXIST)
            break;
    }
    int result = fail_errno(error, "cannot open", path);
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
    return result;
}

static int check_and_lock(const char *path, int fd, struct tt_path_error *error)
{
    struct stat st;

    if (fstat(fd, &st) != 0)
        return fail_errno(error, "cannot inspect", path);
    if (!S_ISREG(st.st_mode))
        return fail(error, TT_EINVAL, 0, "refused %s: it is not a regular file", path);
    if (flock(fd, LOCK_EX | LOCK_NB) == 0)
        return TT_OK;
    if (errno == EWOULDBLOCK)
        return fail(error, TT_EBUSY, 0, "cannot lock %s: another process or sink owns it", path);
    if (errno == EACCES) /* flock by itself never says so */
        return fail(error, tt_error_from_errno(EACCES), EACCES, "cannot lock %s (an AppArmor profile must give it mode k)",
                    path);
    return fail_errno(error, "cannot lock", path);
}

bool tt_path_is_open_as(const char *path, int fd)
{
    struct stat by_name, by_fd;

    return lstat(path, &by_name) == 0 && fstat(fd, &by_fd) == 0 && by_name.st_dev == by_fd.st_dev &&
           by_name.st_ino == by_fd.st_ino;
}

int tt_path_open_append(const char *path, int *fd, struct tt_path_error *error)
{
    int err;

    *fd = -1;
    if (*path == '\0' || strlen(path) >= TT_PATH_MAX)
        return fail(error, *path == '\0' ? TT_EINVAL : TT_ELIMIT, 0,
                    "empty path, or one of more than %d bytes", TT_PATH_MAX - 1);
    err = tt_path_make_parents(path, error);
    /* Between open and lock the former owner may have moved the file away: then once more. */
    for (int i = 0; i < RACES_MAX && err == TT_OK; i++) {
        err = open_or_create(path, fd, error);
        if (err != TT_OK)
            return err;
        err = check_and_lock(path, *fd, error);
        if (err == TT_OK && tt_path_is_open_as(path, *fd))
            return TT_OK;
        close(*fd);
        *fd = -1;
    }
    return err != TT_OK
               ? err
               : fail(error, TT_EAGAIN, 0, "cannot open %s: it is replaced all the time", path);
}

int tt_path_claim_dir(const char *base, const char *software, unsigned *n, char *dir,
                      size_t dir_cap, int *lock_fd, struct tt_path_error *error)
{
    char lock_path[TT_PATH_MAX];
    int err = tt_path_make_dir(base, error);

    *lock_fd = -1;
    for (*n = 1; err == TT_OK && *n <= TT_PATH_DIRS_MAX; ++*n) {
        int len = snprintf(lock_path, sizeof(lock_path), "%s/%s-%u.lock", base, software, *n);
        if (len < 0 || (size_t)len >= sizeof(lock_path) || (size_t)len - 5 >= dir_cap)
            return fail(error, TT_ELIMIT, ENAMETOOLONG, "directory %s/%s-%u", base, software, *n);
        err = tt_path_open_append(lock_path, lock_fd, error);
        if (err == TT_EBUSY) {
            err = TT_OK;
            continue;
        }
        if (err != TT_OK)
            break;
        memcpy(dir, lock_path, (size_t)len - 5);
        dir[len - 5] = '\0';
        err = tt_path_make_dir(dir, error);
        if (err == TT_OK)
            return TT_OK;
        close(*lock_fd);
        *lock_fd = -1;
    }
    return err != TT_OK ? err
                        : fail(error, TT_ELIMIT, 0, "%s: all %d directories are taken", base,
                               TT_PATH_DIRS_MAX);
}
