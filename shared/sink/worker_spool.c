/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/*
 * The spool of a sink, as its thread uses it: what comes into the queue of a topic with a spool is appended,
 * and only then read back and sent. Where the spool cannot take it, records stay in memory and are sent from
 * there; what is on disk goes on being sent.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "sink/worker.h"

static const uint64_t sync_every_ns = UINT64_C(500000000);
static const uint64_t tend_ns = UINT64_C(50000000);
static const uint64_t idle_look_ns = UINT64_C(100000000);

int tt_sink_spool_plan_make(const struct tt_conf_sink *conf, const struct tt_sink_place *place,
                            struct tt_sink_spool_plan *plan)
{
    *plan = (struct tt_sink_spool_plan){0};
    if (!conf->spool.is_on || conf->spool.path == NULL)
        return TT_OK;
    plan->is_on = true;
    plan->topics = conf->spool.topics & conf->topics;
    plan->size = conf->spool.size;
    return tt_conf_expand(conf->spool.path, &place->names, plan->dir, sizeof(plan->dir));
}

unsigned tt_sink_spooled_topics(const struct tt_sink *sink)
{
    return sink->spool != NULL && !sink->has_spool_failed ? sink->plan.topics : 0;
}

static void say(struct tt_sink *sink, struct tt_buf *why)
{
    const char *text = tt_buf_cstr(why);

    if (strcmp(text, sink->spool_why) == 0 || !tt_log_may(&sink->spool_limit))
        return;
    snprintf(sink->spool_why, sizeof(sink->spool_why), "%s", text);
    tt_log_limited(&sink->spool_limit, TT_LOG_WARNING, "sink %s: spool: %s", sink->name, text);
}

static void fail(struct tt_sink *sink, struct tt_buf *why)
{
    uint64_t now = tt_clock_mono_ns();

    sink->has_spool_failed = true;
    sink->next_spool_try_ns = now + sink->spool_pace_ns;
    sink->spool_pace_ns = TT_MIN(2 * sink->spool_pace_ns, TT_SINK_PACE_MAX_NS);
    tt_buf_text(why, "; records stay in memory and are sent from there, tried again by itself");
    say(sink, why);
}

static void recover(struct tt_sink *sink)
{
    sink->spool_pace_ns = TT_SINK_PACE_MIN_NS;
    if (!sink->has_spool_failed)
        return;
    sink->has_spool_failed = false;
    if (sink->spool_why[0] != '\0')
        tt_log(TT_LOG_INFO, "sink %s: the spool works again", sink->name);
    sink->spool_why[0] = '\0';
}

/* Looks at what is on disk now. */
static void look(struct tt_sink *sink, struct tt_spool_counts *counts)
{
    tt_spool_counts(sink->spool, counts);
    sink->spool_unsent = 0;
    for (unsigned t = 0; t < TT_TOPICS_N; t++)
        sink->spool_unsent |= (unsigned)(counts->unsent[t] > 0) << t;
    pthread_mutex_lock(&sink->lock);
    sink->spool_bytes = counts->bytes;
    pthread_mutex_unlock(&sink->lock);
}

/* Adds what changed to the books. */
static void note(struct tt_sink *sink, const struct tt_spool_changes *changes)
{
    struct tt_spool_counts counts;

    pthread_mutex_lock(&sink->lock);
    for (unsigned t = 0; t < TT_TOPICS_N; t++) {
        sink->books[t].recovered += changes->recovered[t];
        sink->books[t].uncertain += changes->uncertain[t];
        sink->books[t].spooled += changes->recovered[t] - changes->uncertain[t];
        for (unsigned i = 0; i < TT_SINK_DROPS_N; i++) {
            sink->books[t].dropped[i] += changes->dropped[t][i];
            sink->books[t].spooled -= changes->dropped[t][i];
        }
    }
    pthread_mutex_unlock(&sink->lock);
    look(sink, &counts);
}

/* After opening, what is on disk is what there is: more than the books knew of was recovered, and were it
 * less, somebody damaged it. */
static void note_opened(struct tt_sink *sink, const struct tt_spool_changes *changes)
{
    struct tt_spool_counts counts;

    look(sink, &counts);
    pthread_mutex_lock(&sink->lock);
    for (unsigned t = 0; t < TT_TOPICS_N; t++) {
        struct tt_sink_books *books = &sink->books[t];
        uint64_t found = counts.records[t];

        for (unsigned i = 0; i < TT_SINK_DROPS_N; i++) {
            books->dropped[i] += changes->dropped[t][i];
            found += changes->dropped[t][i];
        }
        if (found >= books->spooled)
            books->recovered += found - books->spooled;
        else
            books->dropped[TT_SINK_DROP_SPOOL_CORRUPT] += books->spooled - found;
        books->spooled = counts.records[t];
    }
    pthread_mutex_unlock(&sink->lock);
}

static void open_spool(struct tt_sink *sink)
{
    struct tt_spool_options options = {
        .dir = sink->plan.dir,
        .size = sink->plan.size,
        .random = sink->random,
        .encoding = sink->encoding,
        .topics = sink->plan.topics,
    };
    struct tt_spool_changes changes = {0};
    char text[TT_SINK_WHY_MAX];
    struct tt_buf why = tt_buf_over(text, sizeof(text));

    if (tt_spool_open(&options, &sink->spool, &changes, &why) != TT_OK) {
        sink->spool = NULL;
        fail(sink, &why);
        return;
    }
    if (why.len > 0)
        say(sink, &why);
    note_opened(sink, &changes);
    recover(sink);
}

/* Takes what waits for the spool; returns the number. */
static unsigned take(struct tt_sink *sink, struct tt_queue_entry **entries)
{
    struct tt_queue_entry *entry;
    size_t bytes = 0;
    unsigned n = 0;

    pthread_mutex_lock(&sink->lock);
    while (n < TT_SINK_BATCH_MAX && bytes < TT_SINK_BATCH_BYTES &&
           (entry = tt_queue_take(&sink->queue, sink->plan.topics)) != NULL) {
        bytes += entry->len;
        entries[n++] = entry;
    }
    pthread_mutex_unlock(&sink->lock);
    return n;
}

/* The first spooled_n are on disk, the next one is too large for it if it says so, the others wait again. */
static void put_back(struct tt_sink *sink, struct tt_queue_entry **entries, unsigned n, unsigned spooled_n,
                     bool is_next_too_large)
{
    pthread_mutex_lock(&sink->lock);
    for (unsigned i = 0; i < n; i++) {
        struct tt_sink_books *books = &sink->books[entries[i]->topic];
        bool is_dropped = i == spooled_n && is_next_too_large;

        if (i > spooled_n || (i == spooled_n && !is_dropped)) {
            tt_queue_give_back(&sink->queue, entries[i]);
            continue;
        }
        books->queued -= entries[i]->units;
        if (is_dropped)
            books->dropped[TT_SINK_DROP_TOO_LARGE] += entries[i]->units;
        else
            books->spooled += entries[i]->units;
        tt_queue_settle(&sink->queue, entries[i]);
    }
    tt_sink_tell_room(sink);
    pthread_mutex_unlock(&sink->lock);
}

/* Appends n records. *is_urgent: an alert is among those that were. */
static int append(struct tt_sink *sink, struct tt_queue_entry **entries, unsigned n, bool *is_urgent)
{
    struct tt_sink_record records[TT_SINK_BATCH_MAX];
    char *copies[TT_SINK_BATCH_MAX], text[TT_SINK_WHY_MAX];
    struct tt_buf why = tt_buf_over(text, sizeof(text));
    struct tt_spool_changes changes = {0};
    unsigned shown_n = 0, taken_n = 0;
    int err = TT_ENOMEM;

    memset(records, 0, n * sizeof(records[0]));
    while (shown_n < n && tt_sink_show(sink, entries[shown_n], &records[shown_n], &copies[shown_n]))
        shown_n++;
    if (shown_n > 0)
        err = tt_spool_append(sink->spool, records, shown_n, &taken_n, &changes, &why);
    for (unsigned i = 0; i < shown_n; i++)
        free(copies[i]);
    for (unsigned i = 0; i < taken_n; i++)
        *is_urgent |= records[i].topic == TT_TOPIC_ALERTS;
    put_back(sink, entries, n, taken_n, err == TT_ELIMIT);
    note(sink, &changes);
    sink->is_spool_dirty |= taken_n > 0;
    if (err != TT_OK && err != TT_ELIMIT)
        fail(sink, &why);
    else
        recover(sink);
    return err == TT_ELIMIT ? TT_OK : err;
}

static void sync_spool(struct tt_sink *sink, uint64_t now)
{
    char text[TT_SINK_WHY_MAX];
    struct tt_buf why = tt_buf_over(text, sizeof(text));

    sink->is_spool_dirty = false;
    sink->next_sync_ns = now + sync_every_ns;
    if (tt_spool_sync(sink->spool, &why) != TT_OK)
        say(sink, &why);
}

void tt_sink_spool_step(struct tt_sink *sink, uint64_t now)
{
    struct tt_queue_entry *entries[TT_SINK_BATCH_MAX];
    bool is_urgent = false, may_try = !sink->has_spool_failed || now >= sink->next_spool_try_ns;
    unsigned n;

    if (sink->plan.is_on && sink->spool == NULL && may_try)
        open_spool(sink);
    if (sink->spool == NULL)
        return;
    if (sink->plan.topics != 0 && may_try) {
        while ((n = take(sink, entries)) > 0 && append(sink, entries, n, &is_urgent) == TT_OK)
            ;
        if (sink->has_spool_failed && n == 0) /* nothing to try it with just now: records may go by quickly */
            sink->next_spool_try_ns = now + idle_look_ns;
    }
    if (is_urgent || (sink->is_spool_dirty && now >= sink->next_sync_ns))
        sync_spool(sink, now);
}

uint64_t tt_sink_tend(struct tt_sink *owner)
{
    uint64_t now = tt_clock_mono_ns();

    if (owner == NULL)
        return UINT64_MAX;
    if (owner->spool != NULL && now >= owner->next_tend_ns) {
        owner->next_tend_ns = now + tend_ns;
        tt_sink_spool_step(owner, now);
    }
    return tt_sink_must_end(owner);
}

unsigned tt_sink_spool_gather(struct tt_sink *sink, unsigned topics, unsigned n, unsigned max)
{
    struct tt_sink_record *records = &sink->batch[n];
    struct tt_spool_changes changes = {0};
    char text[TT_SINK_WHY_MAX];
    struct tt_buf why = tt_buf_over(text, sizeof(text));
    unsigned read_n = tt_spool_read(sink->spool, topics, records, max, &changes, &why);

    if (why.len > 0)
        say(sink, &why);
    for (unsigned i = 0; i < read_n; i++) {
        uint64_t token = records[i].token;
        struct tt_flight *flight = tt_flight_claim(sink, &records[i].token);

        flight->origin = token;
        flight->units = records[i].units;
        flight->topic = records[i].topic;
        flight->is_spooled = true;
    }
    note(sink, &changes);
    return read_n;
}

void tt_sink_spool_settle(struct tt_sink *sink, const struct tt_flight *flight, enum tt_fate fate)
{
    tt_spool_settle(sink->spool, flight->origin, fate);
    sink->is_spool_dirty = true;
    if (fate == TT_FATE_WAITING || fate == TT_FATE_AGAIN || fate == TT_FATE_MAYBE)
        sink->spool_unsent |= 1u << flight->topic;
}

uint64_t tt_sink_spool_due(const struct tt_sink *sink)
{
    uint64_t due = UINT64_MAX;

    if (sink->plan.is_on && (sink->spool == NULL || sink->has_spool_failed))
        due = sink->next_spool_try_ns;
    if (sink->spool != NULL && sink->is_spool_dirty)
        due = TT_MIN(due, sink->next_sync_ns);
    return due;
}

void tt_sink_spool_close(struct tt_sink *sink)
{
    struct tt_spool_changes changes = {0};
    char text[TT_SINK_WHY_MAX];
    struct tt_buf why = tt_buf_over(text, sizeof(text));

    if (sink->spool == NULL)
        return;
    tt_spool_read(sink->spool, 0, NULL, 0, &changes, &why); /* what settling could not tell */
    note(sink, &changes);
    tt_spool_close(&sink->spool);
    sink->spool_unsent = 0;
    sink->is_spool_dirty = false;
}

/* Records on disk that nobody will look for any more. */
static void leave_rest(struct tt_sink *sink)
{
    pthread_mutex_lock(&sink->lock);
    for (unsigned t = 0; t < TT_TOPICS_N; t++) {
        sink->books[t].dropped[TT_SINK_DROP_REMOVED] += sink->books[t].spooled;
        sink->books[t].spooled = 0;
    }
    pthread_mutex_unlock(&sink->lock);
}

void tt_sink_spool_take_plan(struct tt_sink *sink, const struct tt_sink_spool_plan *plan)
{
    struct tt_sink_spool_plan former = sink->plan;

    sink->plan = *plan;
    if (!plan->is_on) { /* what is on disk is still sent */
        sink->plan = former;
        sink->plan.is_on = false;
        sink->plan.topics = 0;
        return;
    }
    if (sink->spool != NULL && (strcmp(plan->dir, former.dir) != 0 || plan->size != former.size ||
                                (plan->topics & ~former.topics) != 0)) {
        tt_sink_spool_close(sink);
        if (strcmp(plan->dir, former.dir) != 0)
            leave_rest(sink);
    }
    sink->has_spool_failed = false;
    sink->next_spool_try_ns = 0;
}
