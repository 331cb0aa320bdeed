/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "count/groups.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "count/group_key.h"
#include "count/top.h"

struct tt_groups {
    unsigned top_n;
    struct tt_top *clients, *names;
    struct tt_top_entry *entries; /* top_n, of whoever lists */
};

int tt_groups_new(unsigned top_n, struct tt_groups **out)
{
    struct tt_groups *groups = calloc(1, sizeof(*groups));
    int err = TT_ENOMEM;

    *out = NULL;
    if (groups == NULL)
        return TT_ENOMEM;
    groups->top_n = top_n;
    groups->entries = calloc(TT_MAX(top_n, 1u), sizeof(groups->entries[0]));
    if (groups->entries != NULL)
        err = tt_top_new(TT_GROUPS_COUNTERS * top_n, TT_GROUP_CLIENT_MAX, &groups->clients);
    if (err == TT_OK)
        err = tt_top_new(TT_GROUPS_COUNTERS * top_n, TT_GROUP_NAME_MAX, &groups->names);
    if (err != TT_OK)
        tt_groups_free(&groups);
    *out = groups;
    return err;
}

void tt_groups_free(struct tt_groups **groups)
{
    if (*groups == NULL)
        return;
    tt_top_free(&(*groups)->names);
    tt_top_free(&(*groups)->clients);
    free((*groups)->entries);
    free(*groups);
    *groups = NULL;
}

void tt_groups_add(struct tt_groups *groups, const struct tt_event *event, const struct tt_shown *shown)
{
    uint8_t key[TT_GROUP_NAME_MAX];
    unsigned client_len = tt_group_key_client(key, event, shown);

    tt_top_add(groups->clients, key, client_len);
    tt_top_add(groups->names, key, tt_group_key_name(key, client_len, event, shown));
}

uint64_t tt_groups_total(const struct tt_groups *groups)
{
    return tt_top_total(groups->clients);
}

static void visit_top(const struct tt_groups *groups, const struct tt_top *top, const struct tt_aggregate *of,
                      void (*visit)(struct tt_aggregate *aggregate, void *arg), void *arg)
{
    unsigned n = tt_top_list(top, groups->entries, groups->top_n);
    struct tt_aggregate rest = *of;

    rest.count = tt_top_total(top);
    rest.is_other = true;
    for (unsigned i = 0; i < n; i++) {
        const struct tt_top_entry *entry = &groups->entries[i];
        struct tt_aggregate aggregate = *of;
        char text[TT_NAME_TEXT_MAX];

        tt_group_key_read(entry->key, entry->len, &aggregate, text);
        aggregate.count = entry->count;
        aggregate.count_error = entry->error;
        rest.count -= entry->count;
        rest.count_error += entry->error;
        visit(&aggregate, arg);
    }
    if (rest.count > 0)
        visit(&rest, arg);
}

void tt_groups_visit(const struct tt_groups *groups, const struct tt_aggregate *of,
                     void (*visit)(struct tt_aggregate *aggregate, void *arg), void *arg)
{
    struct tt_aggregate blank = *of;

    blank.query_type = blank.response_code = -1;
    blank.aggregation = TT_aggregation_CLIENT;
    visit_top(groups, groups->clients, &blank, visit, arg);
    blank.aggregation = TT_aggregation_QNAME;
    visit_top(groups, groups->names, &blank, visit, arg);
}

void tt_groups_clear(struct tt_groups *groups)
{
    tt_top_clear(groups->clients);
    tt_top_clear(groups->names);
}
