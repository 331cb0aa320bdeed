/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/* What the class has, or has seen, and what it says became of it. */

#include "base/clock.h"
#include "base/err.h"
#include "sink/worker.h"

enum { RESULTS_MAX = 256 };

struct tt_flight *tt_flight_claim(struct tt_sink *sink, uint64_t *token)
{
    uint32_t place = sink->free_flight;
    struct tt_flight *flight = &sink->flights[place];

    sink->free_flight = flight->next_free;
    flight->turn = flight->turn == UINT32_MAX ? 1 : flight->turn + 1;
    flight->state = TT_FLIGHT_SHOWN;
    *token = (uint64_t)flight->turn << 32 | place;
    return flight;
}

/* NULL: no record that the class has. */
static struct tt_flight *find(struct tt_sink *sink, uint64_t token, enum tt_flight_state state)
{
    uint32_t place = (uint32_t)token;
    struct tt_flight *flight = &sink->flights[place];

    if (place >= sink->flights_max || flight->turn != (uint32_t)(token >> 32) || flight->state != state)
        return NULL;
    return flight;
}

static void release(struct tt_sink *sink, struct tt_flight *flight)
{
    if (flight->state == TT_FLIGHT_FLYING)
        sink->flying_n--;
    flight->state = TT_FLIGHT_FREE;
    flight->next_free = sink->free_flight;
    sink->free_flight = (uint32_t)(flight - sink->flights);
}

/* Back into the queue, or done with there. The lock is held. */
static void leave_queue(struct tt_sink *sink, const struct tt_flight *flight, enum tt_fate fate)
{
    struct tt_queue_entry *entry = (struct tt_queue_entry *)(uintptr_t)flight->origin;

    if (fate == TT_FATE_MAYBE)
        entry->flags |= TT_QUEUE_DOUBTFUL;
    if (fate == TT_FATE_AGAIN || fate == TT_FATE_MAYBE || fate == TT_FATE_WAITING)
        tt_queue_give_back(&sink->queue, entry);
    else
        tt_queue_settle(&sink->queue, entry);
}

/* The books for a record whose fate is known. The lock is held. */
static void account(struct tt_sink *sink, const struct tt_flight *flight, enum tt_fate fate,
                    unsigned refused_n)
{
    struct tt_sink_books *books = &sink->books[flight->topic];
    uint64_t *from = flight->is_spooled ? &books->spooled : &books->queued;

    refused_n = TT_MIN(refused_n, (unsigned)flight->units);
    if (fate == TT_FATE_DELIVERED) {
        books->delivered += flight->units - refused_n;
        books->dropped[TT_SINK_DROP_REFUSED] += refused_n;
    } else if (fate == TT_FATE_REFUSED) {
        books->dropped[TT_SINK_DROP_REFUSED] += flight->units;
    } else if (fate == TT_FATE_TOO_LARGE) {
        books->dropped[TT_SINK_DROP_TOO_LARGE] += flight->units;
    } else {
        return;
    }
    *from -= flight->units;
}

static void count(struct tt_flight_tally *tally, enum tt_fate fate)
{
    tally->delivered_n += fate == TT_FATE_DELIVERED;
    tally->answered_n += fate == TT_FATE_DELIVERED || fate == TT_FATE_REFUSED || fate == TT_FATE_TOO_LARGE;
    tally->back_n += fate == TT_FATE_AGAIN || fate == TT_FATE_MAYBE;
    tally->waiting_n += fate == TT_FATE_WAITING || fate == TT_FATE_BEGUN;
    tally->flying_n += fate == TT_FATE_FLYING;
}

/* A record leaves the class; the spool has been told. The lock is held. */
static void settle(struct tt_sink *sink, struct tt_flight *flight, enum tt_fate fate, unsigned refused_n)
{
    account(sink, flight, fate, refused_n);
    if (!flight->is_spooled)
        leave_queue(sink, flight, fate);
    release(sink, flight);
}

/* What a class may say of a record that it was shown; anything else cannot be told from a loss. */
static enum tt_fate fate_of(const struct tt_sink *sink, uint8_t fate)
{
    if (fate > TT_FATE_TOO_LARGE || (fate == TT_FATE_FLYING && sink->sink_class->flying_max == 0))
        return TT_FATE_MAYBE;
    return (enum tt_fate)fate;
}

/* Those that the spool gave and gets back, or need not keep. */
static void tell_spool(struct tt_sink *sink, const struct tt_sink_record *records, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        const struct tt_flight *flight = find(sink, records[i].token, TT_FLIGHT_SHOWN);
        enum tt_fate fate = fate_of(sink, records[i].fate);

        if (flight->is_spooled && fate != TT_FATE_BEGUN && fate != TT_FATE_FLYING)
            tt_sink_spool_settle(sink, flight, fate);
    }
}

void tt_flight_land(struct tt_sink *sink, unsigned n, unsigned all_n, struct tt_flight_tally *tally)
{
    struct tt_sink_record *records = sink->batch;
    unsigned begun_n = 0;

    *tally = (struct tt_flight_tally){0};
    for (unsigned i = n; i < all_n; i++)
        records[i].fate = TT_FATE_WAITING;
    tell_spool(sink, records, all_n);
    pthread_mutex_lock(&sink->lock);
    for (unsigned i = 0; i < all_n; i++) {
        struct tt_flight *flight = find(sink, records[i].token, TT_FLIGHT_SHOWN);
        enum tt_fate fate = fate_of(sink, records[i].fate);

        count(tally, fate);
        if (fate == TT_FATE_BEGUN) {
            records[begun_n++] = records[i];
        } else if (fate == TT_FATE_FLYING) {
            flight->state = TT_FLIGHT_FLYING;
            sink->flying_n++;
        } else {
            settle(sink, flight, fate, records[i].refused_n);
        }
    }
    if (tally->delivered_n > 0)
        sink->last_success_us = tt_clock_wall_us();
    if (tally->answered_n > 0)
        tt_sink_tell_room(sink);
    pthread_mutex_unlock(&sink->lock);
    sink->begun_n = begun_n;
}

static void land_results(struct tt_sink *sink, struct tt_sink_result *results, unsigned n,
                         struct tt_flight_tally *tally)
{
    for (unsigned i = 0; i < n; i++) {
        const struct tt_flight *flight = find(sink, results[i].token, TT_FLIGHT_FLYING);

        if (results[i].fate < TT_FATE_DELIVERED || results[i].fate > TT_FATE_TOO_LARGE)
            results[i].fate = TT_FATE_MAYBE;
        if (flight != NULL && flight->is_spooled)
            tt_sink_spool_settle(sink, flight, (enum tt_fate)results[i].fate);
        else if (flight != NULL) /* settled in a moment, all under the lock */
            __builtin_prefetch((const void *)(uintptr_t)flight->origin, 1);
    }
    pthread_mutex_lock(&sink->lock);
    for (unsigned i = 0; i < n; i++) {
        struct tt_flight *flight = find(sink, results[i].token, TT_FLIGHT_FLYING);

        if (flight == NULL)
            continue;
        count(tally, (enum tt_fate)results[i].fate);
        settle(sink, flight, (enum tt_fate)results[i].fate, 0);
    }
    if (tally->delivered_n > 0)
        sink->last_success_us = tt_clock_wall_us();
    if (tally->answered_n > 0)
        tt_sink_tell_room(sink);
    pthread_mutex_unlock(&sink->lock);
}

static void reap_all(struct tt_sink *sink, struct tt_buf *why, struct tt_flight_tally *tally)
{
    struct tt_sink_result results[RESULTS_MAX];
    unsigned n;

    *tally = (struct tt_flight_tally){0};
    do {
        tt_buf_reset(why);
        n = sink->sink_class->reap(sink->self, results, RESULTS_MAX, why);
        land_results(sink, results, TT_MIN(n, (unsigned)RESULTS_MAX), tally);
    } while (n >= RESULTS_MAX);
}

void tt_flight_reap(struct tt_sink *sink)
{
    char text[TT_SINK_WHY_MAX];
    struct tt_buf why = tt_buf_over(text, sizeof(text));
    struct tt_flight_tally tally;

    if (sink->flying_n == 0)
        return;
    reap_all(sink, &why, &tally);
    if (why.len > 0) {
        sink->is_failing = true;
        tt_sink_set_up(sink, false);
        tt_sink_say_failure(sink, &why, "records wait, sent again by itself");
    } else if (tally.answered_n > 0) {
        tt_sink_note_answer(sink);
        if (tally.back_n == 0)
            tt_sink_say_recovery(sink);
    }
    if (tally.back_n > 0 && tally.answered_n == 0)
        tt_sink_back_off(sink);
}

/* Whatever the class has not given back by now may have arrived. */
static void end_lost(struct tt_sink *sink)
{
    struct tt_sink_result results[RESULTS_MAX];
    struct tt_flight_tally tally = {0};
    unsigned n = 0;

    for (uint32_t i = 0; i < sink->flights_max && sink->flying_n > 0; i++) {
        if (sink->flights[i].state == TT_FLIGHT_FLYING)
            results[n++] = (struct tt_sink_result){(uint64_t)sink->flights[i].turn << 32 | i, TT_FATE_MAYBE};
        if (n == RESULTS_MAX || i + 1 == sink->flights_max) {
            land_results(sink, results, n, &tally);
            n = 0;
        }
    }
}

void tt_sink_keep_memory(struct tt_sink *owner)
{
    pthread_mutex_lock(&owner->lock);
    owner->queue.keeps = true;
    pthread_mutex_unlock(&owner->lock);
    if (owner->spool != NULL)
        tt_spool_keep_memory(owner->spool);
    tt_log(TT_LOG_INFO, "sink %s: its client does not end in time, the memory of its records is left behind", owner->name);
}

void tt_flight_end(struct tt_sink *sink)
{
    char text[TT_SINK_WHY_MAX];
    struct tt_buf why = tt_buf_over(text, sizeof(text));
    struct tt_flight_tally tally;
    unsigned before;

    do {
        before = sink->flying_n;
        if (before > 0)
            reap_all(sink, &why, &tally);
    } while (sink->flying_n < before);
    end_lost(sink);
    for (unsigned i = 0; i < sink->begun_n; i++) {
        const struct tt_flight *flight = find(sink, sink->batch[i].token, TT_FLIGHT_SHOWN);

        if (flight->is_spooled)
            tt_sink_spool_settle(sink, flight, TT_FATE_WAITING);
    }
    pthread_mutex_lock(&sink->lock);
    for (unsigned i = 0; i < sink->begun_n; i++)
        settle(sink, find(sink, sink->batch[i].token, TT_FLIGHT_SHOWN), TT_FATE_WAITING, 0);
    pthread_mutex_unlock(&sink->lock);
    sink->begun_n = 0;
}
