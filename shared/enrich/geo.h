/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/* Address to country and autonomous system: libmaxminddb behind a cache. */

#include "base/buf.h"
#include "base/ip.h"
#include "base/str.h"
#include "conf/conf.h"

struct tt_geo;

/* What is asked of a database; one that knows both may be opened twice. */
enum tt_geo_kind { TT_GEO_OF_COUNTRY, TT_GEO_OF_ASN };

/*
 * Opens a database of len bytes through a private copy in scratch_dir (NULL, or one that cannot
 * take it: in memory), which is unlinked at once: a file that is changed or cut in place cannot
 * harm a process that has it mapped. conf: the paths, used during the call. A database without one
 * record that has the facts asked for is refused. Fails: TT_EMALFORMED, TT_ECONFIG (a path),
 * TT_ENOSPC, TT_EIO, TT_ENOMEM with *why; TT_OK with text in *why: a field is not there. Thread:
 * any but a host's worker.
 */
int tt_geo_new(const uint8_t *bytes, size_t len, const char *scratch_dir, enum tt_geo_kind kind,
               const struct tt_conf_geo *conf, struct tt_geo **geo, struct tt_buf *build,
               struct tt_buf *why);
void tt_geo_free(struct tt_geo **geo);

/* What is known of an address; 0 and ptr NULL: not known. Texts are views into the database. */
struct tt_geo_facts {
    uint32_t asn;
    struct tt_str org; /* any bytes: cleaned by the encoders */
    char country[2];   /* upper case A–Z, or {0, 0} */
};

/* country, asn: databases, each may be NULL. One lookup without a cache. Returns the length of a
 * prefix around ip in which every address has these facts. Thread: any. */
unsigned tt_geo_find(const struct tt_geo *country, const struct tt_geo *asn, const struct tt_ip *ip,
                     struct tt_geo_facts *facts);

/* The cache: by /24 and /48 where the databases are not finer, else by address. 65,536 places of 64
 * bytes, taken at once; which place an address gets is keyed by chance. Fails: TT_ENOMEM. */
struct tt_geo_cache;
int tt_geo_cache_new(struct tt_geo_cache **cache);
void tt_geo_cache_free(struct tt_geo_cache **cache);

/* To be called when other databases come into use; takes no time. Thread: the cache's owner. */
void tt_geo_cache_forget(struct tt_geo_cache *cache);

/* Asks for the memory that tt_geo_cache_find will look at first. Thread: the cache's owner. */
void tt_geo_cache_prefetch(struct tt_geo_cache *cache, const struct tt_ip *ip);

/* As tt_geo_find. *facts lends until the next call. Thread: the cache's owner. */
const struct tt_geo_facts *tt_geo_cache_find(struct tt_geo_cache *cache,
                                             const struct tt_geo *country, const struct tt_geo *asn,
                                             const struct tt_ip *ip);
