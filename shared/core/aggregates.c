/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "core/aggregates.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "core/stages.h"
#include "count/groups.h"
#include "count/top_lists.h"
#include "count/windows.h"
#include "event/key.h"

/* GENERAL: in place of a policy, the general one or that of the event's view. TABLES_MAX: bounds memory (1.1 MB a table
 * with the default `top`, 11 MB with the largest) and what the end of a window costs the pipeline. */
enum { GENERAL = TT_PRIVACIES_MAX, TABLES_MAX = 8 };

/* What sinks that see events alike count. */
struct table {
    uint64_t sinks;   /* bits: indexes in tt_conf.sinks */
    uint8_t policy;   /* index in tt_setup.policies, or GENERAL */
    bool is_filtered; /* its one sink has filters of its own */
    struct tt_groups *groups[TT_WINDOWS_OPEN_N];
};

struct tt_aggregates {
    const struct tt_conf *conf; /* what the tables are made for; only compared */
    bool is_on;
    bool has_lists;
    struct tt_windows windows;
    unsigned tables_n;
    struct table tables[TABLES_MAX];
    struct tt_top_lists *lists;
};

int tt_aggregates_new(struct tt_aggregates **aggregates)
{
    *aggregates = calloc(1, sizeof(**aggregates));
    if (*aggregates == NULL)
        return TT_ENOMEM;
    if (tt_top_lists_new(&(*aggregates)->lists) == TT_OK)
        return TT_OK;
    tt_aggregates_free(aggregates);
    return TT_ENOMEM;
}

static void drop_tables(struct tt_aggregates *aggregates)
{
    for (unsigned i = 0; i < aggregates->tables_n; i++)
        for (unsigned slot = 0; slot < TT_WINDOWS_OPEN_N; slot++)
            tt_groups_free(&aggregates->tables[i].groups[slot]);
    aggregates->tables_n = 0;
    aggregates->is_on = false;
}

void tt_aggregates_free(struct tt_aggregates **aggregates)
{
    if (*aggregates == NULL)
        return;
    drop_tables(*aggregates);
    tt_top_lists_free(&(*aggregates)->lists);
    free(*aggregates);
    *aggregates = NULL;
}

/* What is being sent: groups of one table, in one window. */
struct sending {
    struct tt_stages *stages;
    const struct table *table;
};

/* design.md §3 "Topics": by name as the events of that name, else the instance. */
static struct tt_str key_of(const struct tt_aggregate *aggregate, const struct tt_event_origin *origin)
{
    struct tt_str key = tt_str_from(origin->instance);

    if (aggregate->registrable_domain.len > 0)
        key = aggregate->registrable_domain;
    else if (aggregate->query_name.len > 0)
        key = aggregate->query_name;
    key.len = TT_MIN(key.len, (uint32_t)TT_KEY_MAX);
    return key;
}

static void encode(struct tt_stages *stages, const struct tt_aggregate *aggregate, unsigned encoding)
{
    const struct tt_event_origin *origin = &stages->setup->origin;

    tt_buf_reset(&stages->record);
    if (encoding == TT_ENCODING_JSON)
        tt_aggregate_to_json(aggregate, origin, &stages->record);
    else
        tt_aggregate_to_proto(aggregate, origin, &stages->record);
}

static void deliver(struct tt_stages *stages, const struct tt_aggregate *aggregate, struct tt_sink *sink)
{
    const struct tt_event_origin *origin = &stages->setup->origin;
    struct tt_str key = key_of(aggregate, origin);
    struct tt_record record = {
        .data = stages->record.data,
        .len = stages->record.overflow ? SIZE_MAX : stages->record.len,
        .key = key.ptr,
        .key_len = (uint8_t)key.len,
        .topic = TT_TOPIC_AGGREGATES,
        .units = 1,
        .time_us = aggregate->time_us,
        .random = origin->random,
        .sequence = aggregate->sequence,
    };

    stages->deliver(stages->deliver_arg, sink, &record);
}

/* One record of a table: the same one to all its sinks, encoded once in each encoding. */
static void send_group(struct tt_aggregate *aggregate, void *arg)
{
    const struct sending *sending = arg;
    struct tt_stages *stages = sending->stages;
    const struct tt_setup *setup = stages->setup;
    int encoded = -1;

    aggregate->sequence = stages->progress.next[0]++;
    stages->made[TT_TOPIC_AGGREGATES]++;
    for (int encoding = 0; encoding < TT_ENCODINGS_N; encoding++) {
        for (uint64_t left = sending->table->sinks; left != 0; left &= left - 1) {
            unsigned sink = tt_output_first(left);

            if (setup->conf->sinks[sink].encoding != encoding)
                continue;
            if (encoded != encoding)
                encode(stages, aggregate, (unsigned)encoding);
            encoded = encoding;
            deliver(stages, aggregate, setup->sinks[sink]);
        }
    }
}

/* A window is cut short; what telltale_top_* show stays that of the last whole one. */
static void cut_slot(void *arg, unsigned slot, uint64_t start_us)
{
    struct tt_stages *stages = arg;
    struct tt_aggregates *aggregates = stages->aggregates;
    uint64_t end_us = start_us + aggregates->windows.len_us;
    struct tt_aggregate of = {.time_us = TT_MIN(end_us, TT_MAX(tt_clock_wall_us(), start_us)),
                              .window_start_us = start_us,
                              .window_s = (uint32_t)(aggregates->windows.len_us / 1000000)};

    for (unsigned i = 0; i < aggregates->tables_n; i++) {
        struct table *table = &aggregates->tables[i];
        struct sending sending = {stages, table};

        if (tt_groups_total(table->groups[slot]) == 0)
            continue;
        tt_groups_visit(table->groups[slot], &of, send_group, &sending);
        tt_groups_clear(table->groups[slot]);
    }
}

/* A window is over. */
static void close_slot(void *arg, unsigned slot, uint64_t start_us)
{
    const struct tt_stages *stages = arg;

    cut_slot(arg, slot, start_us);
    tt_top_lists_close(stages->aggregates->lists, slot);
}

void tt_stages_close_windows(struct tt_stages *stages, uint64_t now_us)
{
    if (stages->aggregates->is_on)
        tt_windows_close(&stages->aggregates->windows, now_us, close_slot, stages);
}

void tt_stages_end_windows(struct tt_stages *stages)
{
    if (stages->aggregates->is_on)
        tt_windows_end(&stages->aggregates->windows, stages->now_us, cut_slot, stages);
}

static bool has_filters(const struct tt_conf_sink *sink)
{
    return sink->only.is_given || sink->except.is_given || sink->residency.items_n > 0;
}

/* Its table, a new one where no other sink sees events alike. NULL: no memory, or there are enough. */
static struct table *find_table(struct tt_aggregates *aggregates, const struct tt_setup *setup,
                                const struct tt_conf_sink *sink)
{
    bool is_general = !sink->has_privacy || (sink->policy == 0 && setup->outputs.views_n == 0);
    struct table like = {.policy = is_general ? GENERAL : sink->policy, .is_filtered = has_filters(sink)};
    struct table *table;

    for (unsigned i = 0; i < aggregates->tables_n && !like.is_filtered; i++) {
        table = &aggregates->tables[i];
        if (!table->is_filtered && table->policy == like.policy)
            return table;
    }
    if (aggregates->tables_n == TABLES_MAX)
        return NULL;
    table = &aggregates->tables[aggregates->tables_n];
    *table = like;
    for (unsigned slot = 0; slot < TT_WINDOWS_OPEN_N; slot++) {
        if (tt_groups_new(setup->conf->aggregates.top, &table->groups[slot]) == TT_OK)
            continue;
        for (unsigned made = 0; made < slot; made++)
            tt_groups_free(&table->groups[made]);
        return NULL;
    }
    aggregates->tables_n++;
    return table;
}

static void make_tables(struct tt_aggregates *aggregates, const struct tt_setup *setup)
{
    const struct tt_conf *conf = setup->conf;

    for (unsigned i = 0; i < setup->sinks_n; i++) {
        struct table *table = NULL;

        if ((conf->sinks[i].topics & 1u << TT_TOPIC_AGGREGATES) == 0)
            continue;
        table = find_table(aggregates, setup, &conf->sinks[i]);
        if (table != NULL)
            table->sinks |= UINT64_C(1) << i;
        else
            tt_log(TT_LOG_ERROR,
                   "aggregates: there is no room for those of sink %s: it gets none; at most %d sinks have a privacy or "
                   "filters of their own here, and memory grows with aggregates.top",
                   conf->sinks[i].name, (int)TABLES_MAX);
    }
}

void tt_stages_prepare_windows(struct tt_stages *stages, const struct tt_setup *setup)
{
    struct tt_aggregates *aggregates = stages->aggregates;
    const struct tt_conf *conf = setup->conf;

    if (aggregates->conf == conf || stages->is_replay)
        return;
    tt_stages_end_windows(stages);
    drop_tables(aggregates);
    aggregates->conf = conf;
    aggregates->has_lists = conf->metrics_top != 0;
    if (tt_top_lists_use(aggregates->lists, conf->metrics_top, conf->aggregates.top) != TT_OK)
        tt_log(TT_LOG_ERROR, "metrics: there is no memory for all of metrics.top");
    if (conf->aggregates.window_s == 0)
        return;
    make_tables(aggregates, setup);
    aggregates->is_on = aggregates->tables_n > 0 || aggregates->has_lists;
    tt_windows_init(&aggregates->windows, conf->aggregates.window_s * UINT64_C(1000000), tt_clock_wall_us());
}

/* Whether the one sink of a table with filters does not get the event. */
static bool is_held_back(const struct table *table, const uint8_t *verdicts)
{
    return table->is_filtered && verdicts[tt_output_first(table->sinks)] != TT_FILTER_REASONS_N;
}

void tt_stages_count_window(struct tt_stages *stages, const uint8_t *verdicts)
{
    struct tt_aggregates *aggregates = stages->aggregates;
    const struct tt_setup *setup = stages->setup;
    const struct tt_event *event = stages->event;
    struct tt_shown shown[TT_PRIVACIES_MAX];
    unsigned general, done = 0, slot;

    if (!aggregates->is_on || !tt_groups_counts(event))
        return;
    slot = tt_windows_slot(&aggregates->windows, event->timestamp);
    general = (unsigned)(tt_outputs_of(&setup->outputs, event) - setup->outputs.lists);
    for (unsigned i = 0; i <= aggregates->tables_n; i++) {
        const struct table *table = i < aggregates->tables_n ? &aggregates->tables[i] : NULL;
        unsigned policy = table == NULL || table->policy == GENERAL ? general : table->policy;

        if (table != NULL ? is_held_back(table, verdicts) : !aggregates->has_lists)
            continue;
        if ((done & 1u << policy) == 0)
            tt_event_show(event, TT_TOPIC_ENRICHED, &setup->policies[policy], &shown[policy]);
        done |= 1u << policy;
        if (table != NULL)
            tt_groups_add(table->groups[slot], event, &shown[policy]);
        else
            tt_top_lists_add(aggregates->lists, slot, event, &shown[policy]);
    }
}

void tt_aggregates_collect(struct tt_aggregates *aggregates, tt_metric_visit_f visit, void *arg)
{
    tt_top_lists_collect(aggregates->lists, visit, arg);
}
