/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include <string.h>

#include "base/buf.h"
#include "conf/conf.h"
#include "conf/option.h"

static bool is_same_endpoint(const struct tt_conf *a, const struct tt_conf *b)
{
    if (!a->metrics_on || !b->metrics_on)
        return a->metrics_on == b->metrics_on;
    return a->metrics_port == b->metrics_port && a->metrics_ip.family == b->metrics_ip.family &&
           memcmp(a->metrics_ip.bytes, b->metrics_ip.bytes, sizeof(a->metrics_ip.bytes)) == 0;
}

static bool is_same_text(const char *a, const char *b)
{
    return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

/* One value of two structs of the same type, by its row. */
static bool is_same(const struct tt_option *row, const void *a, const void *b)
{
    const void *x = (const char *)a + row->offset, *y = (const char *)b + row->offset;

    switch (row->kind) {
    case TT_OPTION_ENDPOINT:
        return is_same_endpoint(a, b);
    case TT_OPTION_SIZE:
    case TT_OPTION_SIZE_POWER:
        return memcmp(x, y, sizeof(uint64_t)) == 0;
    case TT_OPTION_WORDS:
        return memcmp(x, y, sizeof(unsigned)) == 0;
    case TT_OPTION_NUMBER:
    case TT_OPTION_WORD:
        return memcmp(x, y, sizeof(uint8_t)) == 0;
    default:
        return is_same_text(*(char *const *)x, *(char *const *)y);
    }
}

static void compare_rows(uint8_t parent, const void *a, const void *b, struct tt_buf *keys)
{
    const struct tt_option *row;

    for (uint8_t id = TT_OPTION_ID_ROOT; (row = tt_option_next(parent, &id)) != NULL;) {
        if (row->kind == TT_OPTION_MAP || row->kind == TT_OPTION_MAP_OR_OFF) {
            compare_rows(row->children, (const char *)a + row->offset, (const char *)b + row->offset, keys);
            continue;
        }
        if (!tt_option_is_value(row) || (row->flags & TT_OPTION_RELOAD) != 0 || is_same(row, a, b))
            continue;
        tt_buf_format(keys, "%s%s%s%s", keys->len > 0 ? ", " : "",
                      parent != TT_OPTION_ID_ROOT ? tt_options[parent].key : "",
                      parent != TT_OPTION_ID_ROOT ? "." : "", row->key);
    }
}

void tt_conf_format_restart(const struct tt_conf *running, const struct tt_conf *wanted, struct tt_buf *keys)
{
    compare_rows(TT_OPTION_ID_ROOT, running, wanted, keys);
}
