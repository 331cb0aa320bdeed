/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/*
 * Fuzz target for packets: headers, TCP streams, pairs, events. The first byte says which of two
 * forms: even   the link type, then packets: length (2 bytes), time passed (1 byte, in 50 ms),
 * bytes odd    segments of two streams: flags (1 byte), sequence (2 bytes), length (1 byte), bytes
 * What is handed out is one event for each message that has a header.
 */

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "ctl/replay_packet.h"
#include "ctl/replay_pairs.h"
#include "ctl/replay_tcp.h"
#include "wire/cursor.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

#define MUST(what)                                                                                 \
    do {                                                                                           \
        if (!(what)) {                                                                             \
            fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #what);              \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

static const struct tt_event_origin origin = {"n", "n/other", NULL, TT_software_OTHER, 1};
static struct tt_replay replay;
static struct tt_arena arena;
static struct tt_replay_pairs *pairs; /* empty at each end of a run */
static struct tt_replay_tcp *tcp;
static uint64_t time_us = 1000000;

static void make_event(void *arg, const struct tt_obs *obs, size_t len)
{
    struct tt_event event;

    (void)arg;
    MUST(len <= TT_OBS_MAX && len == sizeof(*obs) + obs->tail_len);
    tt_arena_reset(&arena);
    MUST(tt_event_from_obs(&event, obs, len, &origin, &arena) == TT_OK);
    MUST(TT_EVENT_HAS(&event, client_port) && TT_EVENT_HAS(&event, outcome));
}

static void take_message(void *arg, const struct tt_flow *flow, uint64_t at_us,
                         const uint8_t *message, size_t len)
{
    struct tt_replay_wire wire = {
        flow->from, flow->to, flow->from_port, flow->to_port, TT_transport_TCP, at_us, message,
        len,        len};

    (void)arg;
    MUST(len >= 12 && len <= UINT16_MAX);
    tt_replay_pairs_take(pairs, &wire);
}

static void take_packets(struct tt_cursor *in)
{
    static const int links[] = {1, 0, 12, 101, 108, 113, 228, 229, 276, 7};
    int link = links[tt_cursor_u8(in) % TT_COUNT(links)];

    while (tt_cursor_left(in) > 3) {
        struct tt_replay_packet packet;
        size_t asked = tt_cursor_u16(in);
        uint64_t passed_us = tt_cursor_u8(in) * 50000u;
        size_t packet_len = TT_MIN(asked, tt_cursor_left(in));
        const uint8_t *bytes = tt_cursor_bytes(in, packet_len);

        time_us += passed_us;
        tt_replay_pairs_advance(pairs, time_us);
        if (tt_replay_packet_read(&packet, link, bytes, packet_len) != TT_REPLAY_SKIPS_N)
            continue;
        MUST(packet.payload_len <= packet_len && packet.payload_len <= packet.payload_size);
        if (packet.is_tcp)
            tt_replay_tcp_take(tcp, &packet, time_us);
        else
            tt_replay_pairs_take(pairs,
                                 &(struct tt_replay_wire){packet.from, packet.to, packet.from_port,
                                                          packet.to_port, TT_transport_UDP, time_us,
                                                          packet.payload, packet.payload_len,
                                                          packet.payload_size});
    }
}

static void take_segments(struct tt_cursor *in)
{
    while (tt_cursor_left(in) > 4) {
        unsigned flags = tt_cursor_u8(in), sequence = tt_cursor_u16(in);
        size_t asked = tt_cursor_u8(in), len = TT_MIN(asked, tt_cursor_left(in));
        struct tt_replay_packet packet = {.is_tcp = true,
                                          .tcp_flags = flags & 7,
                                          .tcp_sequence =
                                              flags & 8 ? sequence : 0xffffff00u + sequence,
                                          .from_port = flags & 16 ? 53 : 40000,
                                          .to_port = flags & 16 ? 40000 : 53,
                                          .payload = tt_cursor_bytes(in, len),
                                          .payload_len = len,
                                          .payload_size = len + (flags & 32 ? 5 : 0)};

        tt_replay_tcp_take(tcp, &packet, time_us);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct tt_cursor in = tt_cursor_over(data, len);
    struct tt_replay_counts *counts = &replay.counts;

    if (len < 2)
        return 0;
    if (arena.cap == 0) {
        MUST(tt_arena_init(&arena, TT_EVENT_ARENA_MAX) == TT_OK);
        MUST(tt_replay_pairs_new(&replay, &pairs) == TT_OK);
        MUST(tt_replay_tcp_new(counts, take_message, NULL, &tcp) == TT_OK);
    }
    *counts = (struct tt_replay_counts){.frames = 0};
    replay.out.observe = make_event;
    if (tt_cursor_u8(&in) % 2 == 0)
        take_packets(&in);
    else
        take_segments(&in);
    tt_replay_tcp_flush(tcp);
    tt_replay_pairs_flush(pairs);
    MUST(counts->events == counts->paired + counts->unpaired + counts->timeouts &&
         counts->evicted == 0);
    return 0;
}
