/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/* TCP streams as a capture shows them: whole, in disorder, twice, with gaps, from the middle. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ctl/replay_tcp.h"

/* A message of 12 bytes, its number as ID, behind its length: 14 bytes. */
#define M(id) "\0\x0c\0" id "\x80\0\0\0\0\0\0\0\0\0"
enum { LEN = 14, FIRST = 1000, STEPS_MAX = 8 };
static const char four[] = M("\1") M("\2") M("\3") M("\4");

enum { S = TT_REPLAY_SYN, F = TT_REPLAY_FIN, R = TT_REPLAY_RST };

/* Bytes from `at` of the four messages; at < 0: other bytes. */
struct step {
    int at, len;
    uint8_t flags;
    int missing; /* of len: bytes that the capture cut off */
};

struct stream_row {
    const char *name;
    struct step steps[STEPS_MAX];
    const char *ids; /* of the messages, in order */
    unsigned lost, again;
};

static const struct stream_row streams[] = {
    {"all in one segment", {{0, 0, S, 0}, {0, 56, 0, 0}, {56, 0, F, 0}}, "1234", 0, 0},
    {"a message each",
     {{0, 0, S, 0}, {0, 14, 0, 0}, {14, 14, 0, 0}, {28, 14, 0, 0}, {42, 14, F, 0}},
     "1234",
     0,
     0},
    {"cut in the length",
     {{0, 0, S, 0}, {0, 1, 0, 0}, {1, 14, 0, 0}, {15, 41, F, 0}},
     "1234",
     0,
     0},
    {"data with the SYN", {{0, 14, S, 0}, {14, 42, 0, 0}}, "1234", 0, 0},
    {"the second before the first", {{0, 0, S, 0}, {14, 42, 0, 0}, {0, 14, 0, 0}}, "1234", 0, 0},
    {"backwards",
     {{0, 0, S, 0}, {42, 14, 0, 0}, {30, 12, 0, 0}, {7, 23, 0, 0}, {0, 7, 0, 0}},
     "1234",
     0,
     0},
    {"twice",
     {{0, 0, S, 0}, {0, 28, 0, 0}, {0, 28, 0, 0}, {28, 28, 0, 0}, {28, 28, 0, 0}},
     "1234",
     0,
     2},
    {"overlapping", {{0, 0, S, 0}, {0, 20, 0, 0}, {10, 20, 0, 0}, {29, 27, 0, 0}}, "1234", 0, 0},
    {"overlapping what waits",
     {{0, 0, S, 0}, {14, 14, 0, 0}, {14, 42, 0, 0}, {0, 20, 0, 0}},
     "1234",
     0,
     1},
    {"the SYN twice", {{0, 0, S, 0}, {0, 0, S, 0}, {0, 56, 0, 0}}, "1234", 0, 0},
    {"the end before the rest", {{0, 0, S, 0}, {14, 42, F, 0}, {0, 14, 0, 0}}, "1234", 0, 0},
    {"without a SYN", {{0, 56, 0, 0}}, "1234", 0, 0},
    {"from the middle of a message", {{20, 8, 0, 0}, {28, 28, 0, 0}}, "34", 1, 0},
    {"a segment missing, the next starts a message",
     {{0, 0, S, 0}, {0, 14, 0, 0}, {28, 28, 0, 0}},
     "134",
     1,
     0},
    {"a segment missing, the next one does not",
     {{0, 0, S, 0}, {0, 14, 0, 0}, {20, 8, 0, 0}, {28, 28, 0, 0}},
     "134",
     2,
     0},
    {"a message that has no end", {{0, 0, S, 0}, {0, 20, 0, 0}}, "1", 1, 0},
    {"reset in a message",
     {{0, 0, S, 0}, {0, 20, 0, 0}, {20, 0, R, 0}, {28, 28, 0, 0}},
     "134",
     1,
     0},
    {"no DNS", {{0, 0, S, 0}, {-1, 20, 0, 0}, {-1, 20, 0, 0}}, "", 2, 0},
    {"cut by the capture", {{0, 0, S, 0}, {0, 28, 0, 8}, {28, 28, 0, 0}}, "134", 1, 0},
    {"another connection of the same ports",
     {{0, 0, S, 0}, {0, 20, 0, 0}, {28, 0, S, 0}, {28, 28, 0, 0}},
     "134",
     1,
     0},
};

struct got {
    char ids[4096];
    size_t n;
};

static void take_id(void *arg, const struct tt_flow *flow, uint64_t time_us,
                    const uint8_t *message, size_t len)
{
    struct got *got = arg;

    (void)flow;
    (void)time_us;
    assert_int_equal(len, LEN - 2);
    assert_true(got->n < sizeof(got->ids) - 1);
    got->ids[got->n++] = (char)('0' + message[1]);
}

static struct tt_replay_packet packet_of(const uint8_t *payload, int at, const struct step *step)
{
    struct tt_replay_packet packet = {.from_port = 40000,
                                      .to_port = 53,
                                      .is_tcp = true,
                                      .tcp_flags = step->flags,
                                      .tcp_sequence = FIRST + (uint32_t)at,
                                      .payload = payload,
                                      .payload_len = (size_t)(step->len - step->missing),
                                      .payload_size = (size_t)step->len};
    packet.from.family = packet.to.family = 4;
    return packet;
}

static void streams_give_their_messages(void **state)
{
    (void)state;
    for (size_t i = 0; i < TT_COUNT(streams); i++) {
        const struct stream_row *row = &streams[i];
        struct tt_replay_counts counts = {.frames = 0};
        struct tt_replay_tcp *tcp;
        struct got got = {.n = 0};
        int rubbish = 0;

        assert_int_equal(tt_replay_tcp_new(&counts, take_id, &got, &tcp), 0);
        for (const struct step *step = row->steps; step->len > 0 || step->flags != 0; step++) {
            int at = step->at < 0 ? rubbish : step->at;
            struct tt_replay_packet packet =
                packet_of(step->at < 0 ? (const uint8_t *)"\0\1XXXXXXXXXXXXXXXXXXXX"
                                       : (const uint8_t *)four + at,
                          at, step);

            tt_replay_tcp_take(tcp, &packet, 1);
            rubbish += step->at < 0 ? step->len : 0;
        }
        tt_replay_tcp_end(&tcp);
        got.ids[got.n] = '\0';
        if (strcmp(got.ids, row->ids) != 0 ||
            counts.skipped[TT_REPLAY_SKIP_TCP_LOST] != row->lost ||
            counts.retransmitted != row->again)
            fail_msg("%s: got %s, %llu lost, %llu again", row->name, got.ids,
                     (unsigned long long)counts.skipped[TT_REPLAY_SKIP_TCP_LOST],
                     (unsigned long long)counts.retransmitted);
    }
}

/* Sums up what came, so that order and content count. */
struct sum {
    uint64_t hash;
    size_t n;
};

static void add_message(struct sum *sum, const uint8_t *message, size_t len)
{
    for (size_t i = 0; i < len; i++)
        sum->hash = (sum->hash ^ message[i]) * 0x100000001b3u;
    sum->n++;
}

static void take_sum(void *arg, const struct tt_flow *flow, uint64_t time_us,
                     const uint8_t *message, size_t len)
{
    (void)flow;
    (void)time_us;
    add_message(arg, message, len);
}

enum { PIECES_MAX = 100, STREAM_MAX = 200000 };

struct piece {
    size_t at, len;
};

/* Cuts the stream into segments, some overlapping the one before, some twice, and mixes neighbours.
 */
static size_t cut(struct piece *pieces, size_t len)
{
    size_t n = 0, at = 0;

    while (at < len && n < PIECES_MAX - 2) {
        size_t some = 1 + (size_t)rand() % 4000, before = rand() % 4 == 0 ? (size_t)rand() % 50 : 0;
        size_t back = TT_MIN(at, before);
        size_t step = n >= PIECES_MAX - 4 ? len - at : TT_MIN(len - at, some);

        pieces[n++] = (struct piece){at - back, step + back};
        if (rand() % 8 == 0)
            pieces[n++] = (struct piece){at, step};
        at += step;
    }
    for (size_t i = 0; i + 1 < n; i++) {
        size_t other = i + (size_t)rand() % TT_MIN(n - i, (size_t)8);
        struct piece piece = pieces[i];

        pieces[i] = pieces[other];
        pieces[other] = piece;
    }
    return n;
}

static size_t write_messages(uint8_t *stream, struct sum *sum)
{
    size_t len = 0;

    for (int i = 0; i < 30; i++) {
        size_t message_len = 12 + (size_t)(rand() % 10 == 0 ? rand() % 6000 : rand() % 300);

        stream[len] = (uint8_t)(message_len >> 8);
        stream[len + 1] = (uint8_t)message_len;
        for (size_t k = 0; k < message_len; k++)
            stream[len + 2 + k] = (uint8_t)rand();
        add_message(sum, stream + len + 2, message_len);
        len += 2 + message_len;
    }
    return len;
}

static void disorder_changes_nothing(void **state)
{
    uint8_t *stream = malloc(STREAM_MAX);
    struct piece pieces[PIECES_MAX];

    (void)state;
    assert_non_null(stream);
    srand(4);
    for (int round = 0; round < 2000; round++) {
        struct tt_replay_counts counts = {.frames = 0};
        struct sum expected = {1, 0}, got = {1, 0};
        size_t len = write_messages(stream, &expected), pieces_n = cut(pieces, len);
        uint32_t first =
            round % 2 == 0 ? 0xfffff000u + (uint32_t)(rand() % 4096) : (uint32_t)rand();
        struct tt_replay_tcp *tcp;

        assert_int_equal(tt_replay_tcp_new(&counts, take_sum, &got, &tcp), 0);
        for (size_t i = 0; i <= pieces_n; i++) {
            const struct step step = {0, i == 0 ? 0 : (int)pieces[i - 1].len, i == 0 ? S : 0, 0};
            struct tt_replay_packet packet =
                packet_of(stream + (i == 0 ? 0 : pieces[i - 1].at), 0, &step);

            packet.tcp_sequence = first + (uint32_t)(i == 0 ? 0 : pieces[i - 1].at);
            tt_replay_tcp_take(tcp, &packet, 1);
        }
        tt_replay_tcp_end(&tcp);
        assert_int_equal(counts.skipped[TT_REPLAY_SKIP_TCP_LOST], 0);
        assert_int_equal(got.n, expected.n);
        assert_true(got.hash == expected.hash);
    }
    free(stream);
}

/* Half a message from each of many, then the other half: the quiet ones had to go. */
static void memory_is_bounded(void **state)
{
    enum { STREAMS = 3000, HALF = 30001 };
    static uint8_t half[HALF] = {0xea, 0x60}; /* 60,000: two halves with their length */
    struct tt_replay_counts counts = {.frames = 0};
    struct sum got = {1, 0};
    struct tt_replay_tcp *tcp;

    (void)state;
    assert_int_equal(tt_replay_tcp_new(&counts, take_sum, &got, &tcp), 0);
    for (unsigned i = 0; i < 2 * STREAMS; i++) {
        const struct step step = {0, HALF, i < STREAMS ? S : 0, 0};
        struct tt_replay_packet packet = packet_of(half, i < STREAMS ? 0 : HALF, &step);

        packet.from.bytes[2] = (uint8_t)(i % STREAMS >> 8);
        packet.from.bytes[3] = (uint8_t)(i % STREAMS);
        tt_replay_tcp_take(tcp, &packet, 1);
    }
    tt_replay_tcp_end(&tcp);
    assert_true(got.n < STREAMS / 2);
    assert_true(counts.skipped[TT_REPLAY_SKIP_TCP_LOST] >= STREAMS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(streams_give_their_messages),
        cmocka_unit_test(disorder_changes_nothing),
        cmocka_unit_test(memory_is_bounded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
