/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "enrich/geo_copy.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"

#define COPY_PREFIX ".telltale-geo-"

static bool write_part(int fd, struct tt_geo_section part)
{
    for (size_t done = 0; done < part.len;) {
        ssize_t n = write(fd, part.bytes + done, part.len - done);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        done += (size_t)n;
    }
    return true;
}

static bool write_all(int fd, const struct tt_geo_section *parts, unsigned parts_n)
{
    bool is_written = true;

    for (unsigned i = 0; i < parts_n && is_written; i++)
        is_written = write_part(fd, parts[i]);
    return is_written;
}

void tt_geo_copy_drop(struct tt_geo_copy *copy)
{
    int errno_value = errno;

    if (copy->has_name)
        unlink(copy->path);
    if (copy->fd >= 0)
        close(copy->fd);
    copy->has_name = false;
    copy->fd = -1;
    errno = errno_value;
}

/* The mode is set again since the host's umask may be any. */
static bool make_in(struct tt_geo_copy *copy, const struct tt_geo_section *parts, unsigned parts_n,
                    const char *dir)
{
    int path_len = snprintf(copy->path, sizeof(copy->path), "%s/" COPY_PREFIX "XXXXXX", dir);

    errno = ENAMETOOLONG;
    if (path_len < 0 || (size_t)path_len >= sizeof(copy->path))
        return false;
    copy->fd = mkostemp(copy->path, O_CLOEXEC);
    copy->has_name = copy->fd >= 0;
    if (copy->fd >= 0 && flock(copy->fd, LOCK_EX | LOCK_NB) == 0 && fchmod(copy->fd, 0600) == 0 &&
        write_all(copy->fd, parts, parts_n))
        return true;
    tt_geo_copy_drop(copy);
    return false;
}

static bool make_in_memory(struct tt_geo_copy *copy, const struct tt_geo_section *parts,
                           unsigned parts_n)
{
    copy->has_name = false;
    copy->fd = memfd_create("telltale-geo", MFD_CLOEXEC);
    if (copy->fd < 0 || !write_all(copy->fd, parts, parts_n)) {
        tt_geo_copy_drop(copy);
        return false;
    }
    snprintf(copy->path, sizeof(copy->path), "/proc/self/fd/%d", copy->fd);
    if (access(copy->path, R_OK) == 0)
        return true;
    tt_geo_copy_drop(copy);
    return false;
}

int tt_geo_copy_make(struct tt_geo_copy *copy, const struct tt_geo_section *parts, unsigned parts_n,
                     const char *dir, struct tt_buf *why)
{
    int errno_value = 0;

    if (dir != NULL && make_in(copy, parts, parts_n, dir))
        return TT_OK;
    errno_value = dir != NULL ? errno : 0;
    if (make_in_memory(copy, parts, parts_n))
        return TT_OK;
    if (dir != NULL)
        tt_buf_format(why, "no private copy can be made in %s: %s, nor in memory: %s", dir,
                      strerrordesc_np(errno_value), strerrordesc_np(errno));
    else
        tt_buf_format(why, "no private copy can be made in memory: %s", strerrordesc_np(errno));
    return tt_error_from_errno(errno_value != 0 ? errno_value : errno);
}

/* A copy nobody has locked has no owner any more. */
static void sweep_one(int dir_fd, const char *name)
{
    int fd = openat(dir_fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

    if (fd < 0)
        return;
    if (flock(fd, LOCK_EX | LOCK_NB) == 0)
        unlinkat(dir_fd, name, 0);
    close(fd);
}

void tt_geo_copy_sweep(const char *dir)
{
    DIR *listing = dir != NULL ? opendir(dir) : NULL;
    struct dirent *entry;

    while (listing != NULL && (entry = readdir(listing)) != NULL)
        if (strncmp(entry->d_name, COPY_PREFIX, sizeof(COPY_PREFIX) - 1) == 0)
            sweep_one(dirfd(listing), entry->d_name);
    if (listing != NULL)
        closedir(listing);
}
