/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * The series of a snapshot, and those of the one before: who is new, who is gone. Memory is fixed
 * by the number of series. Thread: the sink's own.
 */

#include "sink/remote_write_request.h"
#include "sink/place.h"

struct tt_rw_series {
    const uint8_t
        *labels; /* as tt_rw_put_labels wrote them; lends until the snapshot after the next */
    uint32_t labels_len;
    bool is_cumulative;
    bool is_stale; /* gone since the snapshot before: its end is to be told */
    bool is_first; /* not in the snapshot before, not even its end */
    double value;
    uint64_t hash;
};

struct tt_rw_table {
    struct tt_rw_series *series;
    unsigned n;
    uint32_t *slots; /* index + 1; 0: free */
    uint8_t *bytes;
    size_t bytes_len;
};

/* What our own labels are. region NULL: none. */
struct tt_rw_own {
    const char *instance, *region;
};

struct tt_rw_snapshot {
    struct tt_rw_table tables[2];
    unsigned now; /* which of them is the latest */
    unsigned live_max, series_max,
        slots_n; /* live_max: that may be shown; series_max: with those that ended */
    size_t bytes_max;
    uint64_t seed;
    uint64_t taken_n;
    char *instance, *region;
    /* of the latest */
    unsigned live_n;
    unsigned left_out_n; /* beyond live_max or the memory for their labels */
    unsigned refused_n;  /* a label twice, a series twice, labels too long */
    double start_time_s; /* telltale_start_time_seconds; 0: not among them */
};

/* Fails: TT_ENOMEM. fini is fine after that. */
int tt_rw_snapshot_init(struct tt_rw_snapshot *snapshot, const struct tt_rw_own *own,
                        unsigned live_max);
void tt_rw_snapshot_fini(struct tt_rw_snapshot *snapshot);

/* Takes the next one: its series, then those that are gone. False: not now, the latest stays. */
bool tt_rw_snapshot_take(struct tt_rw_snapshot *snapshot, tt_sink_collect_f collect, void *arg);

/* The latest one. */
static inline const struct tt_rw_table *tt_rw_snapshot_latest(const struct tt_rw_snapshot *snapshot)
{
    return &snapshot->tables[snapshot->now];
}
