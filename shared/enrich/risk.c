/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "enrich/risk.h"

static const struct {
    const char *field, *doc;
    float weight;
} rows[TT_RISK_PARTS_N] = {
#define R(id, field, weight, doc) {field, doc, (float)weight},
#include "enrich/risk.def"
#undef R
};

float tt_risk_score(const struct tt_risk *risk)
{
    float safe = 1;

    for (unsigned part = 0; part < TT_RISK_PARTS_N; part++) {
        float value = risk->values[part];

        if ((risk->known >> part & 1) != 0 && value > 0)
            safe *= 1 - rows[part].weight * TT_MIN(value, 1.0f);
    }
    return 1 - safe;
}

void tt_risk_markdown(FILE *out)
{
    fputs("`domain_risk_score` = 1 − Π (1 − weight · value) over the parts that are known:\n\n"
          "| from | weight | value |\n|---|---|---|\n",
          out);
    for (unsigned part = 0; part < TT_RISK_PARTS_N; part++)
        fprintf(out, "| `%s` | %g | %s |\n", rows[part].field, (double)rows[part].weight, rows[part].doc);
    fputs("\nAbsent when no part is known.\n", out);
}
