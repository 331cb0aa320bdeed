/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * answer_digest: the same RRset has the same digest on every host, version and language.
 * Source: design.md §3; RFC 4034 sections 6.2 and 6.3; XXH3-64 with seed 0.
 */

#include "event/facts.h"

/* What stands for "the name exists without such records" and "the name does not exist". */
#define TT_DIGEST_NODATA ((uint64_t)0)
#define TT_DIGEST_NXDOMAIN ((uint64_t)1)

/*
 * The digest of the RRset rrs[0 … rrs_n - 1], at least one, all of one owner, type and class, in any
 * order, duplicates allowed. Fails: TT_ENOMEM (arena used up), TT_ELIMIT (rrs_n over TT_OBS_RRS_MAX).
 * Thread: the arena's owner.
 */
int tt_digest_rrset(const struct tt_fact_rr *const *rrs, size_t rrs_n, struct tt_arena *arena,
                    uint64_t *digest);
