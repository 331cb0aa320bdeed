/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "stat/metric.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/str.h"

const struct tt_metric_row tt_metric_rows[TT_METRICS_N] = {
#define M(id, name, type, labels, bound, doc) {name, TT_METRIC_##type, labels, bound, doc},
#include "stat/metrics.def"
#undef M
};

const char *const tt_metric_type_words[] = {"counter", "gauge", "histogram"};

/* Backslash and newline as the text format wants them everywhere, the quote in label values only.
 */
static void put_escaped(struct tt_buf *buf, const char *text, size_t len, bool in_label)
{
    for (size_t i = 0; i < len; i++) {
        if (text[i] == '\n')
            tt_buf_text(buf, "\\n");
        else if (text[i] == '\\' || (in_label && text[i] == '"'))
            tt_buf_format(buf, "\\%c", text[i]);
        else
            tt_buf_char(buf, text[i]);
    }
}

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

static void put_double(struct tt_buf *buf, double value)
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

static void put_label(struct tt_buf *buf, bool *is_first, const char *name, size_t name_len,
                      const char *value)
{
    char clean[TT_METRIC_VALUE_MAX];
    size_t len = tt_str_clean(value, strlen(value), clean, sizeof(clean));

    tt_buf_char(buf, *is_first ? '{' : ',');
    *is_first = false;
    tt_buf_bytes(buf, name, name_len);
    tt_buf_text(buf, "=\"");
    put_escaped(buf, clean, len, true);
    tt_buf_char(buf, '"');
}

/* Name, suffix and labels of one line, with the blank before the value. le: NULL but for buckets.
 */
static void put_series(struct tt_buf *buf, const struct tt_metric_sample *sample,
                       const char *suffix, const char *le)
{
    const struct tt_metric_row *row = &tt_metric_rows[sample->metric];
    const char *at = row->labels;
    bool is_first = true;

    tt_buf_text(buf, row->name);
    tt_buf_text(buf, suffix);
    for (unsigned i = 0; *at != '\0' && i < TT_METRIC_LABELS_MAX; i++) {
        size_t name_len = strcspn(at, " ");
        const char *value = sample->labels[i];
        if (value != NULL && *value != '\0')
            put_label(buf, &is_first, at, name_len, value);
        at += name_len + (at[name_len] == ' ');
    }
    if (le != NULL)
        put_label(buf, &is_first, "le", 2, le);
    tt_buf_text(buf, is_first ? " " : "} ");
}

static void put_histogram(struct tt_buf *buf, const struct tt_metric_sample *sample)
{
    const struct tt_metric_histogram *histogram = sample->histogram;
    char bound[40];

    for (unsigned i = 0; i < histogram->buckets_n; i++) {
        struct tt_buf le = tt_buf_over(bound, sizeof(bound));
        put_double(&le, histogram->bounds[i]);
        put_series(buf, sample, "_bucket", tt_buf_cstr(&le));
        tt_buf_u64(buf, histogram->cumulative[i]);
        tt_buf_char(buf, '\n');
    }
    put_series(buf, sample, "_bucket", "+Inf");
    tt_buf_u64(buf, histogram->count);
    tt_buf_char(buf, '\n');
    put_series(buf, sample, "_sum", NULL);
    put_double(buf, histogram->sum);
    tt_buf_char(buf, '\n');
    put_series(buf, sample, "_count", NULL);
    tt_buf_u64(buf, histogram->count);
    tt_buf_char(buf, '\n');
}

void tt_expo_init(struct tt_expo *expo, struct tt_buf *buf)
{
    expo->buf = buf;
    expo->last_metric = -1;
}

static void put_head(struct tt_buf *buf, const struct tt_metric_row *row)
{
    tt_buf_text(buf, "# HELP ");
    tt_buf_text(buf, row->name);
    tt_buf_char(buf, ' ');
    put_escaped(buf, row->doc, strlen(row->doc), false);
    tt_buf_text(buf, "\n# TYPE ");
    tt_buf_text(buf, row->name);
    tt_buf_char(buf, ' ');
    tt_buf_text(buf, tt_metric_type_words[row->type]);
    tt_buf_char(buf, '\n');
}

void tt_expo_visit(const struct tt_metric_sample *sample, void *arg)
{
    struct tt_expo *expo = arg;

    if (expo->last_metric != (int)sample->metric)
        put_head(expo->buf, &tt_metric_rows[sample->metric]);
    expo->last_metric = (int)sample->metric;
    if (sample->histogram != NULL) {
        put_histogram(expo->buf, sample);
        return;
    }
    put_series(expo->buf, sample, "", NULL);
    put_double(expo->buf, sample->value);
    tt_buf_char(expo->buf, '\n');
}
