/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "conf/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"

static int fail(int errno_value, const char **reason)
{
    *reason = strerrordesc_np(errno_value);
    if (*reason == NULL)
        *reason = "unknown error";
    return tt_error_from_errno(errno_value);
}

/* A file may grow while it is read: reads up to one byte more than max to notice. */
static int read_all(int fd, char *to, size_t max, size_t *len, const char **reason)
{
    *len = 0;
    while (*len <= max) {
        ssize_t n = read(fd, to + *len, max + 1 - *len);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return fail(errno, reason);
        if (n == 0)
            return TT_OK;
        *len += (size_t)n;
    }
    *reason = "too large";
    return TT_ELIMIT;
}

static int read_open(int fd, size_t max, char **text, size_t *len, const char **reason)
{
    struct stat st;
    size_t cap;
    int err;

    if (fstat(fd, &st) != 0)
        return fail(errno, reason);
    if (!S_ISREG(st.st_mode)) {
        *reason = S_ISDIR(st.st_mode) ? "is a directory" : "is no regular file";
        return TT_EIO;
    }
    *reason = "too large";
    if ((uint64_t)st.st_size > max)
        return TT_ELIMIT;
    cap = TT_MIN(max, (size_t)st.st_size + 4096);
    *text = malloc(cap + 2);
    if (*text == NULL)
        return fail(ENOMEM, reason);
    err = read_all(fd, *text, cap, len, reason);
    if (err == TT_OK)
        (*text)[*len] = '\0';
    return err;
}

int tt_conf_file_read(const char *path, size_t max, char **text, size_t *len, const char **reason)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    int err;

    *text = NULL;
    if (fd < 0)
        return fail(errno, reason);
    err = read_open(fd, max, text, len, reason);
    close(fd);
    if (err != TT_OK) {
        free(*text);
        *text = NULL;
    }
    return err;
}
