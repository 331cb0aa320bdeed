/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * Opening a MaxMind DB: its metadata is read here, and the library gets a private copy whose
 * metadata is written anew, with what it needs and no more. So no broken metadata reaches it.
 * Thread: any but a host's worker.
 */

#include <maxminddb.h>

#include "base/buf.h"
#include "enrich/geo_value.h"

enum { TT_GEO_TYPE_MAX = 65 };

struct tt_geo_head {
    uint32_t nodes_n;
    uint16_t record_bits, ip_version;
    uint64_t build_epoch;       /* s since 1970; 0: not given */
    size_t body_len;            /* bytes before the metadata: tree and data */
    char type[TT_GEO_TYPE_MAX]; /* database_type, cleaned, terminated */
};

/* Fails: TT_EMALFORMED with *why. */
int tt_geo_head_read(const uint8_t *bytes, size_t len, struct tt_geo_head *head,
                     struct tt_buf *why);

/* Opens the body at bytes. db is zero on failure. Fails: as tt_geo_new. */
int tt_geo_open(const uint8_t *bytes, const struct tt_geo_head *head, const char *scratch_dir,
                MMDB_s *db, struct tt_buf *why);
