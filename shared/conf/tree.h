/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * A YAML file as a bounded tree of nodes, each with its line: what libyaml's events say, minus what a
 * configuration has no use for (anchors, aliases, tags, several documents), which is refused here.
 */

#include "base/arena.h"
#include "base/str.h"

struct tt_problems;

enum { TT_TREE_TEXT_MAX = 1 << 20, TT_TREE_DEPTH_MAX = 16, TT_TREE_NODES_MAX = 50000 };

/* What a file of zones may take: ZONES_MAX of them with every key and some 30 names each. */
enum { TT_TREE_ZONES_NODES_MAX = 400000 };

enum tt_node_kind { TT_NODE_SCALAR, TT_NODE_MAP, TT_NODE_LIST };

struct tt_node {
    struct tt_node *parent, *next, *first, *last;
    struct tt_str key; /* terminated as well; absent in a list */
    struct tt_str text; /* of a scalar; terminated as well */
    uint32_t line; /* from 1: of the key, or of the value in a list */
    uint32_t children_n;
    uint8_t kind;
    bool is_plain; /* a scalar without quotes */
    bool is_bad; /* refused already: what it says is of no use */
    bool is_open; /* reading ended inside it: it may be cut */
    unsigned told; /* bits: what has been said about it, so that it is said once */
};

struct tt_tree {
    struct tt_arena arena;
    struct tt_node *root; /* NULL: nothing in the file */
};

/*
 * Reads text of at most nodes_max values; mistakes go to problems, the tree holds what could be read.
 * Fails: TT_ENOMEM. With TT_OK the caller owns the tree (tt_tree_fini).
 */
int tt_tree_read(const char *text, size_t len, unsigned nodes_max, struct tt_tree *tree,
                 struct tt_problems *problems);
void tt_tree_fini(struct tt_tree *tree);

/* One problem for each line with a byte that no configuration may hold: not UTF-8, a control
 * character, a line separator beyond LF and CR. True: there is none. */
bool tt_tree_check_text(const char *text, size_t len, struct tt_problems *problems);

/* The child of a mapping, or NULL; map may be NULL or no mapping. */
struct tt_node *tt_node_find(const struct tt_node *map, const char *key);

/* True the first time for each bit: a contradiction that several kinds of host see is told once. */
bool tt_node_is_news(struct tt_node *node, unsigned bit);

/* True for a scalar without quotes that YAML reads as null. */
bool tt_node_is_null(const struct tt_node *node);

/* Adds a problem at a node, key "sinks[1].path"; child: a key below it, or NULL. Marks it bad. */
void tt_node_refuse(struct tt_node *node, const char *child, struct tt_problems *problems, const char *format,
                    ...) TT_PRINTF(4, 5);

/* What the node is, for the end of a sentence: `"3MiB"`, "a list", "nothing". Cut and terminated. */
struct tt_node_found {
    char text[80];
};
struct tt_node_found tt_node_found(const struct tt_node *node);
