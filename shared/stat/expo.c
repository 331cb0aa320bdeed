/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "stat/metric.h"

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

/* One line. */
static void put_series(const struct tt_metric_series *series, void *arg)
{
    struct tt_buf *buf = arg;

    tt_buf_text(buf, series->name);
    tt_buf_text(buf, series->suffix);
    for (unsigned i = 0; i < series->labels_n; i++) {
        tt_buf_char(buf, i == 0 ? '{' : ',');
        tt_buf_bytes(buf, series->labels[i].name.ptr, series->labels[i].name.len);
        tt_buf_text(buf, "=\"");
        put_escaped(buf, series->labels[i].value.ptr, series->labels[i].value.len, true);
        tt_buf_char(buf, '"');
    }
    tt_buf_text(buf, series->labels_n == 0 ? " " : "} ");
    tt_metric_put_value(buf, series->value);
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
    tt_metric_each_series(sample, put_series, expo->buf);
}
