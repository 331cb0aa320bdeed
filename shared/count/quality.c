/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/*
 * Writer: the pipeline. What scrapes read (`shown`, `losses`, `ages`) is written with relaxed
 * stores; each value by itself is never torn, all else is the pipeline's own.
 */

#include "count/quality.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "base/err.h"
#include "base/log.h"
#include "count/hll.h"
#include "count/presence.h"

enum {
#define SIDE(id, side)
#define FED(id)
#define DISTINCT(id, how) DISTINCT_##id,
#include "count/quality.def"
#undef DISTINCT
    DISTINCTS_N
};

static const uint8_t distinct_fields[] = {
#define DISTINCT(id, how) TT_FIELD_##id,
#include "count/quality.def"
#undef DISTINCT
#undef FED
#undef SIDE
};

enum {
    HLL_P = 12,
    AGES_MAX = 1024,
    WINDOW_EVENTS_MIN = 1000,
    FIELD_EVENTS_MIN = 100, /* fewer say nothing about a loss */
};

TT_STATIC_ASSERT(DISTINCTS_N <= 12, "as metrics.def says");

static const uint64_t window_us = 60000000, running_us = 1000000;
static const double loss_rise = 0.2, unknown = -1;

/* Upper bounds of the ages in µs, and the same in s. */
#define BOUNDS(X)                                                                                  \
    X(1000)                                                                                        \
    X(2500)                                                                                        \
    X(5000) X(10000) X(25000) X(50000) X(100000) X(250000) X(500000) X(1000000) X(2500000)         \
        X(5000000) X(10000000) X(30000000) X(60000000) X(300000000) X(3600000000)
#define BOUND_US(us) UINT64_C(us),
#define BOUND_S(us) us / 1e6,
static const uint64_t bounds_us[] = {BOUNDS(BOUND_US)};
static const double bounds_s[] = {BOUNDS(BOUND_S)};
enum { BUCKETS_N = TT_COUNT(bounds_us) + 1 };

/* A closed window, to compare the next one with. */
struct past {
    bool is_there;
    uint64_t enrichment_id;
    struct tt_presence_ratio ratios[TT_FIELDS_N];
};

struct tt_quality {
    struct tt_presence_plan plans[TT_FIELDS_N];
    uint64_t seed;
    /* the running window */
    struct tt_presence presence;
    uint8_t distinct[DISTINCTS_N][1 << HLL_P];
    uint64_t enrichment_id;
    uint64_t now_us, start_us, shown_us;
    uint64_t timestamps[AGES_MAX]; /* of events since the last tick */
    unsigned timestamps_n;
    struct past past;
    /* for scrapes: atomic */
    double shown_ratios[TT_FIELDS_N];
    double shown_distinct[DISTINCTS_N];
    uint64_t losses[TT_FIELDS_N];
    uint64_t ages[BUCKETS_N], ages_us;
};

static void show(double *cell, double value)
{
    __atomic_store(cell, &value, __ATOMIC_RELAXED);
}

static double shown(const double *cell)
{
    double value;

    __atomic_load(cell, &value, __ATOMIC_RELAXED);
    return value;
}

static void count(uint64_t *cell, uint64_t n)
{
    __atomic_store_n(cell, *cell + n, __ATOMIC_RELAXED);
}

static uint64_t load(const uint64_t *cell)
{
    return __atomic_load_n(cell, __ATOMIC_RELAXED);
}

int tt_quality_new(struct tt_quality **out)
{
    struct tt_quality *quality = aligned_alloc(64, (sizeof(*quality) + 63) / 64 * 64);

    *out = quality;
    if (quality == NULL)
        return TT_ENOMEM;
    memset(quality, 0, sizeof(*quality));
    tt_presence_make_plans(quality->plans);
    /* Without entropy the place in memory has to do. */
    if (getrandom(&quality->seed, sizeof(quality->seed), GRND_NONBLOCK) != sizeof(quality->seed))
        quality->seed = (uintptr_t)quality * UINT64_C(0x9e3779b97f4a7c15);
    for (unsigned i = 0; i < TT_FIELDS_N; i++)
        quality->shown_ratios[i] = unknown;
    for (unsigned i = 0; i < DISTINCTS_N; i++)
        quality->shown_distinct[i] = unknown;
    return TT_OK;
}

void tt_quality_free(struct tt_quality **quality)
{
    free(*quality);
    *quality = NULL;
}

static uint64_t hash_TEXT(const struct tt_quality *quality, const struct tt_str *text)
{
    return XXH3_64bits_withSeed(text->ptr, text->len, quality->seed);
}

static uint64_t hash_IP(const struct tt_quality *quality, const struct tt_ip *ip)
{
    return XXH3_64bits_withSeed(ip->bytes, ip->family == 4 ? 4 : 16, quality->seed);
}

static uint64_t hash_NUMBER(const struct tt_quality *quality, uint64_t number)
{
    return XXH3_64bits_withSeed(&number, sizeof(number), quality->seed);
}

#define ARGUMENT_TEXT(member) &(member)
#define ARGUMENT_IP(member) &(member)
#define ARGUMENT_NUMBER(member) (member)

static void add_values(struct tt_quality *quality, const struct tt_event *event)
{
#define SIDE(id, side)
#define FED(id)
#define DISTINCT(id, how)                                                                          \
    if (TT_EVENT_HAS(event, id))                                                                   \
        tt_hll_add(quality->distinct[DISTINCT_##id], HLL_P,                                        \
                   hash_##how(quality, ARGUMENT_##how(event->id)));
#include "count/quality.def"
#undef SIDE
#undef FED
#undef DISTINCT
}

static void show_window(struct tt_quality *quality)
{
    for (unsigned i = 0; i < TT_FIELDS_N; i++) {
        struct tt_presence_ratio ratio = tt_presence_ratio(&quality->presence, quality->plans, i);
        show(&quality->shown_ratios[i], ratio.events > 0 ? ratio.absent : unknown);
    }
    for (unsigned i = 0; i < DISTINCTS_N; i++)
        show(&quality->shown_distinct[i], tt_hll_count(quality->distinct[i], HLL_P));
    quality->shown_us = quality->now_us;
}

static void say_losses(struct tt_quality *quality, const struct past *now)
{
    const struct past *before = &quality->past;

    for (unsigned i = 0; i < TT_FIELDS_N; i++) {
        const struct tt_presence_ratio *a = &before->ratios[i], *b = &now->ratios[i];
        if (!quality->plans[i].is_fed || a->events < FIELD_EVENTS_MIN ||
            b->events < FIELD_EVENTS_MIN || b->absent - a->absent < loss_rise)
            continue;
        count(&quality->losses[i], 1);
        tt_log(TT_LOG_WARNING,
               "%s: known for %.0f %% of the events since data or configuration changed "
               "(enrichment_id "
               "%016llx), was %.0f %% (enrichment_id %016llx): look at the data files changed last",
               tt_field_rows[i].id, 100 * (1 - b->absent), (unsigned long long)now->enrichment_id,
               100 * (1 - a->absent), (unsigned long long)before->enrichment_id);
    }
}

static void start_window(struct tt_quality *quality)
{
    memset(&quality->presence, 0, sizeof(quality->presence));
    memset(quality->distinct, 0, sizeof(quality->distinct));
    quality->start_us = quality->now_us;
}

static void close_window(struct tt_quality *quality)
{
    struct past now = {.is_there = true, .enrichment_id = quality->enrichment_id};

    show_window(quality);
    for (unsigned i = 0; i < TT_FIELDS_N; i++)
        now.ratios[i] = tt_presence_ratio(&quality->presence, quality->plans, i);
    if (quality->past.is_there && quality->past.enrichment_id != now.enrichment_id)
        say_losses(quality, &now);
    quality->past = now;
    start_window(quality);
}

static void change_data(struct tt_quality *quality, uint64_t enrichment_id)
{
    if (tt_presence_events(&quality->presence) >= WINDOW_EVENTS_MIN)
        close_window(quality);
    else if (tt_presence_events(&quality->presence) > 0)
        start_window(quality);
    quality->enrichment_id = enrichment_id;
}

static void add_age(struct tt_quality *quality, uint64_t timestamp, uint64_t now_us)
{
    uint64_t age_us = now_us > timestamp ? now_us - timestamp : 0;
    unsigned i = 0;

    while (i < BUCKETS_N - 1 && age_us > bounds_us[i])
        i++;
    count(&quality->ages[i], 1);
    count(&quality->ages_us, age_us);
}

static void take_ages(struct tt_quality *quality, uint64_t now_us)
{
    for (unsigned i = 0; i < quality->timestamps_n; i++)
        add_age(quality, quality->timestamps[i], now_us);
    quality->timestamps_n = 0;
}

/* In a batch longer than the memory for it, its newest event has to stand for the time. */
static void take_early_ages(struct tt_quality *quality)
{
    uint64_t now_us = quality->now_us;

    for (unsigned i = 0; i < quality->timestamps_n; i++)
        now_us = TT_MAX(now_us, quality->timestamps[i]);
    take_ages(quality, now_us);
}

void tt_quality_add(struct tt_quality *quality, const struct tt_event *event)
{
    static const uint8_t side_of[TT_message_type_END] = {
        [TT_message_type_CLIENT_RESPONSE] = TT_PRESENCE_CLIENT + 1,
        [TT_message_type_AUTH_RESPONSE] = TT_PRESENCE_CLIENT + 1,
        [TT_message_type_RESOLVER_RESPONSE] = TT_PRESENCE_UPSTREAM + 1,
        [TT_message_type_FORWARDER_RESPONSE] = TT_PRESENCE_UPSTREAM + 1,
    };
    unsigned side = TT_EVENT_HAS(event, message_type) && event->message_type < TT_message_type_END
                        ? side_of[event->message_type]
                        : 0;
    uint64_t enrichment_id = TT_EVENT_HAS(event, enrichment_id) ? event->enrichment_id : 0;

    if (side == 0)
        return;
    if (TT_UNLIKELY(enrichment_id != quality->enrichment_id))
        change_data(quality, enrichment_id);
    tt_presence_add(&quality->presence, side - 1, &event->have);
    add_values(quality, event);
    if (!TT_EVENT_HAS(event, timestamp))
        return;
    if (TT_UNLIKELY(quality->timestamps_n == AGES_MAX))
        take_early_ages(quality);
    quality->timestamps[quality->timestamps_n++] = event->timestamp;
}

void tt_quality_tick(struct tt_quality *quality, uint64_t now_us)
{
    take_ages(quality, now_us);
    if (now_us < quality->now_us || quality->now_us == 0)
        quality->start_us = quality->shown_us = now_us;
    quality->now_us = now_us;
    if (tt_presence_events(&quality->presence) >= WINDOW_EVENTS_MIN &&
        now_us - quality->start_us >= window_us)
        close_window(quality);
    else if (!quality->past.is_there && now_us - quality->shown_us >= running_us &&
             tt_presence_events(&quality->presence) > 0)
        show_window(quality);
}

static void visit_field(enum tt_metric metric, unsigned field, double value,
                        tt_metric_visit_f visit, void *arg)
{
    struct tt_metric_sample sample = {
        .metric = metric, .labels = {tt_field_rows[field].id}, .value = value};

    visit(&sample, arg);
}

/* The count is the sum of the buckets read, so that a snapshot agrees with itself. */
static void visit_ages(const struct tt_quality *quality, tt_metric_visit_f visit, void *arg)
{
    uint64_t cumulative[BUCKETS_N], sum = 0;
    struct tt_metric_histogram histogram = {
        .bounds = bounds_s, .cumulative = cumulative, .buckets_n = BUCKETS_N - 1};
    struct tt_metric_sample sample = {.metric = TT_METRIC_EVENT_AGE, .histogram = &histogram};

    for (unsigned i = 0; i < BUCKETS_N; i++) {
        sum += load(&quality->ages[i]);
        cumulative[i] = sum;
    }
    histogram.count = sum;
    histogram.sum = (double)load(&quality->ages_us) / 1e6;
    visit(&sample, arg);
}

void tt_quality_collect(const struct tt_quality *quality, tt_metric_visit_f visit, void *arg)
{
    for (unsigned i = 0; i < TT_FIELDS_N; i++)
        if (shown(&quality->shown_ratios[i]) >= 0)
            visit_field(TT_METRIC_FIELD_NULL_RATIO, i, shown(&quality->shown_ratios[i]), visit,
                        arg);
    for (unsigned i = 0; i < DISTINCTS_N; i++)
        if (shown(&quality->shown_distinct[i]) >= 0)
            visit_field(TT_METRIC_FIELD_DISTINCT, distinct_fields[i],
                        shown(&quality->shown_distinct[i]), visit, arg);
    for (unsigned i = 0; i < TT_FIELDS_N; i++)
        if (load(&quality->losses[i]) > 0)
            visit_field(TT_METRIC_FIELD_LOSSES, i, (double)load(&quality->losses[i]), visit, arg);
    visit_ages(quality, visit, arg);
}
