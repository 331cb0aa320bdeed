/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/*
 * Every behaviour of the ring under the C11 memory model, for small programs: the ring's own source,
 * compiled below on the modelled memory of model.h, runs in all schedules and with all values that its
 * atomic loads may return. Content, order and accounting of the records are checked in each. Then again
 * with each memory order of orders.def weakened to relaxed: that must be caught.
 *
 * Prints what was explored and rows of `site order verdict`; exit 0 when nothing is wrong and each
 * weakening is caught.
 */

#include "model.h"


#include "ring/ring.c"

enum { PRODUCER, CONSUMER, RECORDS_MAX = 8 };

/* A program: the lengths of the records that the producer offers, and how the consumer takes them. */
struct scenario {
    const char *name;
    size_t ring_size;
    unsigned records_n, turns, batch;
    uint8_t room[RECORDS_MAX], len[RECORDS_MAX];
};

static const struct scenario scenarios[] = {
    {"one size, two laps", 64, 8, 4, 2, {8, 8, 8, 8, 8, 8, 8, 8}, {8, 8, 8, 8, 8, 8, 8, 8}},
    {"skip marks, room larger than the record", 64, 7, 4, 2, {24, 24, 24, 24, 24, 24, 24},
     {8, 24, 8, 8, 24, 1, 24}},
    {"every length, released one by one", 128, 8, 5, 1, {24, 56, 40, 9, 56, 24, 40, 56},
     {17, 40, 33, 9, 56, 0, 40, 25}},
    {"every length, released in one go", 128, 8, 3, 8, {24, 56, 40, 9, 56, 24, 40, 56},
     {17, 40, 33, 9, 56, 0, 40, 25}},
};

static struct {
    const struct scenario *scenario;
    struct tt_ring pristine, ring;
    unsigned sent_n, received_n;
    uint8_t sent[RECORDS_MAX];
} program;

static uint8_t byte_of(unsigned record, size_t i)
{
    return (uint8_t)(record * 37 + i * 11 + 1);
}

static void produce(void)
{
    const struct scenario *scenario = program.scenario;

    for (unsigned record = 0; record < scenario->records_n; record++) {
        uint8_t *at = tt_ring_claim(&program.ring, scenario->room[record]);
        if (at == NULL)
            continue;
        model_bytes(at, scenario->len[record], true);
        for (size_t i = 0; i < scenario->len[record]; i++)
            at[i] = byte_of(record, i);
        program.sent[program.sent_n++] = (uint8_t)record;
        tt_ring_commit(&program.ring, scenario->len[record]);
    }
}

/* One turn of the consumer; false when nothing was there. */
static bool take(unsigned batch)
{
    unsigned taken = 0;
    size_t len;
    const uint8_t *at;

    if (tt_ring_used(&program.ring) > program.scenario->ring_size)
        leave("more in use than the ring holds");
    while (taken < batch && (at = tt_ring_peek(&program.ring, &len)) != NULL) {
        unsigned record = program.sent[program.received_n];
        if (program.received_n == program.sent_n || len != program.scenario->len[record])
            leave("a record that was not sent, or out of order");
        model_bytes(at, len, false);
        for (size_t i = 0; i < len; i++)
            if (at[i] != byte_of(record, i))
                leave("content differs");
        program.received_n++;
        taken++;
        tt_ring_next(&program.ring);
    }
    tt_ring_release(&program.ring);
    return taken > 0;
}

static void consume(void)
{
    for (unsigned turn = 0; turn < program.scenario->turns; turn++)
        take(program.scenario->batch);
}

/* What is left is there to take, and then there is room again. */
static void finish(void)
{
    go_on_as(CONSUMER);
    while (take(RECORDS_MAX))
        ;
    if (program.received_n != program.sent_n || tt_ring_used(&program.ring) != 0)
        leave("a committed record was lost");
    go_on_as(PRODUCER);
    if (tt_ring_claim(&program.ring, program.scenario->ring_size / 2 - 8) == NULL)
        leave("an empty ring is full");
}

static void reset(void)
{
    program.ring = program.pristine;
    program.sent_n = program.received_n = 0;
}

/* Explores one scenario. Returns the first fault, NULL when there is none. */
static const char *explore(const struct scenario *scenario, int weak_site)
{
    const char *fault;

    if (tt_ring_init(&program.pristine, scenario->ring_size) != TT_OK)
        return "no memory";
    program.scenario = scenario;
    model.words[0] = &program.ring.producer.head;
    model.words[1] = &program.ring.consumer.tail;
    model.bytes = program.pristine.producer.data;
    model.bytes_n = scenario->ring_size;
    model.bodies[PRODUCER] = produce;
    model.bodies[CONSUMER] = consume;
    model.reset = reset;
    model.finish = finish;
    fault = model_explore(weak_site);
    tt_ring_fini(&program.pristine);
    return fault;
}

static bool explore_as_written(void)
{
    bool is_good = true;

    for (size_t i = 0; i < TT_COUNT(scenarios); i++) {
        unsigned long before = model.runs_n;
        const char *fault = explore(&scenarios[i], -1);
        printf("# %-40s %8lu runs %8zu states: %s\n", scenarios[i].name, model.runs_n - before,
               model.visited_n, fault != NULL ? fault : "no fault");
        is_good &= fault == NULL;
    }
    return is_good;
}

static bool explore_weakened(int site)
{
    const char *fault = NULL;

    if (sites[site].order == __ATOMIC_RELAXED) {
        printf("%-14s %-8s nothing to weaken\n", sites[site].name, sites[site].order_name);
        return true;
    }
    for (size_t i = 0; i < TT_COUNT(scenarios) && fault == NULL; i++)
        fault = explore(&scenarios[i], site);
    printf("%-14s %-8s %s%s\n", sites[site].name, sites[site].order_name,
           fault != NULL ? "needed: relaxed gives " : "NOT NEEDED OR NOT PROVEN", fault != NULL ? fault : "");
    return fault != NULL;
}

int main(void)
{
    bool is_good = explore_as_written();

    for (int site = 0; site < SITES_N; site++)
        is_good &= explore_weakened(site);
    printf("%s\n", is_good ? "ok" : "FAIL");
    return is_good ? 0 : 1;
}
