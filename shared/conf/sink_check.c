/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "conf/sink_check.h"

#include "base/buf.h"
#include "base/err.h"
#include "conf/kafka_property.h"
#include "conf/sink_key.h"
#include "conf/value.h"

int tt_sink_check_type(const struct tt_node *item)
{
    const struct tt_node *node = tt_node_find(item, "type");
    struct tt_value value;

    if (node == NULL || tt_value_parse_scalar(&tt_options[TT_OPTION_ID_SINK_TYPE], node, &value) != TT_OK)
        return -1;
    return (int)value.number;
}

bool tt_sink_check_key(struct tt_node *item, const struct tt_option *row, struct tt_node *node,
                       struct tt_problems *problems)
{
    unsigned takers = tt_sink_key_takers((uint8_t)(row - tt_options));
    int type = tt_sink_check_type(item);
    char text[128];
    struct tt_buf buf = tt_buf_over(text, sizeof(text) - 1);

    if (type < 0 || node->is_bad || (takers >> type & 1) != 0)
        return true;
    tt_sink_key_types(takers, "or", &buf);
    tt_node_refuse(node, NULL, problems, "expected in a %s sink only, not in a %s sink", tt_buf_cstr(&buf),
                   tt_conf_sink_type_word((unsigned)type));
    return false;
}

static void check_needed(struct tt_node *item, unsigned type, struct tt_problems *problems)
{
    const struct tt_option *row;

    for (uint8_t id = TT_OPTION_ID_ROOT; (row = tt_option_next(TT_OPTION_ID_SINKS, &id)) != NULL;) {
        char text[256];
        struct tt_buf buf = tt_buf_over(text, sizeof(text) - 1);

        if ((tt_sink_key_needers(id) >> type & 1) == 0 || item->is_open ||
            tt_node_find(item, row->key) != NULL)
            continue;
        tt_option_expect(row, &buf);
        tt_node_refuse(item, row->key, problems, "missing, expected %s", tt_buf_cstr(&buf));
    }
}

/* A dnstap sink has one place. */
static void check_place(struct tt_node *item, struct tt_problems *problems)
{
    static const char *const keys[] = {"path", "address", "file"};
    struct tt_node *first = NULL;

    for (size_t i = 0; i < TT_COUNT(keys); i++) {
        struct tt_node *node = tt_node_find(item, keys[i]);

        if (node != NULL && first != NULL && !node->is_bad)
            tt_node_refuse(node, NULL, problems, "expected not beside %s, a dnstap sink has one of the two",
                           first->key.ptr);
        first = first != NULL ? first : node;
    }
    if (first == NULL && !item->is_open)
        tt_node_refuse(item, "path", problems, "missing, expected path (a socket), address or file");
}

static void check_properties(const struct tt_node *map, struct tt_problems *problems)
{
    if (map == NULL || map->kind != TT_NODE_MAP)
        return;
    for (struct tt_node *at = map->first; at != NULL; at = at->next) {
        const char *why = tt_kafka_property_refusal(at->key.ptr);

        if (why != NULL && !at->is_bad)
            tt_node_refuse(at, NULL, problems, "expected not to be given, %s", why);
    }
}

/* Frames have no word, so that there is nothing to choose. */
static void check_spool(struct tt_node *item, unsigned type, struct tt_problems *problems)
{
    struct tt_node *topics = tt_node_find(tt_node_find(item, "spool"), "topics");

    if (type == TT_SINK_DNSTAP && topics != NULL && !topics->is_bad)
        tt_node_refuse(topics, NULL, problems, "expected not in a dnstap sink, it has frames only");
}

void tt_sink_check(struct tt_node *item, struct tt_problems *problems)
{
    int type = tt_sink_check_type(item);

    if (type < 0)
        return;
    check_needed(item, (unsigned)type, problems);
    if (type == TT_SINK_DNSTAP)
        check_place(item, problems);
    check_properties(tt_node_find(item, "properties"), problems);
    check_spool(item, (unsigned)type, problems);
    tt_sink_check_safety(item, (unsigned)type, problems);
}
