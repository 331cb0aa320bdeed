/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "sink/remote_write_series.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "base/buf.h"
#include "base/err.h"

/* Room for the labels of a series on average; the longest possible takes some 2 KiB. */
enum { LABELS_BYTES = 320 };

static int init_table(const struct tt_rw_snapshot *snapshot, struct tt_rw_table *table)
{
    table->series = calloc(snapshot->series_max, sizeof(*table->series));
    table->slots = calloc(snapshot->slots_n, sizeof(*table->slots));
    table->bytes = malloc(snapshot->bytes_max);
    return table->series != NULL && table->slots != NULL && table->bytes != NULL ? TT_OK
                                                                                 : TT_ENOMEM;
}

/* What a label may carry, cut and cleaned as every other value. */
static char *clean(const char *text)
{
    char *copy = malloc(TT_METRIC_VALUE_MAX + 1);

    if (copy != NULL)
        copy[tt_str_clean(text, strlen(text), copy, TT_METRIC_VALUE_MAX)] = '\0';
    return copy;
}

int tt_rw_snapshot_init(struct tt_rw_snapshot *snapshot, const struct tt_rw_own *own,
                        unsigned live_max)
{
    bool has_region = own->region != NULL && *own->region != '\0';

    *snapshot =
        (struct tt_rw_snapshot){.live_max = live_max, .series_max = 2 * live_max, .slots_n = 64};
    while (snapshot->slots_n < 2 * snapshot->series_max)
        snapshot->slots_n *= 2;
    snapshot->bytes_max = (size_t)snapshot->series_max * LABELS_BYTES;
    if (getrandom(&snapshot->seed, sizeof(snapshot->seed), 0) != sizeof(snapshot->seed))
        snapshot->seed = (uintptr_t)snapshot;
    snapshot->instance = clean(own->instance != NULL ? own->instance : "");
    snapshot->region = has_region ? clean(own->region) : NULL;
    if (snapshot->instance == NULL || (has_region && snapshot->region == NULL) ||
        init_table(snapshot, &snapshot->tables[0]) != TT_OK)
        return TT_ENOMEM;
    return init_table(snapshot, &snapshot->tables[1]);
}

void tt_rw_snapshot_fini(struct tt_rw_snapshot *snapshot)
{
    for (unsigned i = 0; i < 2; i++) {
        free(snapshot->tables[i].series);
        free(snapshot->tables[i].slots);
        free(snapshot->tables[i].bytes);
    }
    free(snapshot->instance);
    free(snapshot->region);
    *snapshot = (struct tt_rw_snapshot){0};
}

/* The slot of a series, or the free one where it belongs. */
static uint32_t *find_slot(const struct tt_rw_snapshot *snapshot, const struct tt_rw_table *table,
                           uint64_t hash, const uint8_t *labels, size_t len)
{
    unsigned at = (unsigned)hash & (snapshot->slots_n - 1);

    for (;; at = (at + 1) & (snapshot->slots_n - 1)) {
        uint32_t slot = table->slots[at];
        const struct tt_rw_series *series = slot != 0 ? &table->series[slot - 1] : NULL;
        if (series == NULL || (series->hash == hash && series->labels_len == len &&
                               memcmp(series->labels, labels, len) == 0))
            return &table->slots[at];
    }
}

/* Adds a copy of a series; false: there is no room. */
static bool add(const struct tt_rw_snapshot *snapshot, struct tt_rw_table *table, uint32_t *slot,
                const struct tt_rw_series *series)
{
    uint8_t *labels = table->bytes + table->bytes_len;

    if (table->n == snapshot->series_max ||
        snapshot->bytes_max - table->bytes_len < series->labels_len)
        return false;
    memcpy(labels, series->labels, series->labels_len);
    table->bytes_len += series->labels_len;
    table->series[table->n] = *series;
    table->series[table->n].labels = labels;
    *slot = ++table->n;
    return true;
}

struct walk {
    struct tt_rw_snapshot *snapshot;
    struct tt_rw_table *table;
    const struct tt_rw_table *former;
};

static void add_live(struct walk *walk, struct tt_rw_series *series)
{
    struct tt_rw_snapshot *snapshot = walk->snapshot;
    uint32_t *slot;

    series->hash = XXH3_64bits_withSeed(series->labels, series->labels_len, snapshot->seed);
    slot = find_slot(snapshot, walk->table, series->hash, series->labels, series->labels_len);
    if (*slot != 0) {
        snapshot->refused_n++;
        return;
    }
    series->is_first =
        *find_slot(snapshot, walk->former, series->hash, series->labels, series->labels_len) == 0;
    if (snapshot->live_n < snapshot->live_max && add(snapshot, walk->table, slot, series))
        snapshot->live_n++;
    else
        snapshot->left_out_n++;
}

static void visit_series(const struct tt_metric_series *shown, void *arg)
{
    struct walk *walk = arg;
    struct tt_rw_label labels[TT_RW_LABELS_MAX];
    uint8_t bytes[TT_RW_SERIES_BYTES_MAX];
    char name[128];
    struct tt_rw_series series = {
        .labels = bytes, .is_cumulative = shown->is_cumulative, .value = shown->value};
    struct tt_buf buf = tt_buf_over(name, sizeof(name));
    unsigned n = 0;

    tt_buf_text(&buf, shown->name);
    tt_buf_text(&buf, shown->suffix);
    labels[n++] = (struct tt_rw_label){TT_STR("__name__"), {name, (uint32_t)buf.len}};
    labels[n++] = (struct tt_rw_label){TT_STR("job"), TT_STR("telltale")};
    labels[n++] = (struct tt_rw_label){TT_STR("instance"), tt_str_from(walk->snapshot->instance)};
    if (walk->snapshot->region != NULL)
        labels[n++] = (struct tt_rw_label){TT_STR("region"), tt_str_from(walk->snapshot->region)};
    for (unsigned i = 0; i < shown->labels_n; i++)
        labels[n++] = (struct tt_rw_label){shown->labels[i].name, shown->labels[i].value};
    series.labels_len = (uint32_t)tt_rw_put_labels(labels, n, bytes);
    if (series.labels_len > 0 && !buf.overflow)
        add_live(walk, &series);
    else
        walk->snapshot->refused_n++;
}

static void visit_sample(const struct tt_metric_sample *sample, void *arg)
{
    struct walk *walk = arg;

    if (sample->metric == TT_METRIC_START_TIME)
        walk->snapshot->start_time_s = sample->value;
    tt_metric_each_series(sample, visit_series, walk);
}

/* Those of the snapshot before that are not in this one. */
static void add_gone(const struct walk *walk)
{
    for (unsigned i = 0; i < walk->former->n; i++) {
        struct tt_rw_series series = walk->former->series[i];
        uint32_t *slot =
            find_slot(walk->snapshot, walk->table, series.hash, series.labels, series.labels_len);
        if (series.is_stale || *slot != 0)
            continue;
        series.is_stale = true;
        series.is_first = false;
        add(walk->snapshot, walk->table, slot, &series);
    }
}

static void clear(const struct tt_rw_snapshot *snapshot, struct tt_rw_table *table)
{
    memset(table->slots, 0, snapshot->slots_n * sizeof(*table->slots));
    table->n = 0;
    table->bytes_len = 0;
}

bool tt_rw_snapshot_take(struct tt_rw_snapshot *snapshot, tt_sink_collect_f collect, void *arg)
{
    struct walk walk = {snapshot, &snapshot->tables[1 - snapshot->now],
                        &snapshot->tables[snapshot->now]};
    struct tt_rw_snapshot kept = *snapshot;

    clear(snapshot, walk.table);
    snapshot->live_n = snapshot->left_out_n = snapshot->refused_n = 0;
    if (!collect(arg, visit_sample, &walk)) {
        *snapshot = kept;
        return false;
    }
    add_gone(&walk);
    snapshot->now = 1 - snapshot->now;
    snapshot->taken_n++;
    return true;
}
