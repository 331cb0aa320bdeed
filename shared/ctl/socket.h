/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/* How the subcommands reach a running host: the sockets `tap.sock` and `control.sock` of one instance. */

#include "base/compat.h"

/* Where to look, as the options say. */
struct tt_ctl_place {
    const char *socket;    /* --socket PATH: this one; NULL: look for it */
    const char
        *state_dir; /* --state-dir DIR: a base or an instance's directory; NULL: the defaults of all hosts */
};

/* True when argv[*i] is one of the two options above ("--socket PATH" and "--socket=PATH"); *i moves to
 * its last word. An option without its value is left for the caller to refuse. */
bool tt_ctl_take_place(struct tt_ctl_place *place, int argc, char **argv, int *i);

/*
 * Connects to the socket named `file` of the one instance that runs; its path goes to path. Without
 * --socket these are looked at: DIR/file and DIR/<any>/file for DIR of --state-dir, or of every host's
 * default state_dir. Says on standard error why there is none (where it looked, what was not permitted, which
 * ones answer when there are several; `command` stands before it; NULL: says nothing). Returns a
 * connected stream socket, the caller's to close, or -1.
 */
int tt_ctl_connect(const char *command, const struct tt_ctl_place *place, const char *file, char *path,
                   size_t path_cap);
