/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "conf/value.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "conf/conf.h"
#include "conf/path.h"
#include "wire/name.h"

static int parse_list(const struct tt_option *row, struct tt_node *node, struct tt_value *value,
                      struct tt_node **culprit)
{
    struct tt_option item = *row;
    bool is_empty_fine = row->kind != TT_OPTION_WORDS && (row->flags & TT_OPTION_SOME) == 0;
    uint64_t mask = 0;

    if (node->kind != TT_NODE_LIST)
        return TT_ESYNTAX;
    item.kind = (uint8_t)tt_option_item_kind(row->kind);
    for (struct tt_node *at = node->first; at != NULL; at = at->next) {
        *culprit = at;
        if (tt_value_parse_scalar(&item, at, value) != TT_OK)
            return TT_ESYNTAX;
        if (item.kind != TT_OPTION_WORD)
            continue;
        uint64_t bit = (uint64_t)1 << (row->min + value->number);
        if ((mask & bit) != 0)
            return TT_ESYNTAX;
        mask |= bit;
    }
    *culprit = node;
    *value = (struct tt_value){.list = node, .number = mask};
    return node->first != NULL || is_empty_fine ? TT_OK : TT_ESYNTAX;
}

/* Keys are texts as values are; whether each is one that may be given is another matter. */
static int parse_pairs(const struct tt_option *row, struct tt_node *node, struct tt_value *value,
                       struct tt_node **culprit)
{
    struct tt_option item = *row;

    if (node->kind != TT_NODE_MAP)
        return TT_ESYNTAX;
    item.kind = TT_OPTION_TEXT;
    for (struct tt_node *at = node->first; at != NULL; at = at->next) {
        struct tt_node key = {.kind = TT_NODE_SCALAR, .text = at->key};

        *culprit = at;
        if (tt_value_parse_scalar(&item, &key, value) != TT_OK ||
            tt_value_parse_scalar(&item, at, value) != TT_OK)
            return TT_ESYNTAX;
    }
    *culprit = node;
    *value = (struct tt_value){.list = node};
    return TT_OK;
}

int tt_value_parse(const struct tt_option *row, struct tt_node *node, struct tt_value *value,
                   struct tt_node **culprit)
{
    *culprit = node;
    if (row->kind == TT_OPTION_PAIRS)
        return parse_pairs(row, node, value, culprit);
    if (tt_option_item_kind(row->kind) != row->kind)
        return parse_list(row, node, value, culprit);
    return tt_value_parse_scalar(row, node, value);
}

char *tt_value_copy_name(struct tt_str text)
{
    uint8_t wire[TT_NAME_MAX], len;
    char shown[TT_NAME_TEXT_MAX];
    struct tt_buf buf = tt_buf_over(shown, sizeof(shown));

    if (tt_name_parse(text, wire, &len) != TT_OK)
        return NULL;
    tt_name_format(&buf, wire, len);
    return strndup(shown, buf.len);
}

static int store_text(const struct tt_option *row, struct tt_str text, const char *dir, char **to)
{
    bool is_path = row->kind == TT_OPTION_FILE || row->kind == TT_OPTION_DIR || row->kind == TT_OPTION_INPUT;
    char *copy;

    if (row->kind == TT_OPTION_DOMAIN)
        copy = tt_value_copy_name(text);
    else
        copy = is_path ? tt_conf_path_join(dir, text) : strndup(text.ptr, text.len);
    if (copy == NULL)
        return TT_ENOMEM;
    if (is_path)
        tt_conf_path_tidy(copy);
    free(*to);
    *to = copy;
    return TT_OK;
}

int tt_value_store(const struct tt_option *row, const struct tt_value *value, const char *dir, void *base)
{
    void *at = (char *)base + row->offset;

    switch (row->kind) {
    case TT_OPTION_SIZE:
    case TT_OPTION_SIZE_OR_0:
    case TT_OPTION_SIZE_POWER:
    case TT_OPTION_SECONDS:
        *(uint64_t *)at = value->number;
        return TT_OK;
    case TT_OPTION_COUNT:
        *(uint32_t *)at = (uint32_t)value->number;
        return TT_OK;
    case TT_OPTION_NUMBER:
    case TT_OPTION_WORD:
        *(uint8_t *)at = (uint8_t)value->number;
        return TT_OK;
    case TT_OPTION_MODE:
    case TT_OPTION_WORDS:
        *(unsigned *)at = (unsigned)value->number;
        return TT_OK;
    case TT_OPTION_SCORE:
        *(float *)at = (float)value->real;
        return TT_OK;
    case TT_OPTION_SHARE:
        *(double *)at = value->real;
        return TT_OK;
    case TT_OPTION_ENDPOINT:
        ((struct tt_conf *)base)->metrics_on = value->is_on;
        ((struct tt_conf *)base)->metrics_ip = value->ip;
        ((struct tt_conf *)base)->metrics_port = value->port;
        return TT_OK;
    default:
        return value->list != NULL ? tt_value_store_list(row, value->list, at)
                                   : store_text(row, value->text, dir, at);
    }
}

void tt_value_clear(const struct tt_option *row, void *base)
{
    void *at = (char *)base + row->offset;

    switch (tt_option_shape(row->kind)) {
    case TT_SHAPE_TEXT:
        free(*(char **)at);
        *(char **)at = NULL;
        break;
    case TT_SHAPE_LIST:
        tt_value_clear_list(row, at);
        break;
    default:
        break;
    }
}
