/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * DNS messages of a packet capture, put together: a query waits for the response with the same
 * addresses, ports, transport, ID and question; both make one client_response event. A response
 * whose query is not there makes an event without it, a query without a response within 5 s of
 * capture time (or until the capture's end) one of outcome timeout. Queries waiting: at most
 * TT_REPLAY_PAIRS_MAX and TT_REPLAY_PAIRS_BYTES; beyond, the oldest is given up early, and counted.
 */

#include "ctl/replay.h"

enum {
    TT_REPLAY_PAIRS_MAX = 1 << 20,
    TT_REPLAY_PAIRS_BYTES = 256 << 20,
    TT_REPLAY_TIMEOUT_US = 5000000
};

/* One message of the capture. */
struct tt_replay_wire {
    struct tt_ip from, to;
    uint16_t from_port, to_port;
    uint8_t transport; /* enum tt_transport */
    uint64_t time_us;
    const uint8_t *bytes; /* lent for the call */
    size_t len;           /* bytes captured */
    size_t size;          /* bytes on the wire */
};

struct tt_replay_pairs;

/* replay is lent. Fails: TT_ENOMEM. */
int tt_replay_pairs_new(struct tt_replay *replay, struct tt_replay_pairs **pairs);

void tt_replay_pairs_take(struct tt_replay_pairs *pairs, const struct tt_replay_wire *wire);

/* The capture has come to time_us: what waits too long is given up. */
void tt_replay_pairs_advance(struct tt_replay_pairs *pairs, uint64_t time_us);

/* The capture is at its end: gives up all that waits. */
void tt_replay_pairs_flush(struct tt_replay_pairs *pairs);

/* Flushes, frees, sets NULL; NULL is fine. */
void tt_replay_pairs_end(struct tt_replay_pairs **pairs);
