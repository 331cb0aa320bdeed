/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * A private copy of a file's bytes for a library that wants a path: below a directory of ours, so
 * that the path also leads there in a chroot without /proc, else in memory. It is locked while it
 * has a name, so that one left behind by a process that died can be told apart. Thread: any but a
 * host's worker.
 */

#include "base/buf.h"
#include "base/path.h"
#include "enrich/geo_value.h"

struct tt_geo_copy {
    int fd;
    bool has_name;
    char path[TT_PATH_MAX];
};

/* Writes parts one after the other. dir NULL: in memory at once. Fails: TT_ENOSPC, TT_EIO … with
 * *why. */
int tt_geo_copy_make(struct tt_geo_copy *copy, const struct tt_geo_section *parts, unsigned parts_n,
                     const char *dir, struct tt_buf *why);

/* Takes the name away; what has it open or mapped keeps it. */
void tt_geo_copy_drop(struct tt_geo_copy *copy);

/* Removes copies that processes left behind in dir. */
void tt_geo_copy_sweep(const char *dir);
