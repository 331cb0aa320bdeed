/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/* Lists of mappings that have a name each: threats and zones. */

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "conf/build.h"

struct named {
    const char *name;
    struct tt_node *item;
};

static int compare(const void *a, const void *b)
{
    const struct named *x = a, *y = b;
    int order = strcmp(x->name, y->name);

    /* Nodes lie in memory as they were read. */
    return order != 0 ? order : x->item < y->item ? -1 : 1;
}

/* Sorted, so that ten thousand of them are checked in milliseconds. */
static void refuse_twins(struct tt_problems *problems, struct named *named, unsigned named_n,
                         const char *what)
{
    qsort(named, named_n, sizeof(named[0]), compare);
    for (unsigned i = 1, first = 0; i < named_n; i++) {
        if (strcmp(named[first].name, named[i].name) != 0)
            first = i;
        else if (tt_node_is_news(named[i].item, TT_TOLD_NAME))
            tt_node_refuse(tt_node_find(named[i].item, "name"), NULL, problems,
                           "expected a name of its own, the %s on line %u has it already", what,
                           (unsigned)named[first].item->line);
    }
}

/* The struct of an item begins with its name. */
static int build_items(struct tt_conf_builder *builder, enum tt_option_id id, const struct tt_node *list,
                       size_t size, void **items, unsigned *items_n, struct named *named)
{
    int err = TT_OK;
    unsigned named_n = 0;

    for (struct tt_node *at = list->first; at != NULL && err == TT_OK; at = at->next) {
        struct tt_conf_place place = {at, NULL};
        void *item = (char *)*items + *items_n * size;

        if (at->kind != TT_NODE_MAP || *items_n == tt_options[id].max)
            continue;
        ++*items_n;
        err = tt_conf_apply(builder, (uint8_t)id, place, true, item);
        if (*(char **)item != NULL)
            named[named_n++] = (struct named){*(char **)item, at};
    }
    if (err == TT_OK)
        refuse_twins(builder->problems, named, named_n, id == TT_OPTION_ID_ZONES ? "zone" : "list");
    return err;
}

static int build_list(struct tt_conf_builder *builder, enum tt_option_id id, const struct tt_node *list,
                      size_t size, void **items, unsigned *items_n)
{
    size_t most = list != NULL ? TT_MIN(list->children_n, tt_options[id].max) : 0;
    struct named *named;
    int err;

    if (list == NULL || list->kind != TT_NODE_LIST || most == 0)
        return TT_OK;
    *items = calloc(most, size);
    named = calloc(most, sizeof(named[0]));
    err = *items != NULL && named != NULL ? build_items(builder, id, list, size, items, items_n, named)
                                          : TT_ENOMEM;
    free(named);
    return err;
}

int tt_conf_build_threats(struct tt_conf_builder *builder, struct tt_conf *conf)
{
    TT_STATIC_ASSERT(offsetof(struct tt_conf_threat, name) == 0, "a threat list begins with its name");
    void *items = NULL;
    int err = build_list(builder, TT_OPTION_ID_THREATS, builder->seen[TT_OPTION_ID_THREATS],
                         sizeof(conf->threats[0]), &items, &conf->threats_n);

    conf->threats = items;
    return err;
}

int tt_conf_build_zones(struct tt_conf_builder *builder, struct tt_node *list, struct tt_conf_zone **zones,
                        unsigned *zones_n)
{
    TT_STATIC_ASSERT(offsetof(struct tt_conf_zone, name) == 0, "a zone begins with its name");
    void *items = NULL;
    int err = build_list(builder, TT_OPTION_ID_ZONES, list, sizeof(**zones), &items, zones_n);

    *zones = items;
    return err;
}
