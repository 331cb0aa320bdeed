/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "sink/sink.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "base/clock.h"
#include "base/err.h"
#include "sink/worker.h"

static const uint64_t join_grace_ns = 100 * 1000000u;

/* What is decided before a record comes to a sink is nothing to it. */
static struct tt_conf_sink strip(const struct tt_conf_sink *conf)
{
    struct tt_conf_sink own = *conf;

    own.privacy = (struct tt_privacy){0};
    own.has_privacy = false;
    own.policy = 0;
    own.only = own.except = (struct tt_conf_filter){0};
    own.residency = (struct tt_texts){0};
    own.sample = 0;
    return own;
}

static int copy_conf(struct tt_conf_sink *copy, const struct tt_conf_sink *conf)
{
    struct tt_conf_sink own = strip(conf);

    return tt_conf_sink_copy(copy, &own);
}

static bool is_same(const struct tt_conf_sink *own, const struct tt_conf_sink *conf)
{
    struct tt_conf_sink other = strip(conf);

    return tt_conf_sink_equal(own, &other);
}

/* Of what the place says in labels. */
static uint64_t digest_place(const struct tt_sink_place *place)
{
    const char *const texts[] = {place->node, place->instance, place->region};
    XXH3_state_t state;

    XXH3_INITSTATE(&state);
    XXH3_64bits_reset(&state);
    for (size_t i = 0; i < TT_COUNT(texts); i++)
        if (texts[i] != NULL)
            XXH3_64bits_update(&state, texts[i], strlen(texts[i]) + 1);
        else
            XXH3_64bits_update(&state, "\xff", 1);
    return XXH3_64bits_digest(&state);
}

static bool is_same_text(const char *a, const char *b)
{
    return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static void free_next(struct tt_sink *sink, struct tt_sink_next *next)
{
    if (next == NULL)
        return;
    if (next->self != NULL)
        sink->sink_class->destroy(next->self);
    free(next);
}

static void destroy(struct tt_sink *sink)
{
    if (sink->self != NULL)
        sink->sink_class->destroy(sink->self);
    free_next(sink, sink->next);
    tt_queue_fini(&sink->queue);
    pthread_cond_destroy(&sink->wake);
    pthread_cond_destroy(&sink->room);
    pthread_mutex_destroy(&sink->lock);
    tt_conf_sink_fini(&sink->conf);
    free(sink->flights);
    free(sink->batch);
    free(sink->copies);
    free(sink->name);
    free(sink);
}

static int init_conds(struct tt_sink *sink)
{
    int err = tt_cond_init(&sink->wake);

    if (err != TT_OK)
        return err;
    err = tt_cond_init(&sink->room);
    if (err != TT_OK)
        pthread_cond_destroy(&sink->wake);
    return err;
}

/* Places for what flies and for one batch, each naming the next that is free. */
static int make_flights(struct tt_sink *sink)
{
    sink->flights_max = sink->sink_class->flying_max + TT_SINK_BATCH_MAX;
    sink->flights = calloc(sink->flights_max, sizeof(*sink->flights));
    sink->batch = calloc(TT_SINK_BATCH_MAX, sizeof(*sink->batch));
    sink->copies = calloc(TT_SINK_BATCH_MAX, sizeof(*sink->copies));
    if (sink->flights == NULL || sink->batch == NULL || sink->copies == NULL)
        return TT_ENOMEM;
    for (uint32_t i = 0; i < sink->flights_max; i++)
        sink->flights[i].next_free = i + 1;
    return TT_OK;
}

static int fill(struct tt_sink *sink, const struct tt_conf_sink *conf, const struct tt_sink_place *place)
{
    int err = sink->sink_class != NULL ? copy_conf(&sink->conf, conf) : TT_EUNSUPPORTED;

    if (err == TT_OK)
        err = tt_sink_spool_plan_make(conf, place, &sink->plan);
    if (err == TT_OK)
        err = make_flights(sink);
    sink->name = err == TT_OK ? strdup(conf->name) : NULL;
    if (err == TT_OK && sink->name == NULL)
        err = TT_ENOMEM;
    if (err != TT_OK)
        return err;
    sink->encoding = conf->encoding;
    sink->place_digest = digest_place(place);
    if (getrandom(&sink->random, sizeof(sink->random), GRND_NONBLOCK) != (ssize_t)sizeof(sink->random))
        sink->random = tt_clock_mono_ns(); /* it tells starts apart, no more */
    tt_queue_init(&sink->queue, conf->queue, conf->topics);
    return sink->sink_class->make(&sink->conf, place, sink, &sink->self);
}

int tt_sink_new_of(const struct tt_sink_class *sink_class, const struct tt_conf_sink *conf,
                   const struct tt_sink_place *place, struct tt_sink **out)
{
    struct tt_sink *sink = calloc(1, sizeof(*sink));
    int err;

    *out = NULL;
    if (sink == NULL)
        return TT_ENOMEM;
    if (init_conds(sink) != TT_OK) {
        free(sink);
        return TT_ENOMEM;
    }
    pthread_mutex_init(&sink->lock, NULL);
    sink->sink_class = sink_class;
    sink->must_end_ns = UINT64_MAX;
    sink->down_since_us = tt_clock_wall_us();
    err = fill(sink, conf, place);
    if (err != TT_OK)
        destroy(sink);
    else
        *out = sink;
    return err;
}

int tt_sink_new(const struct tt_conf_sink *conf, const struct tt_sink_place *place, struct tt_sink **sink)
{
    return tt_sink_new_of(tt_sink_class_find(conf->type), conf, place, sink);
}

/* Without its thread a sink drops, and says so in its books. */
static void lose_unstarted(struct tt_sink *sink)
{
    pthread_mutex_lock(&sink->lock);
    sink->is_lost = true;
    tt_sink_drop_queued(sink, TT_SINK_DROP_UNAVAILABLE);
    pthread_mutex_unlock(&sink->lock);
}

int tt_sink_start(struct tt_sink *sink)
{
    char thread_name[16];
    int err;

    snprintf(thread_name, sizeof(thread_name), "tt-%s", sink->name);
    err = tt_thread_start(&sink->thread, thread_name, tt_sink_work, sink);
    sink->has_thread = err == TT_OK;
    if (err != TT_OK)
        lose_unstarted(sink);
    return err;
}

/* Records that are on disk must not be left where nobody looks for them. */
static bool has_same_spool(const struct tt_conf_spool *a, const struct tt_conf_spool *b)
{
    return !a->is_on || !b->is_on || is_same_text(a->path, b->path);
}

bool tt_sink_can_become(const struct tt_sink *sink, const struct tt_conf_sink *conf)
{
    const struct tt_conf_sink *own = &sink->conf;

    /* What has no thread cannot go on: another try at it is what a reload is good for. */
    return (sink->has_thread || !sink->is_lost) && own->type == conf->type &&
           own->encoding == conf->encoding && own->queue == conf->queue &&
           is_same_text(own->name, conf->name) && has_same_spool(&own->spool, &conf->spool);
}

static int make_next(struct tt_sink *sink, const struct tt_conf_sink *conf, const struct tt_sink_place *place,
                     struct tt_sink_next **next)
{
    int err;

    *next = calloc(1, sizeof(**next));
    if (*next == NULL)
        return TT_ENOMEM;
    err = tt_sink_spool_plan_make(conf, place, &(*next)->plan);
    if (err == TT_OK)
        err = sink->sink_class->make(conf, place, sink, &(*next)->self);
    if (err != TT_OK) {
        free_next(sink, *next);
        *next = NULL;
    }
    return err;
}

int tt_sink_change(struct tt_sink *sink, const struct tt_conf_sink *conf, const struct tt_sink_place *place)
{
    struct tt_conf_sink former_conf = sink->conf, copy;
    struct tt_sink_next *next, *former;
    int err;

    if (is_same(&sink->conf, conf) && sink->place_digest == digest_place(place))
        return TT_OK;
    err = copy_conf(&copy, conf);
    if (err != TT_OK)
        return err;
    err = make_next(sink, &copy, place, &next);
    if (err != TT_OK) {
        tt_conf_sink_fini(&copy);
        return err;
    }
    pthread_mutex_lock(&sink->lock);
    sink->conf = copy;
    sink->place_digest = digest_place(place);
    tt_queue_set_topics(&sink->queue, copy.topics);
    former = sink->next;
    sink->next = next;
    pthread_mutex_unlock(&sink->lock);
    pthread_cond_signal(&sink->wake);
    tt_conf_sink_fini(&former_conf);
    free_next(sink, former);
    return TT_OK;
}

void tt_sink_stop(struct tt_sink *sink, uint64_t deadline_ns, enum tt_sink_drop reason)
{
    pthread_mutex_lock(&sink->lock);
    if (!sink->is_stopping) {
        sink->is_stopping = true;
        sink->stop_reason = reason;
        __atomic_store_n(&sink->must_end_ns, deadline_ns, __ATOMIC_RELAXED);
        tt_sink_tell_room(sink);
    }
    pthread_mutex_unlock(&sink->lock);
    pthread_cond_signal(&sink->wake);
}

/* For a sink that was never started. */
static void drop_all(struct tt_sink *sink)
{
    pthread_mutex_lock(&sink->lock);
    tt_sink_drop_queued(sink, sink->stop_reason);
    pthread_mutex_unlock(&sink->lock);
}

static void give_up(void *arg, const struct tt_queue_entry *entry)
{
    struct tt_sink *sink = arg;
    struct tt_sink_books *books = &sink->books[entry->topic];

    books->queued -= entry->units;
    if (entry->state == TT_QUEUE_HELD || (entry->flags & TT_QUEUE_DOUBTFUL) != 0)
        books->uncertain += entry->units;
    else
        books->dropped[sink->stop_reason] += entry->units;
}

/* A thread that hangs in a system call keeps its sink. What the class has just then may still arrive, the
 * rest counts as dropped; the thread, should it come back, finds a queue that nobody counts any more. */
static void abandon(struct tt_sink *sink, struct tt_sink_books *books)
{
    struct tt_sink_books own[TT_TOPICS_N];

    pthread_detach(sink->thread);
    tt_log(TT_LOG_WARNING, "sink %s: does not come back from the system and is left behind", sink->name);
    pthread_mutex_lock(&sink->lock);
    memcpy(own, sink->books, sizeof(own));
    tt_queue_each(&sink->queue, give_up, sink);
    if (books != NULL)
        memcpy(books, sink->books, sizeof(sink->books));
    memcpy(sink->books, own, sizeof(own));
    pthread_mutex_unlock(&sink->lock);
}

void tt_sink_wait(struct tt_sink *sink)
{
    uint64_t until = tt_clock_mono_ns();

    if (sink->has_ended)
        return;
    if (!sink->has_thread)
        drop_all(sink);
    if (!sink->has_waited) /* else a look is enough */
        until = TT_MAX(until, tt_sink_must_end(sink)) + join_grace_ns;
    sink->has_waited = true;
    sink->has_ended = !sink->has_thread || tt_thread_join(sink->thread, until) == TT_OK;
}

void tt_sink_free(struct tt_sink **sink_at, struct tt_sink_books *books)
{
    struct tt_sink *sink = *sink_at;

    *sink_at = NULL;
    if (sink == NULL)
        return;
    tt_sink_stop(sink, tt_clock_mono_ns(), TT_SINK_DROP_SHUTDOWN);
    tt_sink_wait(sink);
    if (!sink->has_ended) {
        abandon(sink, books);
        return;
    }
    if (books != NULL)
        memcpy(books, sink->books, sizeof(sink->books));
    destroy(sink);
}

void tt_sink_status(struct tt_sink *sink, struct tt_sink_status *status)
{
    memset(status, 0, sizeof(*status));
    status->name = sink->name;
    status->type = sink->sink_class->type;
    pthread_mutex_lock(&sink->lock);
    status->topics = sink->conf.topics;
    status->queue_bytes = sink->queue.used;
    status->queue_size = sink->queue.cap;
    status->last_success_us = sink->last_success_us;
    status->spool_bytes = sink->spool_bytes;
    status->down_since_us = sink->down_since_us;
    status->is_up = sink->down_since_us == 0;
    if (!status->is_up)
        memcpy(status->why, sink->down_why, sizeof(status->why));
    status->is_paused = sink->is_paused;
    memcpy(status->books, sink->books, sizeof(status->books));
    pthread_mutex_unlock(&sink->lock);
}

void tt_sink_books_add(struct tt_sink_books *sum, const struct tt_sink_books *books)
{
    sum->offered += books->offered;
    sum->recovered += books->recovered;
    sum->delivered += books->delivered;
    sum->uncertain += books->uncertain;
    sum->queued += books->queued;
    sum->spooled += books->spooled;
    for (unsigned i = 0; i < TT_SINK_DROPS_N; i++)
        sum->dropped[i] += books->dropped[i];
    for (unsigned i = 0; i < TT_FILTER_REASONS_N; i++)
        sum->filtered[i] += books->filtered[i];
}
