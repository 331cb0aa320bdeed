/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "sink/filter.h"

#include <stdlib.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "base/err.h"
#include "sink/filter_names.h"
#include "wire/codes.h"

struct net {
    struct tt_ip ip;
    uint8_t prefix;
};

struct nets {
    struct net *items;
    unsigned n;
};

struct codes {
    uint16_t *items;
    unsigned n;
};

/* Compiled tt_conf_filter. */
struct condition {
    bool is_given, has_names, has_list;
    struct tt_filter_names names;
    struct nets clients;
    struct codes rcodes, types;
    unsigned outcomes;
};

struct tt_filter {
    struct condition only, except;
    char **residency; /* with their texts behind the pointers; NULL: any */
    unsigned residency_n;
};

struct tt_ignore {
    struct tt_filter_names names;
    struct nets clients;
};

static int nets_init(struct nets *nets, const struct tt_conf_nets *conf)
{
    if (conf->items_n == 0)
        return TT_OK;
    nets->items = malloc(conf->items_n * sizeof(*nets->items));
    if (nets->items == NULL)
        return TT_ENOMEM;
    for (unsigned i = 0; i < conf->items_n; i++) {
        struct tt_ip ip = tt_ip_cut(&conf->items[i].ip, conf->items[i].prefix);
        nets->items[nets->n++] = (struct net){ip, conf->items[i].prefix};
    }
    return TT_OK;
}

static int codes_init(struct codes *codes, const struct tt_texts *texts,
                      int (*parse)(struct tt_str, uint16_t *))
{
    if (texts->items_n == 0)
        return TT_OK;
    codes->items = malloc(texts->items_n * sizeof(*codes->items));
    if (codes->items == NULL)
        return TT_ENOMEM;
    for (unsigned i = 0; i < texts->items_n; i++)
        if (parse(tt_str_from(texts->items[i]), &codes->items[codes->n++]) != TT_OK)
            return TT_ESYNTAX;
    return TT_OK;
}

static int condition_init(struct condition *condition, const struct tt_conf_filter *conf)
{
    int err;

    if (!conf->is_given)
        return TT_OK;
    condition->is_given = true;
    condition->has_names = conf->names.items_n > 0;
    condition->has_list = conf->list != NULL;
    condition->outcomes = conf->outcomes;
    err = tt_filter_names_init(&condition->names, &conf->names);
    if (err == TT_OK)
        err = nets_init(&condition->clients, &conf->clients);
    if (err == TT_OK)
        err = codes_init(&condition->rcodes, &conf->rcodes, tt_rcode_parse);
    return err == TT_OK ? codes_init(&condition->types, &conf->types, tt_type_parse) : err;
}

static void condition_fini(struct condition *condition)
{
    tt_filter_names_fini(&condition->names);
    free(condition->clients.items);
    free(condition->rcodes.items);
    free(condition->types.items);
}

static int residency_init(struct tt_filter *filter, const struct tt_texts *texts)
{
    if (texts->items_n == 0)
        return TT_OK;
    filter->residency = calloc(texts->items_n, sizeof(*filter->residency));
    if (filter->residency == NULL)
        return TT_ENOMEM;
    for (; filter->residency_n < texts->items_n; filter->residency_n++) {
        filter->residency[filter->residency_n] = strdup(texts->items[filter->residency_n]);
        if (filter->residency[filter->residency_n] == NULL)
            return TT_ENOMEM;
    }
    return TT_OK;
}

int tt_filter_new(const struct tt_conf_sink *conf, struct tt_filter **filter)
{
    struct tt_filter *made = calloc(1, sizeof(*made));
    int err = made != NULL ? condition_init(&made->only, &conf->only) : TT_ENOMEM;

    if (err == TT_OK)
        err = condition_init(&made->except, &conf->except);
    if (err == TT_OK)
        err = residency_init(made, &conf->residency);
    if (err != TT_OK)
        tt_filter_free(&made);
    *filter = made;
    return err;
}

void tt_filter_free(struct tt_filter **filter)
{
    struct tt_filter *old = *filter;

    *filter = NULL;
    if (old == NULL)
        return;
    condition_fini(&old->only);
    condition_fini(&old->except);
    for (unsigned i = 0; i < old->residency_n; i++)
        free(old->residency[i]);
    free(old->residency);
    free(old);
}

int tt_ignore_new(const struct tt_conf *conf, struct tt_ignore **ignore)
{
    struct tt_ignore *made = calloc(1, sizeof(*made));
    int err = made != NULL ? tt_filter_names_init(&made->names, &conf->ignore_names) : TT_ENOMEM;

    if (err == TT_OK)
        err = nets_init(&made->clients, &conf->ignore_clients);
    if (err != TT_OK)
        tt_ignore_free(&made);
    *ignore = made;
    return err;
}

void tt_ignore_free(struct tt_ignore **ignore)
{
    struct tt_ignore *old = *ignore;

    *ignore = NULL;
    if (old == NULL)
        return;
    tt_filter_names_fini(&old->names);
    free(old->clients.items);
    free(old);
}

/* client_net is the whole address on a host, and may be a network in a replayed record. */
static bool has_client(const struct nets *nets, const struct tt_event *event)
{
    const struct tt_net *client = &event->client_net;

    if (nets->n == 0 || !TT_EVENT_HAS(event, client_net))
        return false;
    for (unsigned i = 0; i < nets->n; i++) {
        const struct net *net = &nets->items[i];
        struct tt_ip cut;

        if (net->ip.family != client->ip.family || net->prefix > client->prefix)
            continue;
        cut = tt_ip_cut(&client->ip, net->prefix);
        if (memcmp(cut.bytes, net->ip.bytes, sizeof(cut.bytes)) == 0)
            return true;
    }
    return false;
}

static bool has_code(const struct codes *codes, uint16_t code)
{
    for (unsigned i = 0; i < codes->n; i++)
        if (codes->items[i] == code)
            return true;
    return false;
}

static bool has_name(const struct tt_filter_names *names, const struct tt_event *event)
{
    return names->slots != NULL && TT_EVENT_HAS(event, query_name) &&
           tt_filter_names_cover(names, event->query_name);
}

/* Every kind that is given must match; a field that the event does not have matches nothing. A list that
 * is not loaded counts as if_unloaded. */
static bool matches(const struct condition *condition, const void *list, tt_filter_list_f has,
                    const struct tt_event *event, bool if_unloaded)
{
    if (condition->outcomes != 0 &&
        !(TT_EVENT_HAS(event, outcome) && condition->outcomes >> event->outcome & 1))
        return false;
    if (condition->rcodes.n > 0 &&
        !(TT_EVENT_HAS(event, response_code) && has_code(&condition->rcodes, event->response_code)))
        return false;
    if (condition->types.n > 0 &&
        !(TT_EVENT_HAS(event, query_type) && has_code(&condition->types, event->query_type)))
        return false;
    if (condition->clients.n > 0 && !has_client(&condition->clients, event))
        return false;
    if (condition->has_names && !has_name(&condition->names, event))
        return false;
    if (condition->has_list && list == NULL)
        return if_unloaded;
    return !condition->has_list || (TT_EVENT_HAS(event, query_name) && has(list, event->query_name));
}

/* An event of no watched zone has no residency and may be kept anywhere; as long as not all zones are
 * known, none is told to be of none. */
static bool may_stay(const struct tt_filter *filter, bool are_zones_known, const struct tt_event *event)
{
    if (filter->residency_n == 0)
        return true;
    if (!are_zones_known)
        return false;
    if (!TT_EVENT_HAS(event, residency))
        return true;
    for (unsigned i = 0; i < filter->residency_n; i++)
        if (tt_str_equal(event->residency, tt_str_from(filter->residency[i])))
            return true;
    return false;
}

bool tt_ignore_has(const struct tt_ignore *ignore, const struct tt_event *event)
{
    return has_name(&ignore->names, event) || has_client(&ignore->clients, event);
}

enum tt_filter_reason tt_filter_event(const struct tt_filter *filter,
                                      const struct tt_filter_lists *lists,
                                      const struct tt_event *event)
{
    if (!may_stay(filter, lists->are_zones_known, event))
        return TT_FILTER_RESIDENCY;
    if (filter->only.is_given && !matches(&filter->only, lists->only, lists->has, event, false))
        return TT_FILTER_ONLY;
    if (filter->except.is_given && matches(&filter->except, lists->except, lists->has, event, true))
        return TT_FILTER_EXCEPT;
    return TT_FILTER_REASONS_N;
}

/* What no sample may miss: a client who got no answer, or one other than NOERROR and NXDOMAIN. */
static bool is_always_kept(const struct tt_event *event)
{
    bool is_client = event->message_type == TT_message_type_CLIENT_RESPONSE ||
                     event->message_type == TT_message_type_AUTH_RESPONSE;

    if (!is_client)
        return false;
    if (TT_EVENT_HAS(event, outcome) && event->outcome != TT_outcome_ANSWERED)
        return true;
    return TT_EVENT_HAS(event, response_code) && event->response_code != TT_RCODE_NOERROR &&
           event->response_code != TT_RCODE_NXDOMAIN;
}

/* The 16 bytes of the id as Protobuf has them, so that anybody can recompute the choice. */
static uint64_t hash_id(uint64_t random, uint64_t number)
{
    uint64_t halves[2] = {__builtin_bswap64(random), __builtin_bswap64(number)};

#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    halves[0] = random;
    halves[1] = number;
#endif
    return XXH3_64bits(halves, sizeof(halves));
}

float tt_sample_weight(const struct tt_event *event, double share)
{
    uint64_t id = TT_EVENT_HAS(event, transaction_id) ? event->transaction_id : event->event_id;

    if (share >= 1 || is_always_kept(event))
        return 1;
    /* The first 53 bits, which a double holds exactly. */
    return (double)(hash_id(event->random, id) >> 11) * 0x1p-53 < share ? (float)(1 / share) : 0;
}
