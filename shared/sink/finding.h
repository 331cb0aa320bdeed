/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/* What the probes of several classes say alike: findings made of a format, and what clocks differ by. */

#include "sink/class.h"

/* Where findings go: the say and arg of a class's probe. */
struct tt_findings {
    tt_sink_say_f say;
    void *arg;
};

/* One finding, at most TT_SINK_WHY_MAX bytes. Thread: the probe's. */
void tt_finding_say(const struct tt_findings *to, bool is_fine, const char *format, ...) TT_PRINTF(3, 4);

/* How this machine's clock and that of a server stand to each other. date_s: the Date of its answer, 0: there was
 * none, nothing is said. Ten minutes or more are no longer fine: records may be refused. */
void tt_finding_say_skew(const struct tt_findings *to, int64_t date_s);
