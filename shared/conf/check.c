/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "conf/check.h"

#include "base/buf.h"
#include "base/err.h"
#include "conf/conf.h"
#include "conf/problem.h"
#include "conf/sink_check.h"
#include "conf/sink_key.h"
#include "conf/value.h"

struct checker {
    struct tt_problems *problems;
    bool in_host; /* below hosts.<word> */
};

/* Mappings nest no deeper than the rows do, so this calls itself a few levels at most. */
static void check_map(struct checker *checker, struct tt_node *map, uint8_t parent);

/* The values of a list are expected of an item one by one. */
static void format_expected(const struct tt_option *row, const struct tt_node *node, struct tt_buf *buf)
{
    struct tt_option item = *row;
    enum tt_option_kind kind = tt_option_item_kind(row->kind);
    bool is_of_map = row->kind == TT_OPTION_PAIRS && tt_str_equal(node->parent->key, tt_str_from(row->key));
    bool is_item = kind != row->kind && (node->key.ptr == NULL || is_of_map);

    item.kind = is_item ? (uint8_t)kind : row->kind;
    tt_option_expect(&item, buf);
    if (is_item && kind == TT_OPTION_WORD)
        tt_buf_text(buf, ", each at most once");
}

static void refuse(struct checker *checker, const struct tt_option *row, struct tt_node *node)
{
    char text[256];
    struct tt_buf buf = tt_buf_over(text, sizeof(text) - 1);

    if (node->is_bad || node->is_open)
        return;
    format_expected(row, node, &buf);
    bool is_number = row->kind == TT_OPTION_NUMBER || row->kind == TT_OPTION_COUNT ||
                     row->kind == TT_OPTION_SCORE || row->kind == TT_OPTION_SHARE;
    bool is_quoted = is_number && node->kind == TT_NODE_SCALAR && !node->is_plain;
    if (row->kind == TT_OPTION_URL || row->kind == TT_OPTION_PAIRS) /* a secret may stand there */
        tt_node_refuse(node, NULL, checker->problems, "expected %s", tt_buf_cstr(&buf));
    else
        tt_node_refuse(node, NULL, checker->problems, "expected %s, not %s%s", tt_buf_cstr(&buf),
                       tt_node_found(node).text, is_quoted ? " in quotes" : "");
}

static bool is_allowed(const struct checker *checker, const struct tt_option *row)
{
    return !checker->in_host || row->kind != TT_OPTION_HOSTS;
}

static void note_nearest(const char *word, struct tt_str key, const char **nearest, unsigned *best)
{
    unsigned distance = tt_option_distance(key, tt_str_from(word), 2);

    /* Two edits make almost any word of three letters out of another. */
    if (distance < *best && distance < tt_str_from(word).len / 2) {
        *best = distance;
        *nearest = word;
    }
}

/* Of a sink, only what its type takes is worth a proposal. */
static bool is_proposed(const struct tt_node *map, uint8_t parent, uint8_t id)
{
    int type = parent == TT_OPTION_ID_SINKS ? tt_sink_check_type(map) : -1;

    return type < 0 || (tt_sink_key_takers(id) >> type & 1) != 0;
}

static void refuse_unknown(struct checker *checker, struct tt_node *node, uint8_t parent)
{
    char text[256];
    struct tt_buf buf = tt_buf_over(text, sizeof(text) - 1);
    const struct tt_option *row;
    const char *nearest = NULL;
    unsigned best = 3, rows_n = 0;

    if (node->is_bad)
        return;
    for (uint8_t id = TT_OPTION_ID_ROOT; (row = tt_option_next(parent, &id)) != NULL;) {
        if (!is_allowed(checker, row) || !is_proposed(node->parent, parent, id))
            continue;
        tt_buf_format(&buf, "%s%s", rows_n++ > 0 ? ", " : "", row->key);
        note_nearest(row->key, node->key, &nearest, &best);
    }
    if (nearest != NULL)
        tt_node_refuse(node, NULL, checker->problems, "unknown key, did you mean %s?", nearest);
    else
        tt_node_refuse(node, NULL, checker->problems, "unknown key, expected %s%s",
                       rows_n > 1 ? "one of " : "", tt_buf_cstr(&buf));
}

static void check_host(struct checker *checker, struct tt_node *node)
{
    const char *nearest = NULL;
    unsigned best = 3;

    if (tt_conf_host_find(node->key) != 0) {
        checker->in_host = true;
        check_map(checker, node, TT_OPTION_ID_ROOT);
        checker->in_host = false;
        return;
    }
    for (uint8_t i = 1; tt_conf_host_word(i) != NULL; i++)
        note_nearest(tt_conf_host_word(i), node->key, &nearest, &best);
    if (!node->is_bad)
        tt_node_refuse(node, NULL, checker->problems,
                       nearest != NULL ? "unknown kind of host, did you mean %s?"
                                       : "unknown kind of host, expected unbound, bind, dnsdist or proxy",
                       nearest);
}

static void check_list(struct checker *checker, const struct tt_option *row, struct tt_node *list)
{
    if (list->kind != TT_NODE_LIST) {
        refuse(checker, row, list);
        return;
    }
    if (list->children_n > row->max)
        tt_node_refuse(list, NULL, checker->problems, "expected at most %u of them", (unsigned)row->max);
    for (struct tt_node *at = list->first; at != NULL; at = at->next)
        check_map(checker, at, row->children);
}

/* The names are not keys of ours, but texts that the events bring. */
static void check_name(struct checker *checker, struct tt_node *map)
{
    static const struct tt_option name = {
        .kind = TT_OPTION_TEXT, .min = 1, .max = TT_CONF_VIEW_NAME_MAX, .preset = "", .doc = ""};
    struct tt_node as_value = {.kind = TT_NODE_SCALAR, .text = map->key};
    struct tt_value value;

    if (!map->is_bad && tt_value_parse_scalar(&name, &as_value, &value) != TT_OK)
        tt_node_refuse(map, NULL, checker->problems,
                       "expected a name as key, printable text of %u to %u bytes", (unsigned)name.min,
                       (unsigned)name.max);
}

static void check_named(struct checker *checker, const struct tt_option *row, struct tt_node *map)
{
    if (map->kind != TT_NODE_MAP) {
        refuse(checker, row, map);
        return;
    }
    if (map->children_n > row->max)
        tt_node_refuse(map, NULL, checker->problems, "expected at most %u of them", (unsigned)row->max);
    for (struct tt_node *at = map->first; at != NULL; at = at->next) {
        check_name(checker, at);
        check_map(checker, at, row->children);
    }
}

static void check_hosts(struct checker *checker, const struct tt_option *row, struct tt_node *node)
{
    if (node->kind != TT_NODE_MAP) {
        refuse(checker, row, node);
        return;
    }
    for (struct tt_node *at = node->first; at != NULL; at = at->next)
        check_host(checker, at);
}

static void check_value(struct checker *checker, const struct tt_option *row, struct tt_node *node)
{
    struct tt_value value;
    struct tt_node *culprit;

    if (tt_value_parse(row, node, &value, &culprit) == TT_OK)
        return;
    refuse(checker, row, culprit);
    node->is_bad = true;
}

static void check_node(struct checker *checker, const struct tt_option *row, struct tt_node *node)
{
    switch (row->kind) {
    case TT_OPTION_HOSTS:
        check_hosts(checker, row, node);
        break;
    case TT_OPTION_NAMED_MAPS:
        check_named(checker, row, node);
        break;
    case TT_OPTION_MAPS:
        check_list(checker, row, node);
        break;
    case TT_OPTION_MAP_OR_OFF:
        if (node->kind == TT_NODE_SCALAR && tt_str_equal(node->text, TT_STR("off")))
            break;
        if (node->kind != TT_NODE_MAP)
            refuse(checker, row, node);
        else
            check_map(checker, node, row->children);
        break;
    case TT_OPTION_MAP:
        if (node->kind == TT_NODE_MAP && node->first == NULL && (row->flags & TT_OPTION_SOME) != 0)
            refuse(checker, row, node);
        check_map(checker, node, row->children);
        break;
    default:
        check_value(checker, row, node);
    }
}

static void check_required(struct checker *checker, struct tt_node *map, uint8_t parent)
{
    const struct tt_option *row;

    for (uint8_t id = TT_OPTION_ID_ROOT; (row = tt_option_next(parent, &id)) != NULL;) {
        char text[256];
        struct tt_buf buf = tt_buf_over(text, sizeof(text) - 1);

        if ((row->flags & TT_OPTION_REQUIRED) == 0 || map->is_open || tt_node_find(map, row->key) != NULL)
            continue;
        tt_option_expect(row, &buf);
        tt_node_refuse(map, row->key, checker->problems, "missing, expected %s", tt_buf_cstr(&buf));
    }
}

static void check_map(struct checker *checker, struct tt_node *map, uint8_t parent)
{
    static const struct tt_option any_map = {.kind = TT_OPTION_MAP, .preset = "", .doc = ""};
    const struct tt_option *row;

    if (map->kind != TT_NODE_MAP) {
        refuse(checker, &any_map, map);
        return;
    }
    for (struct tt_node *at = map->first; at != NULL; at = at->next) {
        row = tt_option_find(parent, at->key);
        if (row == NULL || !is_allowed(checker, row))
            refuse_unknown(checker, at, parent);
        else if (parent != TT_OPTION_ID_SINKS || tt_sink_check_key(map, row, at, checker->problems))
            check_node(checker, row, at);
    }
    check_required(checker, map, parent);
    if (parent == TT_OPTION_ID_SINKS)
        tt_sink_check(map, checker->problems);
}

void tt_conf_check(struct tt_tree *tree, struct tt_problems *problems)
{
    struct checker checker = {problems, false};

    if (tree->root != NULL && !tt_node_is_null(tree->root))
        check_map(&checker, tree->root, TT_OPTION_ID_ROOT);
}

void tt_conf_check_zones(struct tt_tree *tree, struct tt_problems *problems)
{
    struct checker checker = {problems, false};

    if (tree->root != NULL && !tt_node_is_null(tree->root))
        check_list(&checker, &tt_options[TT_OPTION_ID_ZONES], tree->root);
}
