/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/*
 * A table of fixed memory: entries found by an index of 16-bit slots with linear probing, at most a
 * third full. The hash has a random key, so that no client can choose names that meet.
 *
 * Writer: the pipeline alone changes anything; it finds entries and counts without the lock, and
 * takes the lock only to make or remove a series (at most 500 an hour, and what expires). Readers
 * copy a few entries at a time under the lock and visit them without it, so the pipeline waits for
 * a copy at most. Counts are read with relaxed loads.
 */

#include "stat/series.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "base/buf.h"
#include "base/err.h"

enum {
    VALUES_MAX = 2,
    ENTRIES_MAX = TT_SERIES_MAX - TT_METRICS_N, /* each family may need its __other__ */
    SLOTS_N = 1 << 14,
    TEXT_MAX = VALUES_MAX * (TT_SERIES_VALUE_MAX + 1),
    TAIL_LEN = 9, /* of a cut value: ~ and 8 hexadecimal digits */
    COPY_N = 32,
};

TT_STATIC_ASSERT(ENTRIES_MAX > 0 && ENTRIES_MAX < SLOTS_N / 3, "the index stays sparse");

static const uint64_t hour_us = UINT64_C(3600000000);
static const uint64_t sweep_us = UINT64_C(60000000);
static const char other_word[] = "__other__";

/* The label values, cleaned, each ended by NUL. */
struct key {
    uint8_t metric;
    uint8_t values_n;
    uint8_t len; /* of text, terminators included */
    char text[TEXT_MAX];
};

TT_STATIC_ASSERT(TT_METRICS_N <= UINT8_MAX && TEXT_MAX <= UINT8_MAX,
                 "a key's head takes three bytes");

struct entry {
    struct key key; /* values_n 0: free. Changed under the lock */
    uint64_t count; /* atomic */
    uint64_t hash;  /* these two: the pipeline's */
    uint64_t last_us;
};

struct tt_series {
    uint64_t seed;
    uint64_t now_us; /* the latest time given */
    uint64_t window_us, sweep_at_us;
    unsigned tokens; /* series that may still be made in this hour */
    unsigned free_n;
    uint16_t free_entries[ENTRIES_MAX];
    uint16_t slots[SLOTS_N];       /* entry + 1; 0: free */
    uint64_t others[TT_METRICS_N]; /* atomic, as the three below */
    uint64_t active, created, overflowed;
    pthread_mutex_t lock;
    struct entry entries[ENTRIES_MAX];
};

TT_STATIC_ASSERT(sizeof(struct tt_series) <= 3 << 19, "dynamic series take at most 1.5 MiB");

int tt_series_new(struct tt_series **out)
{
    struct tt_series *series = calloc(1, sizeof(*series));

    *out = series;
    if (series == NULL)
        return TT_ENOMEM;
    /* Without entropy the place in memory has to do. */
    if (getrandom(&series->seed, sizeof(series->seed), GRND_NONBLOCK) != sizeof(series->seed))
        series->seed = (uintptr_t)series * UINT64_C(0x9e3779b97f4a7c15);
    pthread_mutex_init(&series->lock, NULL);
    series->free_n = ENTRIES_MAX;
    for (unsigned i = 0; i < ENTRIES_MAX; i++)
        series->free_entries[i] = (uint16_t)(ENTRIES_MAX - 1 - i);
    return TT_OK;
}

void tt_series_free(struct tt_series **series)
{
    if (*series != NULL)
        pthread_mutex_destroy(&(*series)->lock);
    free(*series);
    *series = NULL;
}

static void add(uint64_t *cell, uint64_t value)
{
    __atomic_store_n(cell, *cell + value, __ATOMIC_RELAXED);
}

static uint64_t load(const uint64_t *cell)
{
    return __atomic_load_n(cell, __ATOMIC_RELAXED);
}

static bool is_plain(struct tt_str text)
{
    uint8_t offends = 0;

    for (uint32_t i = 0; i < text.len; i++)
        offends |= (uint8_t)text.ptr[i] < 0x20 || (uint8_t)text.ptr[i] > 0x7e;
    return offends == 0;
}

/* Long values are cut, and what tells them apart is put in the place of what was cut. */
static size_t cut_value(struct tt_str value, char *out)
{
    struct tt_buf tail = tt_buf_over(out, TT_SERIES_VALUE_MAX);

    tail.len = tt_str_clean(value.ptr, value.len, out, TT_SERIES_VALUE_MAX - TAIL_LEN);
    tt_buf_char(&tail, '~');
    tt_buf_hex64(&tail, XXH3_64bits(value.ptr, value.len) & UINT32_MAX, TAIL_LEN - 1);
    return tail.len;
}

/* Cleaned as /metrics will show it, so that no two series ever look the same. */
static size_t put_value(struct tt_str value, char *out)
{
    char clean[3 * TT_SERIES_VALUE_MAX];
    size_t len;

    if (value.len > TT_SERIES_VALUE_MAX)
        return cut_value(value, out);
    if (is_plain(value)) {
        memcpy(out, value.len > 0 ? value.ptr : "", value.len);
        return value.len;
    }
    len = tt_str_clean(value.ptr, value.len, clean, sizeof(clean));
    if (len > TT_SERIES_VALUE_MAX)
        return cut_value((struct tt_str){clean, (uint32_t)len}, out);
    memcpy(out, clean, len);
    return len;
}

/* False: the label values are those of __other__. */
static bool make_key(struct key *key, enum tt_metric metric, const struct tt_str *values,
                     unsigned values_n)
{
    unsigned others_n = 0;
    size_t len = 0;

    key->metric = (uint8_t)metric;
    key->values_n = (uint8_t)values_n;
    for (unsigned i = 0; i < values_n; i++) {
        size_t value_len = put_value(values[i], key->text + len);
        others_n += value_len == sizeof(other_word) - 1 &&
                    memcmp(key->text + len, other_word, value_len) == 0;
        len += value_len;
        key->text[len++] = '\0';
    }
    key->len = (uint8_t)len;
    return others_n < values_n;
}

static uint64_t hash_key(const struct tt_series *series, const struct key *key)
{
    return XXH3_64bits_withSeed(key->text, key->len, series->seed ^ key->metric);
}

static bool is_key_equal(const struct key *a, const struct key *b)
{
    return a->metric == b->metric && a->len == b->len && memcmp(a->text, b->text, a->len) == 0;
}

/* The slot of a key, or the free one where it would stand. */
static unsigned find_slot(const struct tt_series *series, const struct key *key, uint64_t hash)
{
    unsigned at = (unsigned)hash % SLOTS_N;

    for (; series->slots[at] != 0; at = (at + 1) % SLOTS_N) {
        const struct entry *entry = &series->entries[series->slots[at] - 1];
        if (entry->hash == hash && is_key_equal(&entry->key, key))
            break;
    }
    return at;
}

/* Frees a slot and moves up what stands behind it, so that every key is found from its own place.
 */
static void free_slot(struct tt_series *series, unsigned hole)
{
    unsigned at = hole;

    for (;;) {
        at = (at + 1) % SLOTS_N;
        if (series->slots[at] == 0)
            break;
        unsigned home = (unsigned)series->entries[series->slots[at] - 1].hash % SLOTS_N;
        if ((at - home) % SLOTS_N < (at - hole) % SLOTS_N)
            continue;
        series->slots[hole] = series->slots[at];
        hole = at;
    }
    series->slots[hole] = 0;
}

static void remove_entry(struct tt_series *series, unsigned i)
{
    struct entry *entry = &series->entries[i];

    free_slot(series, find_slot(series, &entry->key, entry->hash));
    pthread_mutex_lock(&series->lock);
    entry->key.values_n = 0;
    pthread_mutex_unlock(&series->lock);
    series->free_entries[series->free_n++] = (uint16_t)i;
    add(&series->active, (uint64_t)-1);
}

static void remove_idle(struct tt_series *series)
{
    for (unsigned i = 0; i < ENTRIES_MAX; i++)
        if (series->entries[i].key.values_n > 0 &&
            series->now_us - series->entries[i].last_us >= hour_us)
            remove_entry(series, i);
}

/* Hours are counted from the first event. */
static void take_time(struct tt_series *series, uint64_t now_us)
{
    if (series->now_us == 0) {
        series->window_us = now_us;
        series->sweep_at_us = now_us + sweep_us;
        series->tokens = TT_SERIES_NEW_PER_HOUR;
    }
    if (now_us <= series->now_us)
        return;
    series->now_us = now_us;
    if (now_us - series->window_us >= hour_us) {
        series->window_us += (now_us - series->window_us) / hour_us * hour_us;
        series->tokens = TT_SERIES_NEW_PER_HOUR;
    }
    if (now_us >= series->sweep_at_us) {
        remove_idle(series);
        series->sweep_at_us = now_us + sweep_us;
    }
}

static void add_other(struct tt_series *series, enum tt_metric metric, uint64_t n)
{
    if (series->others[metric] == 0)
        add(&series->active, 1);
    add(&series->others[metric], n);
    add(&series->overflowed, n);
}

/* False: no room. */
static bool make_entry(struct tt_series *series, const struct key *key, uint64_t hash,
                       unsigned slot, uint64_t n)
{
    struct entry *entry;
    unsigned i;

    if (series->tokens == 0 || series->free_n == 0)
        return false;
    series->tokens--;
    i = series->free_entries[--series->free_n];
    entry = &series->entries[i];
    entry->hash = hash;
    entry->last_us = series->now_us;
    pthread_mutex_lock(&series->lock);
    entry->key = *key;
    __atomic_store_n(&entry->count, n, __ATOMIC_RELAXED);
    pthread_mutex_unlock(&series->lock);
    series->slots[slot] = (uint16_t)(i + 1);
    add(&series->active, 1);
    add(&series->created, 1);
    return true;
}

void tt_series_add(struct tt_series *series, enum tt_metric metric, const struct tt_str *values,
                   unsigned values_n, uint64_t now_us, uint64_t n)
{
    struct key key;
    uint64_t hash;
    unsigned slot;

    if (n == 0 || values_n == 0 || values_n > VALUES_MAX)
        return;
    take_time(series, now_us);
    if (!make_key(&key, metric, values, values_n)) {
        add_other(series, metric, n);
        return;
    }
    hash = hash_key(series, &key);
    slot = find_slot(series, &key, hash);
    if (series->slots[slot] != 0) {
        struct entry *entry = &series->entries[series->slots[slot] - 1];
        add(&entry->count, n);
        entry->last_us = series->now_us;
    } else if (!make_entry(series, &key, hash, slot, n)) {
        add_other(series, metric, n);
    }
}

struct copy {
    struct key key;
    uint64_t count;
};

/* Copies entries of one family from *at on; *at moves behind them. */
static unsigned copy_some(struct tt_series *series, enum tt_metric metric, unsigned *at,
                          struct copy *copies)
{
    unsigned n = 0;

    pthread_mutex_lock(&series->lock);
    for (unsigned i = 0; *at < ENTRIES_MAX && i < 8 * COPY_N && n < COPY_N; ++*at, i++) {
        const struct entry *entry = &series->entries[*at];
        if (entry->key.values_n == 0 || entry->key.metric != (uint8_t)metric)
            continue;
        copies[n].key = entry->key;
        copies[n++].count = load(&entry->count);
    }
    pthread_mutex_unlock(&series->lock);
    return n;
}

static void visit_copy(const struct copy *copy, tt_metric_visit_f visit, void *arg)
{
    struct tt_metric_sample sample = {.metric = (enum tt_metric)copy->key.metric,
                                      .value = (double)copy->count};
    const char *text = copy->key.text;

    for (unsigned i = 0; i < copy->key.values_n; i++) {
        sample.labels[i] = text;
        text += strlen(text) + 1;
    }
    visit(&sample, arg);
}

static void visit_other(const struct tt_series *series, enum tt_metric metric,
                        tt_metric_visit_f visit, void *arg)
{
    struct tt_metric_sample sample = {.metric = metric,
                                      .value = (double)load(&series->others[metric])};
    const char *labels = tt_metric_rows[metric].labels;

    if (load(&series->others[metric]) == 0)
        return;
    for (unsigned i = 0; i < VALUES_MAX && labels != NULL; i++) {
        sample.labels[i] = other_word;
        labels = strchr(labels, ' ');
        labels = labels != NULL ? labels + 1 : NULL;
    }
    visit(&sample, arg);
}

void tt_series_collect(struct tt_series *series, enum tt_metric metric, tt_metric_visit_f visit,
                       void *arg)
{
    struct copy copies[COPY_N];
    unsigned at = 0;

    while (at < ENTRIES_MAX) {
        unsigned n = copy_some(series, metric, &at, copies);
        for (unsigned i = 0; i < n; i++)
            visit_copy(&copies[i], visit, arg);
    }
    visit_other(series, metric, visit, arg);
}

void tt_series_counts(struct tt_series *series, uint64_t *active, uint64_t *created,
                      uint64_t *overflowed)
{
    *active = load(&series->active);
    *created = load(&series->created);
    *overflowed = load(&series->overflowed);
}
