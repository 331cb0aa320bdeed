/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * The risk of a domain: 1 − Π (1 − weight · value) over the parts of risk.def that are known, so that each
 * part alone can only add, and none of them is counted twice.
 */

#include <stdio.h>

#include "base/compat.h"

enum { TT_RISK_VERSION = 1 }; /* of the formula: part of enrichment_id */

enum tt_risk_part {
#define R(id, ...) TT_RISK_##id,
#include "enrich/risk.def"
#undef R
    TT_RISK_PARTS_N
};

/* What is known; values outside 0 … 1 are taken as the nearest. */
struct tt_risk {
    float values[TT_RISK_PARTS_N];
    unsigned known; /* bit mask of 1 << enum tt_risk_part */
};

static inline void tt_risk_add(struct tt_risk *risk, enum tt_risk_part part, float value)
{
    risk->values[part] = value;
    risk->known |= 1u << part;
}

/* The risk, 0 … 1; meaningless when nothing is known. Thread: any. */
float tt_risk_score(const struct tt_risk *risk);

/* The formula and its parts, for the documentation. */
void tt_risk_markdown(FILE *out);
