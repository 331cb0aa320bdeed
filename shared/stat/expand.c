/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/* From samples to series: what a histogram becomes, and labels as receivers may see them. */

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "stat/metric.h"

/* The shortest of 15, 16 or 17 digits that reads back as the same number. The decimal point is that
 * of the host's locale, maybe of several bytes: whatever is no part of a number becomes a dot. */
static void put_fraction(struct tt_buf *buf, double value)
{
    char digits[64];

    for (int precision = 15; precision <= 17; precision++) {
        snprintf(digits, sizeof(digits), "%.*g", precision, value);
        if (strtod(digits, NULL) == value)
            break;
    }
    for (const char *at = digits; *at != '\0';) {
        size_t plain = strspn(at, "0123456789+-e");
        tt_buf_bytes(buf, at, plain);
        at += plain;
        if (*at != '\0')
            tt_buf_char(buf, '.');
        at += strcspn(at, "0123456789+-e");
    }
}

void tt_metric_put_value(struct tt_buf *buf, double value)
{
    if (isnan(value))
        tt_buf_text(buf, "NaN");
    else if (isinf(value))
        tt_buf_text(buf, value > 0 ? "+Inf" : "-Inf");
    else if (value >= 0 && value < 9007199254740992.0 && value == floor(value))
        tt_buf_u64(buf, (uint64_t)value);
    else
        put_fraction(buf, value);
}

/* Where the cleaned values of a sample's labels lie. */
struct clean {
    char text[TT_METRIC_LABELS_MAX][TT_METRIC_VALUE_MAX];
};

static void set_labels(struct tt_metric_series *series, const struct tt_metric_sample *sample,
                       struct clean *clean)
{
    const char *at = tt_metric_rows[sample->metric].labels;

    for (unsigned i = 0; *at != '\0' && i < TT_METRIC_LABELS_MAX; i++) {
        size_t name_len = strcspn(at, " ");
        const char *value = sample->labels[i];
        if (value != NULL && *value != '\0') {
            size_t len = tt_str_clean(value, strlen(value), clean->text[i], TT_METRIC_VALUE_MAX);
            series->labels[series->labels_n].name = (struct tt_str){at, (uint32_t)name_len};
            series->labels[series->labels_n++].value =
                (struct tt_str){clean->text[i], (uint32_t)len};
        }
        at += name_len + (at[name_len] == ' ');
    }
}

static void visit_bucket(struct tt_metric_series *series, double bound, uint64_t count,
                         tt_metric_series_f visit, void *arg)
{
    char text[40];
    struct tt_buf le = tt_buf_over(text, sizeof(text));

    tt_metric_put_value(&le, bound);
    series->labels[series->labels_n].name = TT_STR("le");
    series->labels[series->labels_n++].value = (struct tt_str){text, (uint32_t)le.len};
    series->suffix = "_bucket";
    series->value = (double)count;
    visit(series, arg);
    series->labels_n--;
}

static void visit_histogram(struct tt_metric_series *series,
                            const struct tt_metric_histogram *histogram, tt_metric_series_f visit,
                            void *arg)
{
    for (unsigned i = 0; i < histogram->buckets_n; i++)
        visit_bucket(series, histogram->bounds[i], histogram->cumulative[i], visit, arg);
    visit_bucket(series, INFINITY, histogram->count, visit, arg);
    series->suffix = "_sum";
    series->value = histogram->sum;
    visit(series, arg);
    series->suffix = "_count";
    series->value = (double)histogram->count;
    visit(series, arg);
}

void tt_metric_each_series(const struct tt_metric_sample *sample, tt_metric_series_f visit,
                           void *arg)
{
    const struct tt_metric_row *row = &tt_metric_rows[sample->metric];
    struct clean clean;
    struct tt_metric_series series = {
        .name = row->name,
        .suffix = "",
        .value = sample->value,
        .is_cumulative = row->type != TT_METRIC_GAUGE,
    };

    set_labels(&series, sample, &clean);
    if (sample->histogram != NULL)
        visit_histogram(&series, sample->histogram, visit, arg);
    else
        visit(&series, arg);
}
