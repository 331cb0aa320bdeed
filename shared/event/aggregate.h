/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * Records of kind aggregate: how many queries of clients one group had in one window (design.md §3). What the
 * groups are made of, and how they are counted: count/aggregate.h.
 */

#include "event/form.h"

/* Views lend. What is not part of the group is absent: family 0, ptr NULL, a negative number. */
struct tt_aggregate {
    uint64_t sequence; /* event_id of this record: port 0 */
    uint64_t time_us; /* wall clock: the window's end, or when it was cut short */
    uint64_t window_start_us; /* wall clock */
    uint32_t window_s;
    uint8_t aggregation; /* enum tt_aggregation */
    bool is_other; /* the rest: no member of a group is set */
    struct tt_ip client_ip;
    struct tt_net client_net;
    struct tt_str client_hash, client_hash_key;
    struct tt_str query_name, registrable_domain;
    int32_t query_type, response_code;
    uint64_t count;
    uint64_t count_error; /* count is too high by so many at most; of the rest: too low */
};

/* The most that a record takes in either encoding. As tt_form_to_json. Thread: any. */
enum { TT_AGGREGATE_MAX = 16 * 1024 };
void tt_aggregate_to_json(const struct tt_aggregate *aggregate, const struct tt_event_origin *origin,
                          struct tt_buf *buf);
void tt_aggregate_to_proto(const struct tt_aggregate *aggregate, const struct tt_event_origin *origin,
                           struct tt_buf *buf);
