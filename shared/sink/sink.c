/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "sink/sink.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "sink/worker.h"

static const uint64_t join_grace_ns = 100 * 1000000u;

static bool is_same_text(const char *a, const char *b)
{
    return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static bool is_same(const struct tt_conf_sink *own, const struct tt_conf_sink *conf)
{
    return own->topics == conf->topics && is_same_text(own->path, conf->path) &&
           own->rotate == conf->rotate && own->keep == conf->keep && own->compress == conf->compress;
}

/* What concerns a sink; nothing in the copy points into conf. */
static int copy_conf(struct tt_conf_sink *copy, const struct tt_conf_sink *conf)
{
    *copy = (struct tt_conf_sink){
        .name = strdup(conf->name),
        .type = conf->type,
        .encoding = conf->encoding,
        .topics = conf->topics,
        .queue = conf->queue,
        .path = conf->path != NULL ? strdup(conf->path) : NULL,
        .rotate = conf->rotate,
        .keep = conf->keep,
        .compress = conf->compress,
    };
    return copy->name != NULL && (copy->path != NULL || conf->path == NULL) ? TT_OK : TT_ENOMEM;
}

static void destroy(struct tt_sink *sink)
{
    if (sink->self != NULL)
        sink->sink_class->destroy(sink->self);
    if (sink->next_self != NULL)
        sink->sink_class->destroy(sink->next_self);
    tt_queue_fini(&sink->queue);
    pthread_cond_destroy(&sink->wake);
    pthread_cond_destroy(&sink->room);
    pthread_mutex_destroy(&sink->lock);
    free(sink->conf.name);
    free(sink->conf.path);
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

int tt_sink_new(const struct tt_conf_sink *conf, const struct tt_conf_names *names,
                struct tt_sink **out)
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
    sink->sink_class = tt_sink_class_find(conf->type);
    err = sink->sink_class != NULL ? copy_conf(&sink->conf, conf) : TT_EUNSUPPORTED;
    if (err == TT_OK)
        err = tt_queue_init(&sink->queue, conf->queue);
    if (err == TT_OK)
        err = sink->sink_class->make(&sink->conf, names, &sink->self);
    if (err != TT_OK)
        destroy(sink);
    else
        *out = sink;
    return err;
}

void tt_sink_tell_room(struct tt_sink *sink)
{
    if (sink->room_waiters_n > 0)
        pthread_cond_broadcast(&sink->room);
}

void tt_sink_drop_queued(struct tt_sink *sink, enum tt_sink_drop reason)
{
    struct tt_queue_range range = tt_queue_peek(&sink->queue);
    uint32_t len;
    uint8_t topic;

    while (tt_queue_next(&sink->queue, &range, &len, &topic) != NULL) {
        sink->books[topic].queued--;
        sink->books[topic].dropped[reason]++;
    }
    tt_queue_release(&sink->queue, &range);
    sink->queued_n = 0;
    tt_sink_tell_room(sink);
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

    snprintf(thread_name, sizeof(thread_name), "tt-%s", sink->conf.name);
    err = tt_thread_start(&sink->thread, thread_name, tt_sink_work, sink);
    sink->has_thread = err == TT_OK;
    if (err != TT_OK)
        lose_unstarted(sink);
    return err;
}

bool tt_sink_can_become(const struct tt_sink *sink, const struct tt_conf_sink *conf)
{
    const struct tt_conf_sink *own = &sink->conf;

    /* What has no thread cannot go on: another try at it is what a reload is good for. */
    return (sink->has_thread || !sink->is_lost) && own->type == conf->type && own->encoding == conf->encoding &&
           own->queue == conf->queue && is_same_text(own->name, conf->name);
}

int tt_sink_change(struct tt_sink *sink, const struct tt_conf_sink *conf,
                   const struct tt_conf_names *names)
{
    struct tt_conf_sink copy;
    void *next = NULL, *former;
    int err;

    if (is_same(&sink->conf, conf))
        return TT_OK;
    err = copy_conf(&copy, conf);
    if (err == TT_OK)
        err = sink->sink_class->make(&copy, names, &next);
    free(copy.name);
    if (err != TT_OK) {
        free(copy.path);
        return err;
    }
    free(sink->conf.path);
    sink->conf.path = copy.path;
    sink->conf.rotate = copy.rotate;
    sink->conf.keep = copy.keep;
    sink->conf.compress = copy.compress;
    pthread_mutex_lock(&sink->lock);
    sink->conf.topics = copy.topics; /* the name stays where it is: read by others without the lock */
    former = sink->next_self;
    sink->next_self = next;
    pthread_mutex_unlock(&sink->lock);
    pthread_cond_signal(&sink->wake);
    if (former != NULL)
        sink->sink_class->destroy(former);
    return TT_OK;
}

/* Why a record cannot be queued, TT_SINK_DROPS_N when it was. The lock is held. */
static enum tt_sink_drop queue_or_drop(struct tt_sink *sink, enum tt_topic topic,
                                       const void *record, size_t len)
{
    int err;

    if (sink->is_stopping)
        return sink->stop_reason;
    if (sink->is_lost)
        return TT_SINK_DROP_UNAVAILABLE;
    if (len > UINT32_MAX)
        return TT_SINK_DROP_TOO_LARGE;
    err = tt_queue_put(&sink->queue, record, (uint32_t)len, (uint8_t)topic);
    if (err == TT_OK)
        return TT_SINK_DROPS_N;
    return err == TT_ELIMIT ? TT_SINK_DROP_TOO_LARGE : TT_SINK_DROP_QUEUE_FULL;
}

/* The lock is held. */
static void account_put(struct tt_sink *sink, enum tt_topic topic, enum tt_sink_drop drop)
{
    struct tt_sink_books *books = &sink->books[topic];

    books->offered++;
    if (drop != TT_SINK_DROPS_N) {
        books->dropped[drop]++;
    } else {
        books->queued++;
        sink->queued_n++;
    }
}

void tt_sink_put(struct tt_sink *sink, enum tt_topic topic, const void *record, size_t len)
{
    pthread_mutex_lock(&sink->lock);
    account_put(sink, topic, queue_or_drop(sink, topic, record, len));
    pthread_mutex_unlock(&sink->lock);
}

/* Sleeps until the worker made room; it is woken first. The lock is held. False: time is up. */
static bool wait_for_room(struct tt_sink *sink, uint64_t deadline_ns)
{
    bool is_in_time;

    if (sink->wants_kick) {
        sink->wants_kick = false;
        pthread_cond_signal(&sink->wake);
    }
    sink->room_waiters_n++;
    is_in_time = tt_cond_wait(&sink->room, &sink->lock, deadline_ns);
    sink->room_waiters_n--;
    return is_in_time;
}

bool tt_sink_put_wait(struct tt_sink *sink, enum tt_topic topic, const void *record, size_t len,
                      uint64_t deadline_ns)
{
    bool is_in_time = true;
    enum tt_sink_drop drop;

    pthread_mutex_lock(&sink->lock);
    for (;;) {
        drop = queue_or_drop(sink, topic, record, len);
        if (drop != TT_SINK_DROP_QUEUE_FULL || !is_in_time)
            break;
        is_in_time = wait_for_room(sink, deadline_ns);
    }
    account_put(sink, topic, drop);
    pthread_mutex_unlock(&sink->lock);
    return drop == TT_SINK_DROPS_N;
}

void tt_sink_hold_back(struct tt_sink *sink, enum tt_topic topic, enum tt_filter_reason reason, uint64_t n)
{
    pthread_mutex_lock(&sink->lock);
    sink->books[topic].filtered[reason] += n;
    pthread_mutex_unlock(&sink->lock);
}

void tt_sink_pause(struct tt_sink *sink, bool is_paused)
{
    pthread_mutex_lock(&sink->lock);
    sink->is_paused = is_paused;
    pthread_mutex_unlock(&sink->lock);
    pthread_cond_signal(&sink->wake);
}

void tt_sink_kick(struct tt_sink *sink)
{
    bool wake;

    pthread_mutex_lock(&sink->lock);
    wake = sink->wants_kick && sink->queued_n > 0;
    if (wake)
        sink->wants_kick = false;
    pthread_mutex_unlock(&sink->lock);
    if (wake)
        pthread_cond_signal(&sink->wake);
}

void tt_sink_stop(struct tt_sink *sink, uint64_t deadline_ns, enum tt_sink_drop reason)
{
    pthread_mutex_lock(&sink->lock);
    if (!sink->is_stopping) {
        sink->is_stopping = true;
        sink->stop_deadline_ns = deadline_ns;
        sink->stop_reason = reason;
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

/* A thread that hangs in a system call keeps its sink; what it held counts as dropped. */
static void abandon(struct tt_sink *sink, struct tt_sink_books *books)
{
    pthread_detach(sink->thread);
    tt_log(TT_LOG_WARNING, "sink %s: does not come back from the system and is left behind",
           sink->conf.name);
    for (unsigned i = 0; books != NULL && i < TT_TOPICS_N; i++) {
        books[i].dropped[sink->stop_reason] += books[i].queued;
        books[i].queued = 0;
    }
}

void tt_sink_free(struct tt_sink **sink_at, struct tt_sink_books *books)
{
    struct tt_sink *sink = *sink_at;
    struct tt_sink_status status;
    uint64_t now = tt_clock_mono_ns();
    int err = TT_OK;

    *sink_at = NULL;
    if (sink == NULL)
        return;
    tt_sink_stop(sink, now, TT_SINK_DROP_SHUTDOWN);
    if (sink->has_thread)
        err = tt_thread_join(sink->thread, TT_MAX(now, sink->stop_deadline_ns) + join_grace_ns);
    else
        drop_all(sink);
    tt_sink_status(sink, &status);
    if (books != NULL)
        memcpy(books, status.books, sizeof(status.books));
    if (err != TT_OK)
        abandon(sink, books);
    else
        destroy(sink);
}

void tt_sink_status(struct tt_sink *sink, struct tt_sink_status *status)
{
    memset(status, 0, sizeof(*status));
    status->name = sink->conf.name;
    status->type = sink->sink_class->type;
    pthread_mutex_lock(&sink->lock);
    status->topics = sink->conf.topics;
    status->queue_bytes = sink->queue.used;
    status->queue_size = sink->queue.cap;
    status->last_success_us = sink->last_success_us;
    status->is_up = sink->is_up;
    status->is_paused = sink->is_paused;
    memcpy(status->books, sink->books, sizeof(status->books));
    pthread_mutex_unlock(&sink->lock);
}

void tt_sink_books_add(struct tt_sink_books *sum, const struct tt_sink_books *books)
{
    sum->offered += books->offered;
    sum->delivered += books->delivered;
    sum->queued += books->queued;
    for (unsigned i = 0; i < TT_SINK_DROPS_N; i++)
        sum->dropped[i] += books->dropped[i];
    for (unsigned i = 0; i < TT_FILTER_REASONS_N; i++)
        sum->filtered[i] += books->filtered[i];
}
