/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/* What a configuration wants of its data files: a copy, which snapshots keep. Counted, else
 * read-only. */

#include "enrich/data.h"

/* A file and what decides how it is read. Texts are owned. */
struct tt_want {
    const struct tt_data_class *row;
    char *path;
    struct tt_conf_geo geo; /* of databases; the files in it are NULL */
    uint8_t match;          /* of threat lists: enum tt_threat_match */
};

enum {
    TT_WANTS_MAX = 3 + TT_THREATS_MAX + TT_PRIVACIES_MAX + 2 * TT_CONF_SINKS_MAX,
    TT_WANT_NONE = -1
};
TT_STATIC_ASSERT((int)TT_WANTS_MAX < (int)TT_DATA_FILES_MAX,
                 "files of zones_dir have room as well");

struct tt_plan {
    uint32_t refs;                      /* atomic */
    uint64_t digest;                    /* of the configuration */
    struct tt_want wants[TT_WANTS_MAX]; /* no two alike */
    unsigned wants_n;
    int suffix, country, asn; /* indexes in wants, TT_WANT_NONE */
    struct {
        int want;
        char *name, *category; /* owned; category NULL: none */
        float score;
    } threats[TT_THREATS_MAX];
    unsigned threats_n;
    int keys[TT_PRIVACIES_MAX];
    int only[TT_CONF_SINKS_MAX], except[TT_CONF_SINKS_MAX];
    char *zones_dir;            /* NULL: none */
    struct tt_conf_zone *zones; /* owned: what a watch table needs of them */
    unsigned zones_n;
};

/* Copies. Fails: TT_ENOMEM. */
int tt_plan_new(const struct tt_conf *conf, struct tt_plan **plan);
struct tt_plan *tt_plan_take(struct tt_plan *plan);
void tt_plan_release(struct tt_plan **plan);

bool tt_want_equal(const struct tt_want *a, const struct tt_want *b);
int tt_want_copy(const struct tt_want *from, struct tt_want *to);
void tt_want_fini(struct tt_want *want);
