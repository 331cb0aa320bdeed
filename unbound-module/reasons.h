/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/* Why the answer is what it is: cache, DNSSEC, policy, extended errors, failures. */

#include "answer.h"

void tt_reasons_fill(struct tt_obs_writer *writer, const struct tt_answer *answer);

/* For a query that was dropped: only what stands whatever became of the answer. */
void tt_reasons_fill_dropped(struct tt_obs_writer *writer, const struct module_qstate *qstate,
                             const struct tt_work *work);
