/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/* Why a query failed or was dropped: from named's results, and for a failure that named only repeats, from
 * what was remembered of the first. Thread: the seat's. */

#include "telltale_host.h"

/* Of a query answered with SERVFAIL: sets the statuses and reasons of *query, and remembers them. */
void tt_judge_failure(struct tt_query *query, const struct tt_shim_facts *facts);

/* Of a query that was not answered. */
void tt_judge_drop(struct tt_query *query, const struct tt_shim_facts *facts);
