/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/* A set of zones: is a name one of them, or below one? Private to the filter. */

#include "conf/conf.h"

/* Open addressing over names in text form; capacity is a power of two, at most half full. */
struct tt_filter_names {
    struct tt_filter_name {
        uint64_t hash; /* 0: free */
        struct tt_str name;
    } * slots;
    char *texts;
    size_t slots_n;
    unsigned labels_max; /* of any zone: no longer suffix of a name is looked up */
    bool has_root;
};

/* Fails: TT_ENOMEM, TT_ESYNTAX (a text that is no name: the configuration has checked them).
 * Thread: any. */
int tt_filter_names_init(struct tt_filter_names *names, const struct tt_texts *texts);
void tt_filter_names_fini(struct tt_filter_names *names);

/* Thread: any. */
bool tt_filter_names_cover(const struct tt_filter_names *names, struct tt_str name);
