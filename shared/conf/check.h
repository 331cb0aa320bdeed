/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/* A whole tree against the rows: unknown keys, wrong types, ranges, what is missing. */

#include "conf/tree.h"

struct tt_problems;

/* Every mistake goes to problems, and its node is marked bad. */
void tt_conf_check(struct tt_tree *tree, struct tt_problems *problems);

/* The same for a file of zones_dir: a list of zones. */
void tt_conf_check_zones(struct tt_tree *tree, struct tt_problems *problems);
