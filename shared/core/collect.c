/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/* Every metric of the core as samples, family by family, in the order of metrics.def. */

#include "core/core.h"

#include <math.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "base/clock.h"
#include "base/thread.h"
#include "core/aggregates.h"
#include "core/alarms.h"

#define COLLECT_WAIT_NS UINT64_C(1000000000)

struct collect {
    struct tt_core *core;
    tt_metric_visit_f visit;
    void *arg;
    struct tt_port_counts ports;
    const struct tt_sink_status *sinks; /* sinks_n of them */
    unsigned sinks_n;
};

static uint64_t load(const uint64_t *counter)
{
    return __atomic_load_n(counter, __ATOMIC_RELAXED);
}

/* One sample; labels as many as the row names. */
static void say(const struct collect *collect, enum tt_metric metric, double value, const char *a, const char *b,
                const char *c, const char *d)
{
    struct tt_metric_sample sample = {.metric = metric, .labels = {a, b, c, d}, .value = value};

    collect->visit(&sample, collect->arg);
}

static void say_plain(const struct collect *collect, enum tt_metric metric, double value)
{
    say(collect, metric, value, NULL, NULL, NULL, NULL);
}

static void collect_life(const struct collect *collect)
{
    struct tt_core *core = collect->core;

    say_plain(collect, TT_METRIC_UP,
              core->setup != NULL && !core->is_inert && !__atomic_load_n(&core->is_off, __ATOMIC_RELAXED));
    say(collect, TT_METRIC_BUILD_INFO, 1, core->software_word, TT_VERSION, core->host_version, NULL);
    say_plain(collect, TT_METRIC_SWITCHED_OFF, __atomic_load_n(&core->is_off, __ATOMIC_RELAXED));
    say_plain(collect, TT_METRIC_START_TIME, (double)core->started_us / 1e6);
    say_plain(collect, TT_METRIC_CONFIG_STALE, __atomic_load_n(&core->config_stale, __ATOMIC_RELAXED));
    say(collect, TT_METRIC_CONFIG_RELOADS, (double)load(&core->reloads_ok), "ok", NULL, NULL, NULL);
    say(collect, TT_METRIC_CONFIG_RELOADS, (double)load(&core->reloads_failed), "refused", NULL, NULL, NULL);
}

static void collect_observed(const struct collect *collect, enum tt_metric metric, const uint64_t *counts)
{
    for (unsigned type = 1; type < TT_message_type_END; type++)
        say(collect, metric, (double)counts[type], tt_message_type_word(type), NULL, NULL, NULL);
}

static void collect_lost(const struct collect *collect)
{
    static const char *const words[] = {
#define X(name, word, doc) word,
        TT_PIPELINE_LOSSES(X)
#undef X
    };
    uint64_t ring_lost = 0;

    for (unsigned type = 1; type < TT_message_type_END; type++)
        ring_lost += collect->ports.lost[type];
    say(collect, TT_METRIC_LOST, (double)ring_lost, "ring", "full", NULL, NULL);
    for (unsigned i = 0; i < TT_PIPELINE_LOSSES_N; i++)
        say(collect, TT_METRIC_LOST, (double)load(&collect->core->pipeline.stages.lost[i]), "pipeline", words[i], NULL, NULL);
}

/* The host's own books; said only by hosts that count (their reasons are their own words). */
static void collect_host(const struct collect *collect)
{
    const struct tt_host_counts *host = &collect->ports.said.host;
    const struct tt_core *core = collect->core;
    double explained = (double)collect->ports.said.observed + (double)host->in_flight;

    if (core->unseen_reasons_n == 0)
        return;
    say_plain(collect, TT_METRIC_HOST_QUERIES, (double)host->queries);
    say_plain(collect, TT_METRIC_HOST_IN_FLIGHT, (double)host->in_flight);
    say_plain(collect, TT_METRIC_HOST_RESETS, (double)host->resets);
    for (unsigned i = 0; i < core->unseen_reasons_n; i++) {
        say(collect, TT_METRIC_UNSEEN, (double)host->unseen[i], core->unseen_reasons[i], NULL, NULL, NULL);
        explained += (double)host->unseen[i];
    }
    say(collect, TT_METRIC_UNSEEN, (double)collect->ports.said.off, "switched_off", NULL, NULL, NULL);
    explained += (double)collect->ports.said.off;
    say_plain(collect, TT_METRIC_UNEXPLAINED, (double)host->queries - explained);
}

static void collect_pipeline(const struct collect *collect)
{
    const struct tt_core *core = collect->core;

    say_plain(collect, TT_METRIC_RING_SIZE, (double)core->ring_size);
    say_plain(collect, TT_METRIC_RING_HIGH, (double)load(&core->pipeline.ring_used_max));
    say_plain(collect, TT_METRIC_PIPELINE_BATCHES, (double)load(&core->pipeline.batches));
    say_plain(collect, TT_METRIC_PIPELINE_BUSY, (double)load(&core->pipeline.busy_ns) / 1e9);
}

static void collect_sink_records(const struct collect *collect, const struct tt_sink_status *sink, unsigned topic)
{
    static const char *const reasons[] = {
#define X(name, word, doc) word,
        TT_SINK_DROPS(X)
#undef X
    };
    const struct tt_sink_books *books = &sink->books[topic];
    const char *word = tt_topic_word(topic);

    say(collect, TT_METRIC_SINK_RECORDS, (double)books->delivered, sink->name, word, "delivered", "");
    say(collect, TT_METRIC_SINK_RECORDS, (double)books->uncertain, sink->name, word, "uncertain", "");
    for (unsigned i = 0; i < TT_SINK_DROPS_N; i++)
        say(collect, TT_METRIC_SINK_RECORDS, (double)books->dropped[i], sink->name, word, "dropped", reasons[i]);
}

static void collect_sink_filtered(const struct collect *collect, const struct tt_sink_status *sink, unsigned topic)
{
    static const char *const reasons[] = {
#define X(name, word, doc) word,
        TT_FILTER_REASONS(X)
#undef X
    };

    for (unsigned i = 0; i < TT_FILTER_REASONS_N; i++)
        say(collect, TT_METRIC_SINK_FILTERED, (double)sink->books[topic].filtered[i], sink->name, tt_topic_word(topic),
            reasons[i], NULL);
}

/* Of one sink as a whole; NAN: there is none. */
static double value_of_sink(const struct tt_sink_status *sink, enum tt_metric metric)
{
    switch (metric) {
    case TT_METRIC_SINK_UP:
        return sink->is_up;
    case TT_METRIC_SINK_QUEUE_BYTES:
        return (double)sink->queue_bytes;
    case TT_METRIC_SINK_QUEUE_LIMIT:
        return (double)sink->queue_size;
    case TT_METRIC_SINK_SPOOL_BYTES:
        return (double)sink->spool_bytes;
    case TT_METRIC_SINK_INSECURE:
        return sink->is_insecure;
    case TT_METRIC_SINK_LAST_SUCCESS:
        return sink->last_success_us > 0 ? (double)sink->last_success_us / 1e6 : NAN;
    default:
        return sink->is_paused;
    }
}

static double value_of_topic(const struct tt_sink_books *books, enum tt_metric metric)
{
    switch (metric) {
    case TT_METRIC_SINK_OFFERED:
        return (double)books->offered;
    case TT_METRIC_SINK_RECOVERED:
        return (double)books->recovered;
    case TT_METRIC_SINK_SPOOL_RECORDS:
        return (double)books->spooled;
    default:
        return (double)books->queued;
    }
}

/* The samples of one family of sink metrics for one sink; topics in which it never had a record and
 * that it does not take are left out. */
static void collect_sink(const struct collect *collect, const struct tt_sink_status *sink, enum tt_metric metric)
{
    double value = strstr(tt_metric_rows[metric].labels, "topic") == NULL ? value_of_sink(sink, metric) : NAN;

    if (!isnan(value))
        say(collect, metric, value, sink->name, NULL, NULL, NULL);
    for (unsigned topic = 0; topic < TT_TOPICS_N && strstr(tt_metric_rows[metric].labels, "topic") != NULL; topic++) {
        const struct tt_sink_books *books = &sink->books[topic];
        if (books->offered + books->recovered == 0 && !(sink->topics & 1u << topic))
            continue;
        if (metric == TT_METRIC_SINK_RECORDS)
            collect_sink_records(collect, sink, topic);
        else if (metric == TT_METRIC_SINK_FILTERED)
            collect_sink_filtered(collect, sink, topic);
        else
            say(collect, metric, value_of_topic(books, metric), sink->name, tt_topic_word(topic), NULL, NULL);
    }
}

static void collect_sinks(const struct collect *collect)
{
    for (int metric = TT_METRIC_SINK_UP; metric <= TT_METRIC_SINK_PAUSED; metric++)
        for (unsigned i = 0; i < collect->sinks_n; i++)
            collect_sink(collect, &collect->sinks[i], (enum tt_metric)metric);
}

/* What the pipeline counts of events. */
static void collect_stages(const struct collect *collect)
{
    struct tt_stages *stages = &collect->core->pipeline.stages;
    uint64_t active, created, overflowed;

    tt_tally_collect(stages->tally, collect->visit, collect->arg);
    tt_quality_collect(stages->quality, collect->visit, collect->arg);
    tt_series_collect(stages->series, TT_METRIC_COUNTRY_QUERIES, collect->visit, collect->arg);
    tt_series_collect(stages->series, TT_METRIC_ASN_QUERIES, collect->visit, collect->arg);
    tt_named_collect(stages->zones, TT_METRIC_ZONE_QUERIES, collect->visit, collect->arg);
    tt_named_collect(stages->threats, TT_METRIC_THREAT_QUERIES, collect->visit, collect->arg);
    tt_aggregates_collect(stages->aggregates, collect->visit, collect->arg);
    tt_alarms_collect(stages->alarms, collect->visit, collect->arg);
    tt_series_counts(stages->series, &active, &created, &overflowed);
    say_plain(collect, TT_METRIC_SERIES_ACTIVE, (double)active);
    say_plain(collect, TT_METRIC_SERIES_CREATED, (double)created);
    say_plain(collect, TT_METRIC_SERIES_OVERFLOWED, (double)overflowed);
}

static void collect_tap(const struct collect *collect)
{
    struct tt_tap_counts counts;

    if (collect->core->tap == NULL)
        return;
    tt_tap_count(collect->core->tap, &counts);
    say_plain(collect, TT_METRIC_TAP_READERS, counts.readers);
    say(collect, TT_METRIC_TAP_LINES, (double)counts.sent, "sent", NULL, NULL, NULL);
    say(collect, TT_METRIC_TAP_LINES, (double)counts.dropped, "dropped", NULL, NULL, NULL);
    say_plain(collect, TT_METRIC_TAP_REFUSED, (double)counts.refused);
}

/* Once there was a listener, what it counted stays. */
static void collect_upstream(const struct collect *collect)
{
#define X(name, word, doc) word,
    static const char *const closes[] = {TT_UPSTREAM_CLOSES(X)};
    static const char *const frames[] = {TT_MESSAGES_FRAMES(X)};
    static const char *const ends[] = {TT_PAIRS_ENDS(X)};
#undef X
    const struct tt_upstream_counts *counts = &collect->core->upstream_counts;

    if (__atomic_load_n(&collect->core->ports.upstream, __ATOMIC_ACQUIRE) == NULL)
        return;
    say_plain(collect, TT_METRIC_UPSTREAM_CONNECTIONS, __atomic_load_n(&counts->connections, __ATOMIC_RELAXED));
    for (unsigned i = 0; i < TT_COUNT(closes); i++)
        say(collect, TT_METRIC_UPSTREAM_CLOSED, (double)load(&counts->closed[i]), closes[i], NULL, NULL, NULL);
    for (unsigned i = 0; i < TT_COUNT(frames); i++)
        say(collect, TT_METRIC_UPSTREAM_FRAMES, (double)load(&counts->messages.frames[i]), frames[i], NULL, NULL, NULL);
    for (unsigned i = 0; i < TT_COUNT(ends); i++)
        say(collect, TT_METRIC_UPSTREAM_PAIRS, (double)load(&counts->messages.ends[i]), ends[i], NULL, NULL, NULL);
}

/* Samples of one family of data metrics for one file; the metric is in `data_metric`. */
struct collect_files {
    const struct collect *collect;
    enum tt_metric metric;
    uint64_t now_us;
    uint64_t seen[TT_DATA_FILES_MAX]; /* hashes of paths */
    unsigned seen_n;
};

/* True the first time: one file may serve for two things, but no series comes twice. */
static bool is_first_of(struct collect_files *files, const char *path)
{
    uint64_t hash = XXH3_64bits(path, strlen(path));

    for (unsigned i = 0; i < files->seen_n; i++)
        if (files->seen[i] == hash)
            return false;
    if (files->seen_n < TT_COUNT(files->seen))
        files->seen[files->seen_n++] = hash;
    return true;
}

static void collect_file(const struct tt_data_status *file, void *arg)
{
    struct collect_files *files = arg;
    const struct collect *collect = files->collect;
    double age = files->now_us > file->written_us ? (double)(files->now_us - file->written_us) / 1e6 : 0;

    if (!is_first_of(files, file->path))
        return;
    if (files->metric == TT_METRIC_DATA_LOADS) {
        say(collect, files->metric, (double)file->loads_ok, file->path, "ok", NULL, NULL);
        say(collect, files->metric, (double)file->loads_failed, file->path, "refused", NULL, NULL);
    } else if (files->metric == TT_METRIC_DATA_STALE) {
        say(collect, files->metric, file->is_stale, file->path, NULL, NULL, NULL);
    } else if (files->metric == TT_METRIC_DATA_AGE && file->is_loaded) {
        say(collect, files->metric, age, file->path, NULL, NULL, NULL);
    }
}

/* What events are made with now, which the loader may be ahead of. */
static void collect_data_in_use(const struct collect *collect)
{
    const struct tt_data *data = collect->core->setup->data;
    struct collect_files files = {.collect = collect};

    for (unsigned i = 0; data != NULL && i < data->files_n; i++)
        if (data->files[i]->object != NULL && is_first_of(&files, data->files[i]->path))
            say(collect, TT_METRIC_DATA_INFO, 1, data->files[i]->path, data->files[i]->build, data->files[i]->sha,
                NULL);
}

static void collect_data(const struct collect *collect)
{
    static const enum tt_metric metrics[] = {TT_METRIC_DATA_AGE, TT_METRIC_DATA_LOADS, TT_METRIC_DATA_STALE};

    collect_data_in_use(collect);
    for (unsigned i = 0; collect->core->loader != NULL && i < TT_COUNT(metrics); i++) {
        struct collect_files files = {.collect = collect, .metric = metrics[i], .now_us = tt_clock_wall_us()};
        tt_loader_visit(collect->core->loader, collect_file, &files);
    }
}

/* Under scrape_lock. */
static void collect_all(struct tt_core *core, tt_metric_visit_f visit, void *visit_arg)
{
    struct tt_sink_status sinks[TT_CORE_SINKS_MAX];
    struct collect collect = {.core = core, .visit = visit, .arg = visit_arg, .sinks = sinks};

    collect.sinks_n = tt_core_read_sinks(core, sinks);
    /* Read after the sinks: a record is then never seen in a sink before it was seen observed. */
    tt_core_counts(core, &collect.ports);
    collect_life(&collect);
    collect_observed(&collect, TT_METRIC_OBSERVED, collect.ports.observed);
    collect_observed(&collect, TT_METRIC_OBSERVED_LOST, collect.ports.lost);
    collect_lost(&collect);
    collect_host(&collect);
    collect_pipeline(&collect);
    collect_sinks(&collect);
    collect_stages(&collect);
    collect_data(&collect);
    collect_tap(&collect);
    collect_upstream(&collect);
}

void tt_core_collect(void *core_arg, tt_metric_visit_f visit, void *visit_arg)
{
    struct tt_core *core = core_arg;

    pthread_mutex_lock(&core->scrape_lock);
    collect_all(core, visit, visit_arg);
    pthread_mutex_unlock(&core->scrape_lock);
}

bool tt_core_collect_soon(void *core_arg, tt_metric_visit_f visit, void *visit_arg)
{
    struct tt_core *core = core_arg;

    /* Whoever holds it may be waiting for the very sink that asks. */
    if (!tt_mutex_lock(&core->scrape_lock, tt_clock_mono_ns() + COLLECT_WAIT_NS))
        return false;
    if (core->setup != NULL)
        collect_all(core, visit, visit_arg);
    pthread_mutex_unlock(&core->scrape_lock);
    return true;
}
