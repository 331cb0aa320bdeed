/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/*
 * A socket takes its mode from its descriptor's at bind, less the umask, which is the host's: what the
 * umask took away is given back by name, without following a link (that needs /proc). Until listen
 * every connection is refused, so nobody comes in before mode and group are right. The same makes a socket
 * that is just being made look like one that nobody listens on, hence the directory is locked meanwhile.
 */

#include "net/listen_unix.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "base/err.h"
#include "base/log.h"
#include "base/path.h"

enum { BACKLOG = 16, GROUP_TEXT_MAX = 64 << 10, GROUPS_FIRST = 64, LOCK_TRIES = 100 };

static const struct timespec lock_pause = {0, 10 * 1000000};

static struct sockaddr_un address_of(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};

    memcpy(address.sun_path, path, strlen(path) + 1);
    return address;
}

TT_PRINTF(3, 4)
static int fail(char *why, int err, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vsnprintf(why, TT_UNIX_WHY_MAX, format, args);
    va_end(args);
    return err;
}

static int fail_errno(char *why, const char *step, const char *path)
{
    return fail(why, tt_error_from_errno(errno), "%s %s: %s", step, path, strerrordesc_np(errno));
}

/* A lock of the directory, or -1: then without. Closing ends it. */
static int lock_dir_of(const char *path)
{
    char dir[TT_UNIX_PATH_MAX + 1];
    const char *slash = strrchr(path, '/');
    size_t len = slash == NULL || slash == path ? 1 : (size_t)(slash - path);
    int fd;

    memcpy(dir, slash == NULL ? "." : path, len);
    dir[len] = '\0';
    fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    for (int i = 0; fd >= 0 && i < LOCK_TRIES; i++) {
        if (flock(fd, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK)
            break;
        nanosleep(&lock_pause, NULL);
    }
    return fd;
}

/* A child of a fork holds the lock too: closing would not end it. */
static void unlock_dir(int fd)
{
    if (fd < 0)
        return;
    flock(fd, LOCK_UN);
    close(fd);
}

static bool is_listened_on(const char *path)
{
    struct sockaddr_un address = address_of(path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    /* Everything but a plain refusal (a full queue, no permission) leaves the owner alone. */
    bool is =
        fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0 || errno != ECONNREFUSED;

    if (fd >= 0)
        close(fd);
    return is;
}

/* Something has the name already: gone if it is a socket that nobody listens on. */
static int remove_old(const char *path, char *why)
{
    struct stat st;

    if (lstat(path, &st) != 0)
        return errno == ENOENT ? TT_OK : fail_errno(why, "cannot inspect", path);
    if (S_ISLNK(st.st_mode))
        return fail(why, TT_EPERM, "refused %s: it is a symbolic link", path);
    if (!S_ISSOCK(st.st_mode))
        return fail(why, TT_EBUSY,
                    "cannot listen at %s: it exists and is no socket; remove it or set another path", path);
    if (is_listened_on(path))
        return fail(why, TT_EBUSY,
                    "cannot listen at %s: another process does; set a path of its own for each", path);
    return unlink(path) == 0 || errno == ENOENT ? TT_OK : fail_errno(why, "cannot replace", path);
}

static int bind_at(int fd, const char *path, char *why)
{
    struct sockaddr_un address = address_of(path);
    int err;

    if (bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0)
        return TT_OK;
    if (errno != EADDRINUSE)
        return fail_errno(why, "cannot listen at", path);
    err = remove_old(path, why);
    if (err != TT_OK)
        return err;
    return bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0
               ? TT_OK
               : fail_errno(why, "cannot listen at", path);
}

/* Group, then mode. Rather fewer permissions than asked for than more. */
static int set_rights(const char *path, unsigned mode, const char *group, gid_t gid, char *why)
{
    struct stat st;

    if (group != NULL && fchownat(AT_FDCWD, path, (uid_t)-1, gid, AT_SYMLINK_NOFOLLOW) != 0)
        return fail(why, tt_error_from_errno(errno),
                    "cannot give %s to group %s: %s; make the user the host runs as a member of it", path,
                    group, strerrordesc_np(errno));
    if (lstat(path, &st) != 0)
        return fail_errno(why, "cannot inspect", path);
    if ((st.st_mode & 0777) != mode && fchmodat(AT_FDCWD, path, mode, AT_SYMLINK_NOFOLLOW) != 0)
        tt_log(TT_LOG_WARNING,
               "%s: the umask leaves mode %04o instead of %04o, and it cannot be changed here: %s", path,
               (unsigned)st.st_mode & 0777, mode, strerrordesc_np(errno));
    return TT_OK;
}

static int find_group(const char *name, gid_t *gid, char *why)
{
    char *text = malloc(GROUP_TEXT_MAX);
    struct group group, *found = NULL;
    int errno_value;

    if (text == NULL)
        return fail(why, TT_ENOMEM, "no memory");
    errno_value = getgrnam_r(name, &group, text, GROUP_TEXT_MAX, &found);
    if (found != NULL)
        *gid = found->gr_gid;
    free(text);
    if (found != NULL)
        return TT_OK;
    return fail(why, TT_ENOENT, "there is no group %s%s%s", name, errno_value != 0 ? ": " : "",
                errno_value != 0 ? strerrordesc_np(errno_value) : "; make it, or set another tap.group");
}

/* The directory is locked. */
static int listen_there(struct tt_listener *listener, unsigned mode, const char *group, char *why)
{
    const char *path = listener->path;
    struct stat st;
    int err;

    /* Where this is not possible, set_rights does it all. */
    if (fchmod(listener->fd, mode) != 0)
        tt_log(TT_LOG_DEBUG, "%s: mode before bind: %s", path, strerrordesc_np(errno));
    err = bind_at(listener->fd, path, why);
    if (err != TT_OK)
        return err;
    err = set_rights(path, mode, group, listener->group, why);
    if (err == TT_OK && (lstat(path, &st) != 0 || listen(listener->fd, BACKLOG) != 0))
        err = fail_errno(why, "cannot listen at", path);
    if (err != TT_OK) {
        unlink(path);
        return err;
    }
    listener->dev = st.st_dev;
    listener->ino = st.st_ino;
    listener->group = st.st_gid;
    return TT_OK;
}

int tt_unix_listen(const char *path, unsigned mode, const char *group, struct tt_listener *listener,
                   char *why)
{
    struct tt_path_error error;
    int err, dir_fd;

    *listener = (struct tt_listener){.fd = -1, .group = (gid_t)-1};
    if (strlen(path) > TT_UNIX_PATH_MAX)
        return fail(why, TT_ELIMIT, "%s: a socket's path may have %d bytes, this has %zu; set a shorter one",
                    path, TT_UNIX_PATH_MAX, strlen(path));
    memcpy(listener->path, path, strlen(path) + 1);
    err = group != NULL ? find_group(group, &listener->group, why) : TT_OK;
    if (err != TT_OK)
        return err;
    err = tt_path_make_parents(path, &error);
    if (err != TT_OK)
        return fail(why, err, "%s", error.text);
    listener->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (listener->fd < 0)
        return fail_errno(why, "cannot make a socket for", path);
    dir_fd = lock_dir_of(path);
    err = listen_there(listener, mode, group, why);
    unlock_dir(dir_fd);
    if (err != TT_OK) {
        close(listener->fd);
        listener->fd = -1;
    }
    return err;
}

void tt_unix_unlink(struct tt_listener *listener)
{
    struct stat st;

    if (listener->path[0] != '\0' && lstat(listener->path, &st) == 0 && st.st_dev == listener->dev &&
        st.st_ino == listener->ino)
        unlink(listener->path);
    listener->path[0] = '\0';
}

void tt_unix_close(struct tt_listener *listener)
{
    if (listener->fd < 0)
        return;
    tt_unix_unlink(listener);
    close(listener->fd);
    listener->fd = -1;
}

static bool has_group(int fd, gid_t group)
{
    gid_t few[GROUPS_FIRST], *groups = few;
    socklen_t len = sizeof(few);
    bool has = false;
    int failed = getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &len);

    if (failed != 0 && errno == ERANGE) {
        groups = malloc(len);
        failed = groups == NULL || getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &len) != 0;
    }
    for (size_t i = 0; !failed && i < len / sizeof(*groups); i++)
        has |= groups[i] == group;
    if (groups != few)
        free(groups);
    return has;
}

bool tt_unix_may(int fd, gid_t group, struct tt_peer *peer)
{
    struct ucred cred = {.uid = (uid_t)-1, .gid = (gid_t)-1};
    socklen_t len = sizeof(cred);

    *peer = (struct tt_peer){.uid = (unsigned)-1};
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) != 0)
        return false;
    *peer = (struct tt_peer){cred.uid, cred.pid};
    if (cred.uid == 0 || cred.uid == geteuid())
        return true;
    return group != (gid_t)-1 && (cred.gid == group || has_group(fd, group));
}
