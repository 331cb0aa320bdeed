/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/* What the keys of one sink owe to its type and to each other, as far as the tree shows it. */

#include "conf/option.h"
#include "conf/problem.h"
#include "conf/tree.h"

/* The type of the sink in a node, enum tt_sink_type; -1: none that could be told. */
int tt_sink_check_type(const struct tt_node *item);

/* Refuses a key that the sink's type has no use for; false: it did, and the value needs no look. */
bool tt_sink_check_key(struct tt_node *item, const struct tt_option *row, struct tt_node *node,
                       struct tt_problems *problems);

/* Everything else, after each value has been looked at by itself. */
void tt_sink_check(struct tt_node *item, struct tt_problems *problems);

/* Credentials and where they go to: auth, tls, insecure, registry. */
void tt_sink_check_safety(struct tt_node *item, unsigned type, struct tt_problems *problems);
