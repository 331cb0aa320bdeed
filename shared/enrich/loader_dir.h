/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/* The files of zones_dir: those that tt_conf_zones_is_file, sorted by their bytes. */

#include "base/buf.h"

struct tt_listing {
    char **paths; /* owned */
    unsigned paths_n;
    bool is_cut; /* there are more than paths_max */
};

/* Fails with *why: the directory cannot be read; TT_ENOMEM. Thread: any but a host's worker. */
int tt_listing_read(const char *dir, unsigned paths_max, struct tt_listing *listing,
                    struct tt_buf *why);
void tt_listing_fini(struct tt_listing *listing);
