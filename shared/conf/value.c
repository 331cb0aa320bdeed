/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "conf/value.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "conf/conf.h"
#include "conf/path.h"

enum { TEXT_MAX = 1024 };

/* Within the row's limits, and nothing in it that a log line or a label could not show. */
static bool is_printable(const struct tt_option *row, struct tt_str text)
{
    char clean[TEXT_MAX];

    if (text.len < row->min || text.len > row->max || text.len > sizeof(clean))
        return false;
    return tt_str_clean(text.ptr, text.len, clean, sizeof(clean)) == text.len &&
           memcmp(clean, text.ptr, text.len) == 0;
}

static bool is_name(struct tt_str text)
{
    for (uint32_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (!((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_' ||
              c == '-'))
            return false;
    }
    return true;
}

static int parse_text(const struct tt_option *row, struct tt_str text)
{
    bool is_fine = is_printable(row, text);

    if (row->kind == TT_OPTION_NAME)
        is_fine = is_fine && is_name(text);
    else if (row->kind == TT_OPTION_FILE)
        is_fine = is_fine && tt_conf_path_is_template(text);
    else if (row->kind == TT_OPTION_DIR)
        is_fine = is_fine && memchr(text.ptr, '{', text.len) == NULL;
    return is_fine ? TT_OK : TT_ESYNTAX;
}

static int parse_number(const struct tt_option *row, const struct tt_node *node, uint64_t *number)
{
    bool is_size = row->kind != TT_OPTION_NUMBER;
    int err = is_size ? tt_str_parse_size(node->text, number) : tt_str_parse_u64(node->text, number);

    if (err != TT_OK || (!is_size && !node->is_plain))
        return TT_ESYNTAX;
    if (*number < row->min || *number > row->max)
        return TT_ERANGE;
    return row->kind == TT_OPTION_SIZE_POWER && (*number & (*number - 1)) != 0 ? TT_ERANGE : TT_OK;
}

static int parse_word(const struct tt_option *row, const struct tt_node *node, uint64_t *index)
{
    for (*index = 0; row->words[*index].word != NULL; ++*index) {
        if (tt_str_equal(node->text, tt_str_from(row->words[*index].word)))
            return TT_OK;
    }
    return TT_ESYNTAX;
}

static int parse_words(const struct tt_option *row, struct tt_node *node, uint64_t *mask,
                       struct tt_node **culprit)
{
    uint64_t index;

    *mask = 0;
    for (struct tt_node *at = node->first; at != NULL; at = at->next) {
        *culprit = at;
        if (at->is_bad || at->kind != TT_NODE_SCALAR || parse_word(row, at, &index) != TT_OK ||
            (*mask >> index & 1) != 0)
            return TT_ESYNTAX;
        *mask |= (uint64_t)1 << index;
    }
    *culprit = node;
    return *mask != 0 ? TT_OK : TT_ESYNTAX;
}

static int parse_endpoint(const struct tt_node *node, struct tt_value *value)
{
    value->is_on = !tt_str_equal(node->text, TT_STR("off"));
    return value->is_on ? tt_ip_parse_endpoint(node->text, &value->ip, &value->port) : TT_OK;
}

int tt_value_parse(const struct tt_option *row, struct tt_node *node, struct tt_value *value,
                   struct tt_node **culprit)
{
    *value = (struct tt_value){.text = node->text};
    *culprit = node;
    if (row->kind == TT_OPTION_WORDS)
        return node->kind == TT_NODE_LIST ? parse_words(row, node, &value->number, culprit) : TT_ESYNTAX;
    if (node->kind != TT_NODE_SCALAR || tt_node_is_null(node))
        return TT_ESYNTAX;
    switch (row->kind) {
    case TT_OPTION_SIZE:
    case TT_OPTION_SIZE_POWER:
    case TT_OPTION_NUMBER:
        return parse_number(row, node, &value->number);
    case TT_OPTION_WORD:
        return parse_word(row, node, &value->number);
    case TT_OPTION_ENDPOINT:
        return parse_endpoint(node, value);
    default:
        return parse_text(row, node->text);
    }
}

static int store_text(const struct tt_option *row, struct tt_str text, const char *dir, char **to)
{
    bool is_path = row->kind == TT_OPTION_FILE || row->kind == TT_OPTION_DIR;
    char *copy = is_path ? tt_conf_path_join(dir, text) : strndup(text.ptr, text.len);

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
    case TT_OPTION_SIZE_POWER:
        *(uint64_t *)at = value->number;
        return TT_OK;
    case TT_OPTION_NUMBER:
    case TT_OPTION_WORD:
        *(uint8_t *)at = (uint8_t)value->number;
        return TT_OK;
    case TT_OPTION_WORDS:
        *(unsigned *)at = (unsigned)value->number;
        return TT_OK;
    case TT_OPTION_ENDPOINT:
        ((struct tt_conf *)base)->metrics_on = value->is_on;
        ((struct tt_conf *)base)->metrics_ip = value->ip;
        ((struct tt_conf *)base)->metrics_port = value->port;
        return TT_OK;
    default:
        return store_text(row, value->text, dir, at);
    }
}
