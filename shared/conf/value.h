/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/* One value of the configuration: from a node, by its row, into the struct that it belongs to. */

#include "base/ip.h"
#include "conf/option.h"
#include "conf/tree.h"

struct tt_value {
    struct tt_str text; /* lends as long as the tree */
    const struct tt_node *list; /* of values; lends as well */
    uint64_t number; /* also a word's index, or a mask of words */
    double real;
    struct tt_ip ip;
    uint8_t prefix;
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

/* Frees what tt_value_store put there, and sets it to nothing. */
void tt_value_clear(const struct tt_option *row, void *base);

/* For value.c: one item or single value; a list of values but words (all of them fit the row). */
int tt_value_parse_scalar(const struct tt_option *row, const struct tt_node *node, struct tt_value *value);
int tt_value_store_list(const struct tt_option *row, const struct tt_node *list, void *at);
void tt_value_clear_list(const struct tt_option *row, void *at);

/* The text form of a name; heap. The name has been parsed. Fails: NULL. */
char *tt_value_copy_name(struct tt_str text);
