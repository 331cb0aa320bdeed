/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * Metrics: families are rows of metrics.def (name, type, unit, labels, doc), samples are visited.
 * One walk (tt_metric_visit_f) serves /metrics now and remote write later: both come from the same
 * snapshot. The list with types, labels and bounds is generated into docs/metrics.md.
 */

#include <stdio.h>

#include "base/compat.h"
#include "base/str.h"

struct tt_buf;

enum tt_metric_type { TT_METRIC_COUNTER, TT_METRIC_GAUGE, TT_METRIC_HISTOGRAM };
extern const char *const tt_metric_type_words[];

enum tt_metric {
#define M(id, name, type, labels, bound, doc) TT_METRIC_##id,
#include "stat/metrics.def"
#undef M
    TT_METRICS_N
};

enum {
    TT_METRIC_LABELS_MAX = 6,
    TT_METRIC_VALUE_MAX = 256 /* bytes of a label's value, then cut */
};

struct tt_metric_row {
    const char *name; /* whole, with telltale_ and unit suffix */
    enum tt_metric_type type;
    const char
        *labels;       /* names, space separated, in the order of the values of a sample; "" none */
    const char *bound; /* how many series at most, in words */
    const char *doc;   /* one sentence */
};

extern const struct tt_metric_row tt_metric_rows[TT_METRICS_N];

/* A histogram's snapshot: buckets_n upper bounds (s or bytes) with cumulative counts; +Inf = count.
 */
struct tt_metric_histogram {
    const double *bounds;
    const uint64_t *cumulative;
    unsigned buckets_n;
    uint64_t count;
    double sum;
};

/* One sample. labels: as many values as the row has names, any bytes (cleaned and escaped when
 * written); NULL or "" leaves the label out, which Prometheus takes for the same. histogram: NULL
 * but for histograms. Samples of one family come together. */
struct tt_metric_sample {
    enum tt_metric metric;
    const char *labels[TT_METRIC_LABELS_MAX];
    double value;
    const struct tt_metric_histogram *histogram;
};

typedef void (*tt_metric_visit_f)(const struct tt_metric_sample *sample, void *arg);

/*
 * A series as receivers know it, and its value: a plain sample is one; of a histogram there are
 * name_bucket{le} for each bound and +Inf, name_sum and name_count. Values of labels are cleaned and never
 * empty. Lends for the call.
 */
struct tt_metric_series {
    const char *name, *suffix; /* written without anything between them */
    struct {
        struct tt_str name, value;
    } labels[TT_METRIC_LABELS_MAX + 1]; /* in the order of the row, le behind them */
    unsigned labels_n;
    double value;
    bool is_cumulative; /* starts at 0 and only grows: counters and all of a histogram */
};

typedef void (*tt_metric_series_f)(const struct tt_metric_series *series, void *arg);

/* Visits the series of a sample in the order of the text format. Thread: any. */
void tt_metric_each_series(const struct tt_metric_sample *sample, tt_metric_series_f visit, void *arg);

/* A number as the text format has it: the shortest that reads back as the same one. */
void tt_metric_put_value(struct tt_buf *buf, double value);

/* Writes Prometheus text format 0.0.4: HELP and TYPE before the first sample of a family, then the
 * samples. Use: tt_expo_init, then tt_expo_visit as the visitor, for a buffer that may overflow
 * (sticky: ask buf->overflow, grow, go again). */
struct tt_expo {
    struct tt_buf *buf;
    int last_metric;
};
void tt_expo_init(struct tt_expo *expo, struct tt_buf *buf);
void tt_expo_visit(const struct tt_metric_sample *sample, void *expo);

/* Prints the list of all metrics as a Markdown document (docs/metrics.md). Thread: any. */
void tt_metric_markdown(FILE *out);
