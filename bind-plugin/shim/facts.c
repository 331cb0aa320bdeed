/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "compat.h"

static uint8_t transport_of(const ns_client_t *client)
{
    if ((client->attributes & NS_CLIENTATTR_TCP) == 0 || client->handle == NULL)
        return client->handle != NULL ? TT_transport_UDP : 0;
    if (isc_nm_is_http_handle(client->handle))
        return TT_transport_DOH;
    return isc_nm_has_encryption(client->handle) ? TT_transport_DOT : TT_transport_TCP;
}

void tt_shim_note_query(struct tt_query *query, const ns_client_t *client)
{
    const isc_region_t *raw = &client->message->query;
    const struct sockaddr *proxy = NULL;
#if NS_PLUGIN_VERSION >= 2
    isc_sockaddr_t real;

    if (client->handle != NULL && isc_nm_is_proxy_handle(client->handle)) {
        real = isc_nmhandle_real_peeraddr(client->handle);
        proxy = &real.type.sa;
    }
#endif
    query->transport = transport_of(client);
    query->query_flags = (uint16_t)(client->message->flags & (DNS_MESSAGEFLAG_RD | DNS_MESSAGEFLAG_CD));
    query->has_flags = true;
    tt_shim_host->arrive(query, client->ednsversion >= 0 && SHIM_HAS_QUERY(client) ? raw->base : NULL, raw->length,
                         client->query.qname != NULL ? client->query.qname->length : 0, proxy);
}

static const uint8_t policy_actions[] = {
    [DNS_RPZ_POLICY_PASSTHRU] = TT_policy_action_PASSTHRU, [DNS_RPZ_POLICY_DROP] = TT_policy_action_DROP,
    [DNS_RPZ_POLICY_TCP_ONLY] = TT_policy_action_TCP_ONLY, [DNS_RPZ_POLICY_NXDOMAIN] = TT_policy_action_NXDOMAIN,
    [DNS_RPZ_POLICY_NODATA] = TT_policy_action_NODATA,     [DNS_RPZ_POLICY_CNAME] = TT_policy_action_CNAME,
    [DNS_RPZ_POLICY_DNS64] = TT_policy_action_DATA,        [DNS_RPZ_POLICY_RECORD] = TT_policy_action_DATA,
    [DNS_RPZ_POLICY_WILDCNAME] = TT_policy_action_CNAME,
};

bool tt_shim_has_match(const ns_client_t *client)
{
    const dns_rpz_st_t *rpz = client->query.rpz_st;

    return rpz != NULL && (rpz->state & (DNS_RPZ_REWRITTEN | DNS_RPZ_RECURSING)) == DNS_RPZ_REWRITTEN &&
           (size_t)rpz->m.policy < TT_COUNT(policy_actions) && policy_actions[rpz->m.policy] != 0;
}

/* The name of the record that matched: trigger and policy zone in one. */
void tt_shim_note_policy(struct tt_query *query, const ns_client_t *client)
{
    const dns_name_t *name = client->query.rpz_st->p_name;

    query->policy_action = policy_actions[client->query.rpz_st->m.policy];
    if (query->policy_action == TT_policy_action_TCP_ONLY && (client->attributes & NS_CLIENTATTR_TCP) != 0)
        query->policy_action = TT_policy_action_PASSTHRU;
    query->is_made = query->policy_action != TT_policy_action_PASSTHRU;
    query->policy_name_len = 0;
    if (name != NULL && name->ndata != NULL && name->length <= TT_POLICY_NAME_MAX) {
        query->policy_name_len = (uint8_t)name->length;
        memcpy(query->policy_name, name->ndata, name->length);
    }
}

/* Of a section's record sets: the lowest trust, whether any is expired data, or says what there is not. */
struct sum {
    dns_trust_t trust;
    bool is_stale, is_negative;
};

static struct sum sum_up(const dns_message_t *message, dns_section_t section)
{
    const dns_name_t *name = ISC_LIST_HEAD(message->sections[section]);
    struct sum sum = {dns_trust_ultimate, false, false};

    for (; name != NULL; name = ISC_LIST_NEXT(name, link))
        for (const dns_rdataset_t *set = ISC_LIST_HEAD(name->list); set != NULL; set = ISC_LIST_NEXT(set, link)) {
            sum.trust = TT_MIN(sum.trust, set->trust);
            sum.is_stale |= (set->attributes & DNS_RDATASETATTR_STALE) != 0;
            sum.is_negative |= (set->attributes & DNS_RDATASETATTR_NEGATIVE) != 0 || set->type == dns_rdatatype_soa;
        }
    return sum;
}

/* Nobody validates what is this server's own. */
static uint8_t dnssec_status(dns_trust_t trust, const dns_view_t *view)
{
    if (trust >= dns_trust_secure)
        return trust == dns_trust_secure ? TT_dnssec_status_SECURE : 0;
    return trust > dns_trust_pending_answer && view->enablevalidation ? TT_dnssec_status_INSECURE
                                                                      : TT_dnssec_status_UNCHECKED;
}

/* Question and answer, or the way to it, are of a zone of this server's; without authzone of a DLZ driver's.
 * The zones that named makes by itself serve nobody. */
static uint8_t own_status(const query_ctx_t *qctx)
{
    const ns_query_t *query = &qctx->client->query;

    if (query->authdb == NULL || !(qctx->authoritative || query->isreferral))
        return 0;
    return query->authzone != NULL && dns_zone_getautomatic(query->authzone) ? TT_cache_status_LOCAL
                                                                             : TT_cache_status_AUTHORITATIVE;
}

void tt_shim_judge(struct tt_query *query, const query_ctx_t *qctx)
{
    const ns_client_t *client = qctx->client;
    uint8_t own = query->is_made ? TT_cache_status_LOCAL : own_status(qctx);
    struct sum sum, below;

    if (TT_UNLIKELY(client->message->rcode == dns_rcode_badcookie))
        return;
    query->cache_status = query->transaction != 0 ? TT_cache_status_MISS : own != 0 ? own : TT_cache_status_HIT;
    if (own != 0)
        return;
    sum = sum_up(client->message, DNS_SECTION_ANSWER);
    below = sum_up(client->message, DNS_SECTION_AUTHORITY);
    if (sum.trust == dns_trust_ultimate || below.is_negative) /* it ends in nothing, or with an alias to it */
        sum = (struct sum){TT_MIN(sum.trust, below.trust), sum.is_stale || below.is_stale, true};
    query->cache_status = sum.is_stale ? TT_cache_status_STALE : query->cache_status;
    if (!client->query.isreferral && client->view != NULL)
        query->dnssec_status = dnssec_status(sum.trust, client->view);
}

static const struct {
    isc_result_t from;
    uint8_t to;
} results[] = {
    {ISC_R_SUCCESS, TT_RESULT_SUCCESS},        {DNS_R_CNAME, TT_RESULT_SUCCESS},
    {DNS_R_DNAME, TT_RESULT_SUCCESS},          {DNS_R_NCACHENXDOMAIN, TT_RESULT_SUCCESS},
    {DNS_R_NCACHENXRRSET, TT_RESULT_SUCCESS},  {ISC_R_TIMEDOUT, TT_RESULT_TIMEOUT},
    {DNS_R_FORMERR, TT_RESULT_MALFORMED},      {ISC_R_HOSTUNREACH, TT_RESULT_UNREACHABLE},
    {ISC_R_NETUNREACH, TT_RESULT_UNREACHABLE}, {ISC_R_ADDRNOTAVAIL, TT_RESULT_UNREACHABLE},
    {ISC_R_ALREADYRUNNING, TT_RESULT_LOOP},    {ISC_R_QUOTA, TT_RESULT_QUOTA},
    {ISC_R_NOMEMORY, TT_RESULT_INTERNAL},      {ISC_R_SHUTTINGDOWN, TT_RESULT_INTERNAL},
    {ISC_R_CANCELED, TT_RESULT_INTERNAL},      {DNS_R_DUPLICATE, TT_RESULT_DUPLICATE},
    {DNS_R_DROP, TT_RESULT_DROP},
};

uint8_t tt_shim_result_of(isc_result_t result)
{
    for (size_t i = 0; i < TT_COUNT(results); i++)
        if (results[i].from == result)
            return results[i].to;
    return TT_RESULT_OTHER;
}

/* A validation that came to an end, and not to a good one. */
static bool is_bogus(const struct tt_query *query)
{
    uint8_t result = tt_shim_result_of((isc_result_t)query->validation);

    return query->fetches_n > 0 && result != TT_RESULT_SUCCESS && result != TT_RESULT_TIMEOUT &&
           result != TT_RESULT_QUOTA && result != TT_RESULT_INTERNAL;
}

/* Of what was more than a look into the cache. */
static void find_rest(const struct tt_query *query, const ns_client_t *client, struct tt_shim_facts *facts)
{
    isc_counter_t *counter = client->query.qc;

    facts->has_code = client->message->rcode != dns_rcode_noerror;
    facts->is_failure_kept = (client->attributes & NS_CLIENTATTR_NOSETFC) == 0;
    facts->may_fetch = client->query.authdbset && client->query.authdb == NULL && facts->is_failure_kept &&
                       (client->query.attributes & NS_QUERYATTR_RECURSIONOK) != 0;
    facts->validation = is_bogus(query) ? isc_result_totext((isc_result_t)query->validation) : NULL;
    facts->counts_exchanges = query->transaction != 0 && counter != NULL;
    facts->exchanges_n = counter != NULL ? (uint32_t)isc_counter_used(counter) : 0;
    facts->exchanges_max = counter != NULL ? (uint32_t)isc_counter_getlimit(counter) : 0;
}

void tt_shim_tell(struct tt_query *query, const ns_client_t *client)
{
    const dns_name_t *name = ISC_LIST_HEAD(client->message->sections[DNS_SECTION_QUESTION]);
    const dns_ednsopt_t *ede = SHIM_EDE(client);
    /* What was sent lies in the client's own buffer, or over TCP in one made to measure, until it is used again. */
    bool is_long = client->tcpbuf != NULL && client->tcpbuf != client->manager->tcp_buffer;
    struct tt_shim_facts facts = {
        .client = &client->peeraddr.type.sa,
        .server = &client->destsockaddr.type.sa,
        .name = name != NULL ? name->ndata : NULL,
        .sent = is_long ? client->tcpbuf : client->sendbuf,
        .ede = ede != NULL ? ede->value : NULL,
        .view = client->view,
        .view_name = client->view != NULL ? client->view->name : NULL,
        .sent_cap = is_long ? client->tcpbuf_size : sizeof(client->sendbuf),
        .name_len = name != NULL ? (uint16_t)name->length : 0,
        .type = client->query.qtype,
        .rr_class = client->message->rdclass,
        .id = client->message->id,
        .ede_len = ede != NULL ? ede->length : 0,
        .is_answered = (client->query.attributes & NS_QUERYATTR_ANSWERED) != 0,
        .is_referral = client->query.isreferral,
        .is_dnssec_ok = (client->extflags & DNS_MESSAGEEXTFLAG_DO) != 0,
        .has_ecs = (client->attributes & NS_CLIENTATTR_HAVEECS) != 0,
    };

    if (TT_UNLIKELY(facts.has_ecs)) {
        facts.ecs_family = client->ecs.addr.family == AF_INET ? 1 : client->ecs.addr.family == AF_INET6 ? 2 : 0;
        facts.ecs_prefix = client->ecs.source;
        facts.ecs_address = (const uint8_t *)&client->ecs.addr.type;
    }
    if (TT_UNLIKELY(query->transaction != 0 || query->cache_status != TT_cache_status_HIT))
        find_rest(query, client, &facts);
    tt_shim_host->tell(query, &facts);
}
