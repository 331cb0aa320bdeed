/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/* The list of metrics as a document; every word of it comes from metrics.def. */

#include <string.h>

#include "stat/metric.h"

/* "sink topic" as `sink`, `topic`. */
static void print_labels(FILE *out, const char *labels)
{
    while (*labels != '\0') {
        int len = (int)strcspn(labels, " ");
        fprintf(out, "`%.*s`", len, labels);
        labels += len;
        if (*labels == ' ') {
            fputs(", ", out);
            labels++;
        }
    }
}

void tt_metric_markdown(FILE *out)
{
    fputs("# Metrics\n\n"
          "Made from `shared/stat/metrics.def`; do not edit. Names, types and labels are promises: "
          "within a\n"
          "major version they are only added. A label without a value is left out. A series of a "
          "family with\n"
          "labels may appear with its first event only. A histogram has the series `_bucket` (with "
          "`le`), `_sum`\n"
          "and `_count` for each of the series counted here.\n\n"
          "| metric | type | labels | series at most | meaning |\n|---|---|---|---|---|\n",
          out);
    for (unsigned i = 0; i < TT_METRICS_N; i++) {
        const struct tt_metric_row *row = &tt_metric_rows[i];
        fprintf(out, "| `%s` | %s | ", row->name, tt_metric_type_words[row->type]);
        print_labels(out, row->labels);
        fprintf(out, " | %s | %s |\n", row->bound, row->doc);
    }
}
