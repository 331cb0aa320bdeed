/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * TCP streams of a packet capture, put together again, and the DNS messages in them (RFC 7766: each
 * behind its length). Each direction is a stream of its own. Segments may come twice, overlap or
 * come out of order. Where bytes are missing for good, and in streams whose beginning was not
 * captured, the next segment that starts like a message is where reading goes on; what is lost is
 * counted.
 *
 * Bounded: TT_REPLAY_STREAMS_MAX streams, TT_REPLAY_STREAM_BYTES that wait for a missing segment in
 * each, TT_REPLAY_STREAMS_BYTES in all; beyond, the stream that was quiet longest goes.
 */

#include "ctl/replay.h"
#include "ctl/replay_packet.h"
#include "intake/flow.h"

enum {
    TT_REPLAY_STREAMS_MAX = 1 << 16,
    TT_REPLAY_STREAM_BYTES = 256 << 10,
    TT_REPLAY_STREAM_SEGMENTS = 128, /* that wait */
    TT_REPLAY_STREAMS_BYTES = 64 << 20,
};

/* One whole message of the stream that packet belongs to; its payload is another. */
typedef void (*tt_replay_tcp_f)(void *arg, const struct tt_flow *flow, uint64_t time_us,
                                const uint8_t *message, size_t len);

struct tt_replay_tcp;

/* counts gets tcp_lost, no_memory and retransmitted; lent. Fails: TT_ENOMEM. */
int tt_replay_tcp_new(struct tt_replay_counts *counts, tt_replay_tcp_f take, void *arg,
                      struct tt_replay_tcp **tcp);

void tt_replay_tcp_take(struct tt_replay_tcp *tcp, const struct tt_replay_packet *packet,
                        uint64_t time_us);

/* The capture is at its end: what still waits is read as far as it goes. */
void tt_replay_tcp_flush(struct tt_replay_tcp *tcp);

/* Flushes, frees, sets NULL; NULL is fine. */
void tt_replay_tcp_end(struct tt_replay_tcp **tcp);
