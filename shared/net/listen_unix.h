/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/* A unix stream socket that we listen on, and who is at the other end of a connection. */

#include <sys/types.h>

#include "base/compat.h"

enum { TT_UNIX_PATH_MAX = 107, TT_UNIX_WHY_MAX = 1400 };

struct tt_listener {
    int fd; /* non-blocking, close-on-exec; -1: none */
    char path[TT_UNIX_PATH_MAX + 1];
    dev_t dev; /* what the path leads to, so that nobody else's is removed at the end */
    ino_t ino;
    gid_t group; /* of the socket */
};

/*
 * Listens at path: parents are made, mode and group (NULL: that of the process) are set before the
 * first connection is possible, whatever the umask. A socket that nobody listens on any more is
 * replaced, everything else that lies there is left. Never through a symbolic link. On failure why
 * (TT_UNIX_WHY_MAX bytes) has a line: what, where, what to do. Fails: TT_EBUSY (somebody listens, or it is
 * no socket), TT_EPERM, TT_ELIMIT (the path is too long), TT_ENOENT (no such group), TT_ENOMEM, and as
 * tt_path_make_dir. Thread: any but a host's worker.
 */
int tt_unix_listen(const char *path, unsigned mode, const char *group, struct tt_listener *listener,
                   char *why);

/* Removes the socket's name if it is still ours; once. What is connected stays. */
void tt_unix_unlink(struct tt_listener *listener);

/* The same, and closes. Fine when nothing is open. */
void tt_unix_close(struct tt_listener *listener);

/* The other end. */
struct tt_peer {
    unsigned uid;
    int pid; /* 0: in a name space we cannot see into */
};

/* True when the peer of a connection is root, our own user, or, unless group is (gid_t)-1, a member of
 * it (primary or supplementary, as when it connected). Thread: any but a host's worker. */
bool tt_unix_may(int fd, gid_t group, struct tt_peer *peer);
