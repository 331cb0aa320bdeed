/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "event/privacy.h"

#include "base/err.h"
#include "event/client_hash.h"
#include "event/mention.h"
#include "event/privacy_rows.h"
#include "event/within.h"

#include <string.h>

int tt_policy_init(struct tt_policy *policy, const struct tt_privacy *privacy,
                   const struct tt_hash_key *key)
{
    *policy = (struct tt_policy){.privacy = *privacy};
    policy->privacy.key_file = NULL;
    if (privacy->client >= TT_PRIVACY_CLIENTS_N || privacy->query_name >= TT_PRIVACY_NAMES_N)
        return TT_EINVAL;
    for (int topic = 0; topic < TT_TOPICS_N; topic++) {
        policy->keep[topic] = tt_fields_of_topic((enum tt_topic)topic);
        for (int i = 0; i < TT_FIELDS_N; i++)
            if (tt_privacy_rows[i].client[privacy->client] == TT_PRIVACY_DROP ||
                tt_privacy_rows[i].name[privacy->query_name] == TT_PRIVACY_DROP)
                tt_fields_drop(&policy->keep[topic], (enum tt_field)i);
    }
    if (privacy->client != TT_PRIVACY_HASH || key->len == 0)
        return TT_OK;
    memcpy(policy->key_id, key->id, sizeof(policy->key_id));
    return tt_client_hash_new(key, &policy->hasher);
}

void tt_policy_fini(struct tt_policy *policy)
{
    tt_client_hash_free(&policy->hasher);
}

/* 2002::/16 holds an IPv4 address behind its 16 bits (RFC 3056): that one is cut as any other. */
static uint8_t prefix_for(const struct tt_ip *ip, const struct tt_privacy *privacy)
{
    enum { V4_AT = 16 };

    if (ip->family == 4)
        return privacy->prefix_v4;
    if (ip->bytes[0] == 0x20 && ip->bytes[1] == 0x02 && privacy->prefix_v4 < 32)
        return TT_MIN(privacy->prefix_v6, (uint8_t)(V4_AT + privacy->prefix_v4));
    return privacy->prefix_v6;
}

static struct tt_net cut(const struct tt_net *net, const struct tt_privacy *privacy)
{
    struct tt_net out = {{0, {0}}, TT_MIN(net->prefix, prefix_for(&net->ip, privacy))};

    out.ip = tt_ip_cut(&net->ip, out.prefix);
    return out;
}

static void show_networks(const struct tt_event *event, const struct tt_policy *policy,
                          struct tt_shown *shown)
{
    const struct tt_privacy *privacy = &policy->privacy;

    if (tt_fields_have(&shown->fields, TT_FIELD_client_net))
        shown->client_net = cut(&event->client_net, privacy);
    if (tt_fields_have(&shown->fields, TT_FIELD_ecs))
        shown->ecs = privacy->client == TT_PRIVACY_FULL ? event->ecs : cut(&event->ecs, privacy);
}

/* A replayed record that never had an address keeps the hash it came with. */
static void show_hash(const struct tt_event *event, enum tt_topic topic,
                      struct tt_policy_hasher *hasher, const struct tt_policy *policy,
                      struct tt_shown *shown)
{
    bool is_known = TT_EVENT_HAS(event, client_ip);

    if (!tt_fields_have(&policy->keep[topic], TT_FIELD_client_hash))
        return;
    if (!is_known) {
        shown->client_hash = event->client_hash;
        shown->client_hash_key = event->client_hash_key;
        return;
    }
    tt_fields_drop(&shown->fields, TT_FIELD_client_hash);
    tt_fields_drop(&shown->fields, TT_FIELD_client_hash_key);
    if (hasher == NULL || !tt_client_hash(hasher, &event->client_ip, shown->hash_text))
        return;
    shown->client_hash = (struct tt_str){shown->hash_text, TT_CLIENT_HASH_LEN};
    shown->client_hash_key = tt_str_from(policy->key_id);
    tt_fields_add(&shown->fields, TT_FIELD_client_hash);
    tt_fields_add(&shown->fields, TT_FIELD_client_hash_key);
}

/* The zone as far as it tells no more than the registrable domain; absent (ptr NULL) when it does.
 */
static struct tt_str zone_of_domain(struct tt_str zone, struct tt_str domain)
{
    if (tt_name_is_within(domain, zone))
        return zone;
    return tt_name_is_within(zone, domain) ? domain : (struct tt_str){NULL, 0};
}

static void show_domains(const struct tt_event *event, struct tt_shown *shown)
{
    struct tt_str domain = {NULL, 0};

    if (TT_EVENT_HAS(event, registrable_domain))
        domain = event->registrable_domain;
    shown->query_name = domain;
    if (domain.ptr == NULL)
        tt_fields_drop(&shown->fields, TT_FIELD_query_name);
    if (!tt_fields_have(&shown->fields, TT_FIELD_upstream_zone))
        return;
    if (domain.ptr != NULL)
        shown->upstream_zone = zone_of_domain(event->upstream_zone, domain);
    if (domain.ptr == NULL || shown->upstream_zone.ptr == NULL)
        tt_fields_drop(&shown->fields, TT_FIELD_upstream_zone);
}

static void show_names(const struct tt_event *event, const struct tt_policy *policy,
                       struct tt_shown *shown)
{
    if (policy->privacy.query_name == TT_PRIVACY_NAME_REGISTRABLE) {
        show_domains(event, shown);
        return;
    }
    if (tt_fields_have(&shown->fields, TT_FIELD_query_name))
        shown->query_name = event->query_name;
    if (tt_fields_have(&shown->fields, TT_FIELD_upstream_zone))
        shown->upstream_zone = event->upstream_zone;
}

/* A replayed record may hold the client's network without its address, and that may be all of it.
 */
static bool tells_client(const struct tt_event *event, struct tt_str text)
{
    return (TT_EVENT_HAS(event, client_ip)
                ? tt_text_mentions_ip(text, &event->client_ip)
                : TT_EVENT_HAS(event, client_net) &&
                      tt_text_mentions_ip(text, &event->client_net.ip)) ||
           (TT_EVENT_HAS(event, proxied_by) && tt_text_mentions_ip(text, &event->proxied_by)) ||
           (TT_EVENT_HAS(event, ecs) && tt_text_mentions_ip(text, &event->ecs.ip));
}

/* The free texts, which servers and operators wrote: errors and policies are rare. */
static void check_texts(const struct tt_event *event, struct tt_shown *shown)
{
    struct tt_fields *fields = &shown->fields;

    if (tt_fields_have(fields, TT_FIELD_dnssec_reason) && tells_client(event, event->dnssec_reason))
        tt_fields_drop(fields, TT_FIELD_dnssec_reason);
    if (tt_fields_have(fields, TT_FIELD_ede_text) && tells_client(event, event->ede_text))
        tt_fields_drop(fields, TT_FIELD_ede_text);
    if (tt_fields_have(fields, TT_FIELD_policy_name) &&
        (tt_text_is_client_trigger(event->policy_name) || tells_client(event, event->policy_name)))
        tt_fields_drop(fields, TT_FIELD_policy_name);
}

void tt_event_show(const struct tt_event *event, enum tt_topic topic,
                   const struct tt_policy *policy, struct tt_shown *shown)
{
    const struct tt_fields *keep = &policy->keep[topic];

    shown->fields.bits[0] = event->have.bits[0] & keep->bits[0];
    shown->fields.bits[1] = event->have.bits[1] & keep->bits[1];
    show_networks(event, policy, shown);
    if (policy->privacy.client == TT_PRIVACY_HASH)
        show_hash(event, topic, policy->hasher, policy, shown);
    show_names(event, policy, shown);
    /* normalized is without personal fields whatever the policy says. */
    if (policy->privacy.client != TT_PRIVACY_FULL || topic == TT_TOPIC_NORMALIZED)
        check_texts(event, shown);
    if (tt_fields_have(&shown->fields, TT_FIELD_sample_weight))
        shown->sample_weight = event->sample_weight;
}
