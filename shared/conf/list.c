/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/* Lists of values: texts, networks, pairs of texts. */

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "conf/conf.h"
#include "conf/value.h"

static void clear_pairs(struct tt_conf_pairs *pairs)
{
    for (unsigned i = 0; i < pairs->items_n; i++) {
        free(pairs->items[i].key);
        free(pairs->items[i].value);
    }
    free(pairs->items);
    *pairs = (struct tt_conf_pairs){0};
}

void tt_value_clear_list(const struct tt_option *row, void *at)
{
    struct tt_texts *texts = at;

    if (row->kind == TT_OPTION_PAIRS) {
        clear_pairs(at);
        return;
    }
    if (row->kind == TT_OPTION_NETS) {
        struct tt_conf_nets *nets = at;
        free(nets->items);
        *nets = (struct tt_conf_nets){0};
        return;
    }
    for (unsigned i = 0; i < texts->items_n; i++)
        free(texts->items[i]);
    free(texts->items);
    *texts = (struct tt_texts){0};
}

static int store_texts(bool are_domains, const struct tt_node *list, struct tt_texts *texts)
{
    texts->items = calloc(list->children_n, sizeof(texts->items[0]));
    if (texts->items == NULL)
        return TT_ENOMEM;
    for (const struct tt_node *at = list->first; at != NULL; at = at->next) {
        char *copy = are_domains ? tt_value_copy_name(at->text) : strndup(at->text.ptr, at->text.len);

        if (copy == NULL)
            return TT_ENOMEM;
        texts->items[texts->items_n++] = copy;
    }
    return TT_OK;
}

static int store_nets(const struct tt_node *list, struct tt_conf_nets *nets)
{
    static const struct tt_option item = {.kind = TT_OPTION_NET};
    struct tt_value value;

    nets->items = calloc(list->children_n, sizeof(nets->items[0]));
    if (nets->items == NULL)
        return TT_ENOMEM;
    for (const struct tt_node *at = list->first; at != NULL; at = at->next) {
        if (tt_value_parse_scalar(&item, at, &value) == TT_OK)
            nets->items[nets->items_n++] = (struct tt_conf_net){value.ip, value.prefix};
    }
    return TT_OK;
}

static int store_pairs(const struct tt_node *map, struct tt_conf_pairs *pairs)
{
    pairs->items = calloc(map->children_n, sizeof(pairs->items[0]));
    if (pairs->items == NULL)
        return TT_ENOMEM;
    for (const struct tt_node *at = map->first; at != NULL; at = at->next) {
        struct tt_conf_pair *pair = &pairs->items[pairs->items_n++];

        pair->key = strndup(at->key.ptr, at->key.len);
        pair->value = strndup(at->text.ptr, at->text.len);
        if (pair->key == NULL || pair->value == NULL)
            return TT_ENOMEM;
    }
    return TT_OK;
}

int tt_value_store_list(const struct tt_option *row, const struct tt_node *list, void *at)
{
    tt_value_clear_list(row, at);
    if (list->children_n == 0)
        return TT_OK;
    if (row->kind == TT_OPTION_PAIRS)
        return store_pairs(list, at);
    if (row->kind == TT_OPTION_NETS)
        return store_nets(list, at);
    return store_texts(row->kind == TT_OPTION_DOMAINS, list, at);
}
