/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/* The pipeline counts without a lock; what is shown is copied under one when a window closes. */

#include "count/top_lists.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "count/group_key.h"
#include "count/top.h"
#include "count/windows.h"
#include "wire/codes.h"

enum { LISTS_N = TT_TOP_CLIENT + 1, COUNTERS = 10 * TT_TOP_LISTS_SHOWN, KEY_MAX = 1 + TT_NAME_MAX };

static const enum tt_metric metrics[LISTS_N] = {
    [TT_TOP_QUERY_NAME] = TT_METRIC_TOP_QUERY_NAME, [TT_TOP_REGISTRABLE_DOMAIN] = TT_METRIC_TOP_REGISTRABLE_DOMAIN,
    [TT_TOP_NXDOMAIN] = TT_METRIC_TOP_NXDOMAIN,     [TT_TOP_SERVFAIL] = TT_METRIC_TOP_SERVFAIL,
    [TT_TOP_CLIENT] = TT_METRIC_TOP_CLIENT,
};

/* What a scrape shows. */
struct list {
    unsigned n;
    struct {
        char label[TT_METRIC_VALUE_MAX];
        uint64_t count;
    } at[TT_TOP_LISTS_SHOWN];
};

struct tt_top_lists {
    unsigned shown_n;
    struct tt_top *tops[TT_WINDOWS_OPEN_N][LISTS_N]; /* NULL: off */
    pthread_mutex_t lock;
    struct list lists[LISTS_N]; /* under lock */
};

int tt_top_lists_new(struct tt_top_lists **lists)
{
    *lists = calloc(1, sizeof(**lists));
    if (*lists == NULL)
        return TT_ENOMEM;
    pthread_mutex_init(&(*lists)->lock, NULL);
    return TT_OK;
}

void tt_top_lists_free(struct tt_top_lists **lists)
{
    if (*lists == NULL)
        return;
    tt_top_lists_use(*lists, 0, 0);
    pthread_mutex_destroy(&(*lists)->lock);
    free(*lists);
    *lists = NULL;
}

int tt_top_lists_use(struct tt_top_lists *lists, unsigned mask, unsigned shown_n)
{
    int err = TT_OK;

    lists->shown_n = TT_MIN(shown_n, (unsigned)TT_TOP_LISTS_SHOWN);
    for (unsigned i = 0; i < LISTS_N; i++) {
        bool is_on = (mask & 1u << i) != 0 && shown_n > 0;

        for (unsigned slot = 0; slot < TT_WINDOWS_OPEN_N; slot++) {
            tt_top_free(&lists->tops[slot][i]);
            if (is_on && tt_top_new(COUNTERS, KEY_MAX, &lists->tops[slot][i]) != TT_OK)
                err = TT_ENOMEM;
        }
        if (is_on)
            continue;
        pthread_mutex_lock(&lists->lock);
        lists->lists[i].n = 0;
        pthread_mutex_unlock(&lists->lock);
    }
    return err;
}

static void add_name(struct tt_top *top, struct tt_str name)
{
    uint8_t key[KEY_MAX];
    bool is_wire;
    unsigned len;

    if (top == NULL || name.ptr == NULL || name.len == 0)
        return;
    len = tt_group_key_pack(key + 1, name, &is_wire);
    key[0] = is_wire;
    tt_top_add(top, key, len + 1);
}

static void add_client(struct tt_top *top, const struct tt_event *event, const struct tt_shown *shown)
{
    uint8_t key[TT_GROUP_CLIENT_MAX];
    unsigned len;

    if (top == NULL)
        return;
    len = tt_group_key_source(key, event, shown);
    if (len > TT_GROUP_HEAD)
        tt_top_add(top, key, len);
}

void tt_top_lists_add(struct tt_top_lists *lists, unsigned slot, const struct tt_event *event,
                      const struct tt_shown *shown)
{
    struct tt_top *const *tops = lists->tops[slot];
    struct tt_str name = {NULL, 0}, domain = {NULL, 0};
    bool has_code = tt_fields_have(&shown->fields, TT_FIELD_response_code);

    if (tt_fields_have(&shown->fields, TT_FIELD_query_name))
        name = shown->query_name;
    if (tt_fields_have(&shown->fields, TT_FIELD_registrable_domain))
        domain = event->registrable_domain;
    add_name(tops[TT_TOP_QUERY_NAME], name);
    add_name(tops[TT_TOP_REGISTRABLE_DOMAIN], domain);
    /* Names that fail are often made up anew for each query: what they have in common is the domain. */
    if (has_code && event->response_code == TT_RCODE_NXDOMAIN)
        add_name(tops[TT_TOP_NXDOMAIN], domain.ptr != NULL ? domain : name);
    if (has_code && event->response_code == TT_RCODE_SERVFAIL)
        add_name(tops[TT_TOP_SERVFAIL], domain.ptr != NULL ? domain : name);
    add_client(tops[TT_TOP_CLIENT], event, shown);
}

/* A label that is cut ends in a digest of the whole, so that no two series are the same. */
static void put_cut(struct tt_buf *buf, struct tt_str text, const uint8_t *key, unsigned key_len)
{
    enum { TAIL = 9 };
    uint64_t sum = UINT64_C(14695981039346656037);

    if (text.len < TT_METRIC_VALUE_MAX) {
        tt_buf_bytes(buf, text.ptr, text.len);
        return;
    }
    for (unsigned i = 0; i < key_len; i++)
        sum = (sum ^ key[i]) * UINT64_C(1099511628211);
    tt_buf_bytes(buf, text.ptr, TT_METRIC_VALUE_MAX - 1 - TAIL);
    tt_buf_char(buf, '~');
    tt_buf_hex64(buf, sum & 0xffffffff, TAIL - 1);
}

static void put_client(struct tt_buf *buf, const struct tt_top_entry *entry)
{
    struct tt_aggregate client = {.count = 0};
    char text[TT_NAME_TEXT_MAX];

    tt_group_key_read(entry->key, entry->len, &client, text);
    if (client.client_ip.family != 0) {
        tt_ip_format(buf, &client.client_ip);
    } else if (client.client_net.ip.family != 0) {
        tt_ip_format(buf, &client.client_net.ip);
        tt_buf_format(buf, "/%u", client.client_net.prefix);
    } else {
        tt_buf_bytes(buf, client.client_hash.ptr, client.client_hash.len);
    }
}

static void put_name(struct tt_buf *buf, const struct tt_top_entry *entry)
{
    char text[TT_NAME_TEXT_MAX];

    put_cut(buf, tt_group_key_unpack(entry->key + 1, entry->len - 1, entry->key[0] != 0, text), entry->key, entry->len);
}

static void close_list(struct tt_top_lists *lists, unsigned at, struct tt_top *top)
{
    struct tt_top_entry entries[TT_TOP_LISTS_SHOWN];
    unsigned n = tt_top_list(top, entries, lists->shown_n);
    struct list *list = &lists->lists[at];

    pthread_mutex_lock(&lists->lock);
    list->n = n;
    for (unsigned i = 0; i < n; i++) {
        struct tt_buf buf = tt_buf_over(list->at[i].label, sizeof(list->at[i].label));

        if (at == TT_TOP_CLIENT)
            put_client(&buf, &entries[i]);
        else
            put_name(&buf, &entries[i]);
        tt_buf_cstr(&buf);
        list->at[i].count = entries[i].count - entries[i].error;
    }
    pthread_mutex_unlock(&lists->lock);
    tt_top_clear(top);
}

void tt_top_lists_close(struct tt_top_lists *lists, unsigned slot)
{
    for (unsigned i = 0; i < LISTS_N; i++)
        if (lists->tops[slot][i] != NULL)
            close_list(lists, i, lists->tops[slot][i]);
}

void tt_top_lists_collect(struct tt_top_lists *lists, tt_metric_visit_f visit, void *arg)
{
    for (unsigned i = 0; i < LISTS_N; i++) {
        struct list list;

        pthread_mutex_lock(&lists->lock);
        list = lists->lists[i];
        pthread_mutex_unlock(&lists->lock);
        for (unsigned k = 0; k < list.n; k++) {
            struct tt_metric_sample sample = {
                .metric = metrics[i], .labels = {list.at[k].label}, .value = (double)list.at[k].count};
            visit(&sample, arg);
        }
    }
}
