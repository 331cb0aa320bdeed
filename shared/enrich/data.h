/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * The data that enriches events: one immutable snapshot of every data file a configuration names.
 * The pipeline works on one snapshot at a time, swapped as a whole together with its enrichment_id,
 * so that no event mixes two versions. Each file is one row (struct tt_data_class) and one counted
 * object (struct tt_datum) that snapshots share; a file that did not change is not read again.
 */

#include "base/buf.h"
#include "conf/conf.h"
#include "event/privacy.h"

enum { TT_DATA_WHY_MAX = 512, TT_DATA_BUILD_MAX = 64 };

/* What a data file is for. The word is the label of its kind in books and logs. */
#define TT_DATA_ROLES(X)                                                                           \
    X(SUFFIX, "suffix_list")                                                                       \
    X(COUNTRY, "geo_country")                                                                      \
    X(ASN, "geo_asn")                                                                              \
    X(THREAT, "threat_list")                                                                       \
    X(ZONES, "zones")                                                                              \
    X(LIST, "filter_list")                                                                         \
    X(KEY, "hash_key")

enum tt_data_role {
#define X(name, word) TT_DATA_##name,
    TT_DATA_ROLES(X)
#undef X
        TT_DATA_ROLES_N
};

/* The word of a role. Lends for ever. Thread: any. */
const char *tt_data_role_word(enum tt_data_role role);

/*
 * How one kind of file is read; a const row. All calls: the loader's thread.
 * load: bytes is the whole file, stable for the call; path for texts only; detail: of the conf that
 * asked (struct tt_conf_threat *, struct tt_conf_geo *, or NULL). scratch_dir: where a private copy
 * may be made. build gets what the file says of its own version ("2026-11-01", "" unknown).
 * Fails with *why: what is wrong, at which line or offset, what to do; the old object stays in use.
 * A file that is right in most but not all lines loads; *why then holds a warning and the return is
 * TT_OK.
 */
struct tt_data_class {
    enum tt_data_role role;
    size_t file_max; /* bytes; larger is refused unread */
    bool is_secret;  /* refused when others can read it; never hashed into texts */
    int (*load)(const uint8_t *bytes, size_t len, const char *path, const void *detail,
                const char *scratch_dir, void **object, struct tt_buf *build, struct tt_buf *why);
    void (*unload)(void *object);
};

extern const struct tt_data_class tt_data_suffix, tt_data_country, tt_data_asn, tt_data_threat,
    tt_data_zones, tt_data_list, tt_data_key;

/* One loaded file. Counted: base/atomic adds; freed by the last release. */
struct tt_datum {
    const struct tt_data_class *row;
    char *path;
    void *object; /* NULL: not loaded yet, or never loaded well */
    char build[TT_DATA_BUILD_MAX];
    char sha[65]; /* SHA-256 of the bytes, hex, terminated; "" for secrets and when not loaded */
    uint64_t loaded_us;  /* wall clock */
    uint64_t written_us; /* wall clock: the file's time of last change */
    uint32_t refs;       /* atomic */
};

enum { TT_DATA_FILES_MAX = 256 };

/* A snapshot. Read-only once made. */
struct tt_data {
    uint64_t enrichment_id; /* XXH3-64 of the configuration's digest, each file's role, path and
                               sha, and the version of the formulas; never 0 */
    uint64_t config_digest; /* of the configuration it was made for */
    const struct tt_suffix *suffix; /* NULL: not there */
    const struct tt_geo *country, *asn;
    const struct tt_watch *watch; /* of this snapshot: zones inline and of zones_dir together */
    unsigned threats_n;
    struct {
        const struct tt_threat *set;
        struct tt_str name, category; /* category ptr NULL: none */
        float score;
    } threats[TT_THREATS_MAX];
    bool has_threats;                          /* at least one list is loaded */
    bool are_zones_known; /* zones_dir was listed and each of its files loaded, or there is none */
    const struct tt_hash_key *keys[TT_PRIVACIES_MAX]; /* by policy index; NULL: not there */
    const struct tt_list *only[TT_CONF_SINKS_MAX],
        *except[TT_CONF_SINKS_MAX]; /* by sink; NULL none */
    unsigned files_n;
    struct tt_datum *files[TT_DATA_FILES_MAX]; /* each holds a reference */
    uint32_t refs;                             /* atomic */
};

/* One more reference to the same snapshot, which is returned; NULL is fine. Thread: any. */
struct tt_data *tt_data_keep(struct tt_data *data);

/* Gives back a reference; NULL is fine. Thread: any but a host's worker. */
void tt_data_release(struct tt_data **data);
