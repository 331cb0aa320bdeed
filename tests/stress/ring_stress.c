/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/*
 * The ring between two real threads: numbered messages of different length whose every byte follows
 * from their number, through a small ring that is full and wraps all the time. Each message arrives
 * once, whole and in order, or was counted as lost by the producer. Built with SAN=thread it also
 * shows data races. Use: ring_stress [messages]   (default 1,000,000)
 */

#include <inttypes.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "ring/ring.h"

enum { RING_SIZE = 64 << 10, ROOM = 8192, BATCH_MAX = 64 };

struct stress {
    struct tt_ring ring;
    uint64_t messages_n;
    bool was_full, is_over; /* atomic */
    uint64_t lost_n, full_n, bytes_n; /* producer's, read when it has ended */
    uint64_t received_n, missing_n, next; /* consumer's */
    const char *fault;
};

static uint64_t scramble(uint64_t x)
{
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
    x = (x ^ x >> 27) * 0x94d049bb133111ebu;
    return x ^ x >> 31;
}

/* Most are short, one in 64 is anything up to the largest room; never below the number itself. */
static size_t length_of(uint64_t number)
{
    uint64_t hash = scramble(number + 1);
    size_t most = hash % 64 == 0 ? ROOM : 128;

    return 8 + (size_t)(hash >> 8) % (most - 7);
}

/* Byte for byte, and yet in words: this must not be what takes the time. */
static void fill(uint8_t *at, uint64_t number, size_t len)
{
    uint64_t word = scramble(number), step = word | 1;
    size_t i = 8;

    memcpy(at, &number, 8);
    for (; i + 8 <= len; i += 8, word += step)
        memcpy(at + i, &word, 8);
    memcpy(at + i, &word, len - i);
}

static bool is_whole(const uint8_t *at, uint64_t number, size_t len)
{
    uint64_t word = scramble(number), step = word | 1, got, wrong = 0;
    size_t i = 8;

    if (len != length_of(number))
        return false;
    for (; i + 8 <= len; i += 8, word += step) {
        memcpy(&got, at + i, 8);
        wrong |= got ^ word;
    }
    return wrong == 0 && memcmp(at + i, &word, len - i) == 0;
}

/* When the ring is full one message in eight is given up, and the very first; the others wait for room. */
static void *produce(void *arg)
{
    struct stress *stress = arg;

    for (uint64_t number = 0; number < stress->messages_n; number++) {
        size_t len = length_of(number), room = number % 3 == 0 ? ROOM : len;
        uint8_t *at = tt_ring_claim(&stress->ring, room);
        bool is_given_up = number % 8 == 5 || stress->lost_n == 0;

        while (at == NULL) {
            stress->full_n++;
            __atomic_store_n(&stress->was_full, true, __ATOMIC_RELAXED);
            if (is_given_up)
                break;
            sched_yield();
            at = tt_ring_claim(&stress->ring, room);
        }
        if (at == NULL) {
            stress->lost_n++;
            continue;
        }
        fill(at, number, len);
        tt_ring_commit(&stress->ring, len);
        stress->bytes_n += tt_ring_space(len);
    }
    __atomic_store_n(&stress->is_over, true, __ATOMIC_RELEASE);
    return NULL;
}

static void check(struct stress *stress, const uint8_t *at, size_t len)
{
    uint64_t number;

    if (((uintptr_t)at & 15) != 8 || len < sizeof(number)) {
        stress->fault = "a record of a wrong address or length";
        return;
    }
    memcpy(&number, at, sizeof(number));
    if (number < stress->next || number >= stress->messages_n)
        stress->fault = "a message out of order, twice, or never sent";
    else if (!is_whole(at, number, len))
        stress->fault = "a message that is not as it was sent";
    stress->missing_n += number - stress->next;
    stress->next = number + 1;
    stress->received_n++;
}

/* One batch of a length that changes; false when there was nothing. */
static bool take(struct stress *stress)
{
    size_t batch = 1 + stress->received_n % BATCH_MAX, taken = 0, len;
    const uint8_t *at;

    if (tt_ring_used(&stress->ring) > tt_ring_size(&stress->ring))
        stress->fault = "more in use than the ring holds";
    while (taken < batch && stress->fault == NULL && (at = tt_ring_peek(&stress->ring, &len)) != NULL) {
        check(stress, at, len);
        tt_ring_next(&stress->ring);
        taken++;
    }
    tt_ring_release(&stress->ring);
    return taken > 0;
}

static void consume(struct stress *stress)
{
    uint64_t step = TT_MAX(stress->messages_n / 10, (uint64_t)1000000), shown = step;

    /* The first thing that happens is a full ring, and a loss. */
    while (!__atomic_load_n(&stress->was_full, __ATOMIC_RELAXED) &&
           !__atomic_load_n(&stress->is_over, __ATOMIC_RELAXED))
        sched_yield();
    while (stress->fault == NULL) {
        /* Asked before the look: what was committed before the end is seen by the look. */
        bool is_over = __atomic_load_n(&stress->is_over, __ATOMIC_ACQUIRE);
        if (!take(stress)) {
            if (is_over)
                return;
            sched_yield();
        }
        if (stress->next >= shown) {
            printf("# %" PRIu64 " messages\n", stress->next);
            fflush(stdout);
            shown += step;
        }
    }
}

int main(int argc, char **argv)
{
    struct stress *stress = calloc(1, sizeof(*stress));
    pthread_t producer;

    if (stress == NULL || tt_ring_init(&stress->ring, RING_SIZE) != TT_OK)
        return 2;
    stress->messages_n = argc > 1 ? strtoull(argv[1], NULL, 10) : 1000000;
    if (pthread_create(&producer, NULL, produce, stress) != 0)
        return 2;
    consume(stress);
    if (stress->fault != NULL) {
        /* The producer may wait for room for ever. */
        printf("FAIL near message %" PRIu64 ": %s\n", stress->next, stress->fault);
        return 1;
    }
    pthread_join(producer, NULL);
    stress->missing_n += stress->messages_n - stress->next;
    if (stress->missing_n != stress->lost_n || stress->received_n + stress->lost_n != stress->messages_n)
        stress->fault = "the losses do not add up";
    if (stress->messages_n >= 10000 && (stress->full_n == 0 || stress->lost_n == 0))
        stress->fault = "the ring was never full";
    printf("%s: %" PRIu64 " messages, %" PRIu64 " received, %" PRIu64 " lost, %" PRIu64
           " times full, %" PRIu64 " laps\n",
           stress->fault == NULL ? "ok" : stress->fault, stress->messages_n, stress->received_n,
           stress->lost_n, stress->full_n, stress->bytes_n / RING_SIZE);
    tt_ring_fini(&stress->ring);
    return stress->fault != NULL;
}
