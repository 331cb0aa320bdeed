/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "conf/tree.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "conf/problem.h"

enum { KEY_SHOWN_MAX = 40 };

void tt_tree_fini(struct tt_tree *tree)
{
    tt_arena_fini(&tree->arena);
    tree->root = NULL;
}

struct tt_node *tt_node_find(const struct tt_node *map, const char *key)
{
    struct tt_str wanted = tt_str_from(key);

    if (map == NULL || map->kind != TT_NODE_MAP)
        return NULL;
    for (struct tt_node *at = map->first; at != NULL; at = at->next) {
        if (tt_str_equal(at->key, wanted))
            return at;
    }
    return NULL;
}

bool tt_node_is_news(struct tt_node *node, unsigned bit)
{
    bool is_new = (node->told & bit) == 0;

    node->told |= bit;
    return is_new;
}

bool tt_node_is_null(const struct tt_node *node)
{
    static const char *const words[] = {"", "~", "null", "Null", "NULL"};

    if (node->kind != TT_NODE_SCALAR || !node->is_plain)
        return false;
    for (size_t i = 0; i < TT_COUNT(words); i++) {
        if (tt_str_equal(node->text, tt_str_from(words[i])))
            return true;
    }
    return false;
}

static unsigned index_of(const struct tt_node *node)
{
    unsigned index = 0;

    for (const struct tt_node *at = node->parent->first; at != NULL && at != node; at = at->next)
        index++;
    return index;
}

static void format_path(const struct tt_node *node, struct tt_buf *buf)
{
    const struct tt_node *chain[TT_TREE_DEPTH_MAX + 1];
    unsigned depth = 0;

    for (; node->parent != NULL && depth < TT_COUNT(chain); node = node->parent)
        chain[depth++] = node;
    while (depth > 0) {
        node = chain[--depth];
        if (node->key.ptr == NULL) {
            tt_buf_format(buf, "[%u]", index_of(node));
            continue;
        }
        if (buf->len > 0)
            tt_buf_char(buf, '.');
        char shown[KEY_SHOWN_MAX];
        tt_buf_bytes(buf, shown, tt_str_clean(node->key.ptr, node->key.len, shown, sizeof(shown)));
    }
}

void tt_node_refuse(struct tt_node *node, const char *child, struct tt_problems *problems, const char *format,
                    ...)
{
    char path[400];
    struct tt_buf buf = tt_buf_over(path, sizeof(path) - 1);
    va_list args;

    node->is_bad = true;
    if (!tt_problems_have_room(problems)) {
        problems->count++;
        return;
    }
    format_path(node, &buf);
    if (child != NULL)
        tt_buf_format(&buf, "%s%s", buf.len > 0 ? "." : "", child);
    va_start(args, format);
    tt_problems_vadd(problems, node->line, tt_buf_cstr(&buf), format, args);
    va_end(args);
}

struct tt_node_found tt_node_found(const struct tt_node *node)
{
    struct tt_node_found found;
    char shown[KEY_SHOWN_MAX + 1];
    size_t len =
        node->kind == TT_NODE_SCALAR ? tt_str_clean(node->text.ptr, node->text.len, shown, KEY_SHOWN_MAX) : 0;

    shown[len] = '\0';
    if (node->kind != TT_NODE_SCALAR)
        snprintf(found.text, sizeof(found.text), "%s %s", node->first != NULL ? "a" : "an empty",
                 node->kind == TT_NODE_MAP ? "mapping" : "list");
    else if (tt_node_is_null(node))
        snprintf(found.text, sizeof(found.text), "nothing");
    else
        snprintf(found.text, sizeof(found.text), "\"%s%s\"", shown,
                 node->text.len > KEY_SHOWN_MAX ? "…" : "");
    return found;
}
