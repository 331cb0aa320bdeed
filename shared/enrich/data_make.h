/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/* How snapshots and what they share are made. Thread: any, each call alone with its arguments. */

#include "enrich/data_plan.h"

/* The word of a role (TT_DATA_ROLES). Lends for ever. */
const char *tt_data_role_word(enum tt_data_role role);

/* A file without an object, held once. Fails: TT_ENOMEM. */
int tt_datum_new(const struct tt_data_class *row, const char *path, struct tt_datum **datum);
struct tt_datum *tt_datum_take(struct tt_datum *datum);
void tt_datum_release(struct tt_datum **datum);

/* What a configuration asks too much of: said by who makes the snapshot. */
struct tt_data_excess {
    unsigned zones_twice_n, zones_left_out_n;
};

/*
 * A snapshot of what files hold: first those of plan->wants, in their order, then those of
 * zones_dir. It takes references of its own. Fails: TT_ENOMEM.
 */
int tt_data_make(struct tt_plan *plan, struct tt_datum *const *files, unsigned files_n, bool is_dir_known,
                 struct tt_data **data, struct tt_data_excess *excess);
