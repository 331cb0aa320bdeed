/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/* A sink's part of a configuration as a value of its own, by the rows that say what is where. */

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "conf/build.h"
#include "conf/value.h"

/* Calls visit for each value below `parent` of two structs of one kind, as long as it returns true. */
typedef bool (*visit_f)(const struct tt_option *row, void *a, void *b);

/* Mappings nest no deeper than the rows do, so this calls itself a few levels at most. */
static bool walk(uint8_t parent, visit_f visit, void *a, void *b)
{
    const struct tt_option *row;
    bool goes_on = true;

    for (uint8_t id = TT_OPTION_ID_ROOT; goes_on && (row = tt_option_next(parent, &id)) != NULL;) {
        void *at_a = (char *)a + row->offset, *at_b = (char *)b + row->offset;

        if (tt_option_is_value(row))
            goes_on = visit(row, at_a, at_b);
        else if (row->kind == TT_OPTION_MAP || row->kind == TT_OPTION_MAP_OR_OFF)
            goes_on = walk(row->children, visit, at_a, at_b);
    }
    return goes_on;
}

/* What b owns is forgotten, for it belongs to what b was copied from. */
static bool forget(const struct tt_option *row, void *a, void *b)
{
    (void)a;
    if (tt_option_shape(row->kind) == TT_SHAPE_TEXT)
        *(char **)b = NULL;
    else if (row->kind == TT_OPTION_PAIRS)
        *(struct tt_conf_pairs *)b = (struct tt_conf_pairs){0};
    else if (row->kind == TT_OPTION_NETS)
        *(struct tt_conf_nets *)b = (struct tt_conf_nets){0};
    else if (tt_option_shape(row->kind) == TT_SHAPE_LIST)
        *(struct tt_texts *)b = (struct tt_texts){0};
    return true;
}

static bool copy_text(const char *from, char **to)
{
    if (from != NULL && *to == NULL)
        *to = strdup(from);
    return from == NULL || *to != NULL;
}

static bool copy_texts(const struct tt_texts *from, struct tt_texts *to)
{
    bool is_fine = true;

    if (from->items_n == 0)
        return true;
    to->items = calloc(from->items_n, sizeof(to->items[0]));
    to->items_n = to->items != NULL ? from->items_n : 0;
    for (unsigned i = 0; i < to->items_n; i++)
        is_fine = copy_text(from->items[i], &to->items[i]) && is_fine;
    return to->items != NULL && is_fine;
}

static bool copy_nets(const struct tt_conf_nets *from, struct tt_conf_nets *to)
{
    if (from->items_n == 0)
        return true;
    to->items = calloc(from->items_n, sizeof(to->items[0]));
    if (to->items == NULL)
        return false;
    memcpy(to->items, from->items, from->items_n * sizeof(to->items[0]));
    to->items_n = from->items_n;
    return true;
}

static bool copy_pairs(const struct tt_conf_pairs *from, struct tt_conf_pairs *to)
{
    bool is_fine = true;

    if (from->items_n == 0)
        return true;
    to->items = calloc(from->items_n, sizeof(to->items[0]));
    to->items_n = to->items != NULL ? from->items_n : 0;
    for (unsigned i = 0; i < to->items_n; i++) {
        is_fine = copy_text(from->items[i].key, &to->items[i].key) && is_fine;
        is_fine = copy_text(from->items[i].value, &to->items[i].value) && is_fine;
    }
    return to->items != NULL && is_fine;
}

/* Two rows may have one place (path and file of a dnstap sink): it is copied once. */
static bool copy(const struct tt_option *row, void *a, void *b)
{
    if (tt_option_shape(row->kind) == TT_SHAPE_TEXT)
        return copy_text(*(char **)a, b);
    if (row->kind == TT_OPTION_PAIRS)
        return copy_pairs(a, b);
    if (row->kind == TT_OPTION_NETS)
        return copy_nets(a, b);
    return tt_option_shape(row->kind) != TT_SHAPE_LIST || copy_texts(a, b);
}

int tt_conf_sink_copy(struct tt_conf_sink *to, const struct tt_conf_sink *from)
{
    struct tt_conf_sink lent = *from;

    *to = *from;
    walk(TT_OPTION_ID_SINKS, forget, &lent, to);
    if (walk(TT_OPTION_ID_SINKS, copy, &lent, to))
        return TT_OK;
    tt_conf_sink_fini(to);
    return TT_ENOMEM;
}

void tt_conf_sink_fini(struct tt_conf_sink *sink)
{
    tt_conf_clear(TT_OPTION_ID_SINKS, sink);
    *sink = (struct tt_conf_sink){0};
}

static bool is_same_text(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static bool are_same_texts(const struct tt_texts *a, const struct tt_texts *b)
{
    bool is_same = a->items_n == b->items_n;

    for (unsigned i = 0; is_same && i < a->items_n; i++)
        is_same = is_same_text(a->items[i], b->items[i]);
    return is_same;
}

static bool are_same_nets(const struct tt_conf_nets *a, const struct tt_conf_nets *b)
{
    bool is_same = a->items_n == b->items_n;

    for (unsigned i = 0; is_same && i < a->items_n; i++)
        is_same = a->items[i].prefix == b->items[i].prefix &&
                  a->items[i].ip.family == b->items[i].ip.family &&
                  memcmp(a->items[i].ip.bytes, b->items[i].ip.bytes, sizeof(a->items[i].ip.bytes)) == 0;
    return is_same;
}

static bool are_same_pairs(const struct tt_conf_pairs *a, const struct tt_conf_pairs *b)
{
    bool is_same = a->items_n == b->items_n;

    for (unsigned i = 0; is_same && i < a->items_n; i++)
        is_same = is_same_text(a->items[i].key, b->items[i].key) &&
                  is_same_text(a->items[i].value, b->items[i].value);
    return is_same;
}

static size_t size_of(uint8_t kind)
{
    switch (kind) {
    case TT_OPTION_SIZE:
    case TT_OPTION_SIZE_OR_0:
    case TT_OPTION_SIZE_POWER:
    case TT_OPTION_SECONDS:
        return sizeof(uint64_t);
    case TT_OPTION_SHARE:
        return sizeof(double);
    case TT_OPTION_COUNT:
        return sizeof(uint32_t);
    case TT_OPTION_MODE:
    case TT_OPTION_WORDS:
        return sizeof(unsigned);
    case TT_OPTION_SCORE:
        return sizeof(float);
    default:
        return sizeof(uint8_t);
    }
}

static bool compare(const struct tt_option *row, void *a, void *b)
{
    if (tt_option_shape(row->kind) == TT_SHAPE_TEXT)
        return is_same_text(*(char **)a, *(char **)b);
    if (row->kind == TT_OPTION_PAIRS)
        return are_same_pairs(a, b);
    if (row->kind == TT_OPTION_NETS)
        return are_same_nets(a, b);
    if (tt_option_shape(row->kind) == TT_SHAPE_LIST)
        return are_same_texts(a, b);
    return memcmp(a, b, size_of(row->kind)) == 0;
}

bool tt_conf_sink_equal(const struct tt_conf_sink *a, const struct tt_conf_sink *b)
{
    struct tt_conf_sink one = *a, other = *b;

    return a->has_privacy == b->has_privacy && a->only.is_given == b->only.is_given &&
           a->except.is_given == b->except.is_given && a->tls.is_given == b->tls.is_given &&
           a->spool.is_on == b->spool.is_on && a->is_plain_file == b->is_plain_file &&
           walk(TT_OPTION_ID_SINKS, compare, &one, &other);
}
