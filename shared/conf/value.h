/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/* One value of the configuration: from a node, by its row, into the struct that it belongs to. */

#include "base/ip.h"
#include "conf/option.h"
#include "conf/tree.h"

struct tt_value {
    struct tt_str text; /* lends as long as the tree */
    uint64_t number; /* also a word's index, or a mask of words */
    struct tt_ip ip;
    uint16_t port;
    bool is_on;
};

/* Reads a value. *culprit is what does not fit: the node or one of its children.
 * Fails: TT_ESYNTAX, TT_ERANGE. Thread: any. */
int tt_value_parse(const struct tt_option *row, struct tt_node *node, struct tt_value *value,
                   struct tt_node **culprit);

/* Stores it at row->offset of the struct at base; a text is copied, an earlier one freed. dir: what a
 * relative path starts from. Fails: TT_ENOMEM. */
int tt_value_store(const struct tt_option *row, const struct tt_value *value, const char *dir, void *base);
