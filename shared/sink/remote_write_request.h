/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * WriteRequest of remote write 1.0: Protobuf inside a snappy block. Only what we send: series of
 * one sample each, all of one time. Source: prometheus/prompb remote.proto and types.proto,
 * "Prometheus Remote-Write 1.0".
 */

#include "base/compat.h"
#include "base/str.h"

enum {
    TT_RW_SAMPLES_MAX = 2000,
    TT_RW_RAW_MAX = 1 << 20,
    TT_RW_LABELS_MAX = 12,
    TT_RW_SERIES_BYTES_MAX = 4096
};

/* The bits of the NaN that ends a series. */
#define TT_RW_STALE_BITS UINT64_C(0x7ff0000000000002)

struct tt_rw_label {
    struct tt_str name, value;
};

/* Writes labels, which are sorted by it, as the fields of a TimeSeries; out has
 * TT_RW_SERIES_BYTES_MAX bytes. Returns the length; 0: an empty value or name, a name twice, or too
 * long. */
size_t tt_rw_put_labels(struct tt_rw_label *labels, unsigned n, uint8_t *out);

/* A request that is being written. */
struct tt_rw_request {
    uint8_t *raw, *packed; /* TT_RW_RAW_MAX, and what snappy may make of it */
    size_t raw_len, packed_cap;
    unsigned samples_n;
};

/* Fails: TT_ENOMEM. fini is fine after that. */
int tt_rw_request_init(struct tt_rw_request *request);
void tt_rw_request_fini(struct tt_rw_request *request);

/* Adds a series of labels (as above) with one sample. False: it is full, nothing was added. */
bool tt_rw_request_add(struct tt_rw_request *request, const uint8_t *labels, size_t labels_len,
                       double value, int64_t time_ms);

/* Packs what was added and starts a new one. The view lends until the next call; absent: nothing
 * was added. */
struct tt_str tt_rw_request_end(struct tt_rw_request *request);

/* A request taken apart again, to send parts of it. */
struct tt_rw_parts {
    uint8_t *raw;
    uint8_t *packed; /* of the part at hand */
    size_t packed_cap;
    uint32_t ends[TT_RW_SAMPLES_MAX]; /* of each series; the first starts at 0 */
    unsigned n;
};

/* NULL: no memory, or not one of ours. free sets NULL. */
struct tt_rw_parts *tt_rw_parts_new(struct tt_str packed);
void tt_rw_parts_free(struct tt_rw_parts **parts);

/* The series first … first + n - 1 as a request. Lends until the next call. */
struct tt_str tt_rw_parts_pack(struct tt_rw_parts *parts, unsigned first, unsigned n);
