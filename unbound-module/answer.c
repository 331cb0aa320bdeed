/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "answer.h"

#include "question.h"
#include "services/localzone.h"

/* What reply_info_answer_encode and error_encode (util/data/msgencode.c) will do with the reply. */

static uint16_t response_code(const struct tt_answer *answer)
{
    if (answer->hook == TT_HOOK_SERVFAIL)
        return LDNS_RCODE_SERVFAIL;
    if (answer->is_error)
        return (uint16_t)(answer->rcode & 0xf);
    return (uint16_t)FLAGS_GET_RCODE(answer->rep->flags);
}

void tt_answer_prefetch(const struct reply_info *rep)
{
    enum { RRSETS = 3, LINE = 64, LINES = 4 /* header, arrays and the first records */ };

    for (size_t i = 0; i < rep->an_numrrsets && i < RRSETS; i++) {
        const struct ub_packed_rrset_key *rrset = rep->rrsets[i];

        __builtin_prefetch(rrset->rk.dname);
        for (size_t line = 0; line < LINES; line++)
            __builtin_prefetch((const char *)rrset->entry.data + line * LINE);
    }
}

void tt_answer_read(struct tt_answer *answer)
{
    bool is_cached = answer->qstate == NULL && answer->hook != TT_HOOK_LOCAL;

    answer->query_flags =
        answer->client != NULL ? answer->client->reply->qflags : tt_question_flags(answer->repinfo);
    answer->is_error = answer->hook == TT_HOOK_SERVFAIL || answer->rep == NULL ||
                       (answer->hook == TT_HOOK_REPLY && answer->rcode != 0);
    answer->is_truncated = answer->hook != TT_HOOK_CACHE && (answer->rcode & BIT_TC) != 0;
    answer->response_code = response_code(answer);
    answer->is_auth_zone = answer->hook == TT_HOOK_LOCAL &&
                           (answer->rep != NULL ? answer->rep->authoritative != 0
                                                : answer->qinfo != NULL &&
                                                      answer->response_code == LDNS_RCODE_SERVFAIL);
    answer->now = is_cached ? *answer->worker->env.now : 0;
}

uint32_t tt_answer_ttl(time_t ttl, time_t now)
{
    if (ttl >= now)
        return (uint32_t)(ttl - now);
    return SERVE_EXPIRED ? (uint32_t)SERVE_EXPIRED_REPLY_TTL : 0;
}

/* The TTL of one record as Unbound encodes it (util/data/msgencode.c). */
static uint32_t record_ttl(const struct ub_packed_rrset_key *rrset, size_t i, time_t now)
{
    const struct packed_rrset_data *data = rrset->entry.data;

#ifdef PACKED_RRSET_UPSTREAM_0TTL
    if (rrset->rk.flags & PACKED_RRSET_UPSTREAM_0TTL)
        return 0;
#endif
#ifdef EXPIRED_REPLY_TTL_CALC /* newer ones do not send an expired record with more than it had */
    if (data->rr_ttl[i] < now)
        return (uint32_t)EXPIRED_REPLY_TTL_CALC(data->rr_ttl[i], data->ttl_add);
#endif
    return tt_answer_ttl(data->rr_ttl[i], now);
}

void tt_answer_put_rrset(struct tt_obs_writer *writer, enum tt_rr_section section,
                         const struct ub_packed_rrset_key *rrset, time_t now)
{
    const struct packed_rrset_data *data = rrset->entry.data;
    struct tt_tail_rr rr = {
        .type = ntohs(rrset->rk.type),
        .rr_class = ntohs(rrset->rk.rrset_class),
        .owner_len = (uint8_t)rrset->rk.dname_len,
    };

    for (size_t i = 0; i < data->count; i++) {
        if (TT_UNLIKELY(data->rr_len[i] < 2))
            continue;
        rr.ttl = record_ttl(rrset, i, now);
        rr.rdata_len = (uint16_t)(data->rr_len[i] - 2);
        tt_obs_put_rr(writer, section, &rr, rrset->rk.dname, data->rr_data[i] + 2);
        if (writer->obs->flags & TT_OBS_CUT)
            return;
        rr.owner_len = 0;
    }
}

static const struct ub_packed_rrset_key *alias_of(const struct tt_answer *answer)
{
    const struct local_rrset *alias = answer->qinfo != NULL ? answer->qinfo->local_alias : NULL;

    return alias != NULL ? alias->rrset : NULL;
}

static bool is_all_secure(const struct reply_info *rep)
{
    for (size_t i = 0; i < rep->rrset_count; i++) {
        const struct packed_rrset_data *data = rep->rrsets[i]->entry.data;

        if (data->security != sec_status_secure)
            return false;
    }
    return true;
}

bool tt_answer_may_be_rewritten(const struct tt_answer *answer)
{
    return answer->hook == TT_HOOK_CACHE &&
           (answer->worker->daemon->use_response_ip || answer->worker->daemon->use_rpz) &&
           (answer->qinfo->qtype == LDNS_RR_TYPE_A || answer->qinfo->qtype == LDNS_RR_TYPE_AAAA ||
            answer->qinfo->qtype == LDNS_RR_TYPE_ANY);
}

static void fill_ad(struct tt_obs *obs, const struct tt_answer *answer, bool has_alias)
{
    const struct reply_info *rep = answer->rep;
    bool is_asked = (answer->edns->bits & EDNS_DO) || (answer->query_flags & BIT_AD);

    if (rep->security == sec_status_secure && answer->hook != TT_HOOK_LOCAL) {
        /* Another answer in the place of the cached one has AD off; from 1.18 one cannot tell. */
        if (TT_UNBOUND_SINCE(18) && tt_answer_may_be_rewritten(answer))
            return;
        if (is_asked && !answer->is_rewritten && !has_alias &&
            (answer->qstate != NULL || is_all_secure(rep)))
            obs->flags |= TT_OBS_AD;
    }
    obs->have |= TT_HAVE_AD;
}

/* RA of an auth-zone answer is set afterwards, from the access-control action, which is not seen.
 */
static void fill_auth_zone_flags(struct tt_obs *obs, const struct tt_answer *answer)
{
    obs->have |= TT_HAVE_AD;
    if (tt_module.has_non_local_acl)
        return;
    if (answer->query_flags & BIT_RD)
        obs->flags |= TT_OBS_RA;
    if (answer->rep == NULL || (answer->rep->flags & BIT_AA))
        obs->flags |= TT_OBS_AA;
    obs->have |= TT_HAVE_RESPONSE_FLAGS;
}

static void fill_flags(struct tt_obs *obs, const struct tt_answer *answer)
{
    bool has_alias = alias_of(answer) != NULL;

    if (answer->is_auth_zone) {
        fill_auth_zone_flags(obs, answer);
        return;
    }
    obs->have |= TT_HAVE_RESPONSE_FLAGS;
    if (answer->is_error) {
        /* CHAOS and error answers say RA; those of local zones AA too. */
        obs->flags |= TT_OBS_RA;
        if (answer->hook == TT_HOOK_LOCAL && answer->qinfo != NULL)
            obs->flags |= TT_OBS_AA;
        obs->have |= TT_HAVE_AD;
        return;
    }
    if (answer->rep->flags & BIT_RA)
        obs->flags |= TT_OBS_RA;
    if ((answer->rep->flags & BIT_AA) &&
        (answer->hook == TT_HOOK_LOCAL || answer->rep->authoritative))
        obs->flags |= TT_OBS_AA;
    if (has_alias && (answer->response_code == LDNS_RCODE_NOERROR ||
                      answer->response_code == LDNS_RCODE_NXDOMAIN))
        obs->flags |= TT_OBS_AA;
    fill_ad(obs, answer, has_alias);
}

/* Of the records themselves: in a local zone the set's own TTL is another. */
static uint32_t lowest_ttl(const struct ub_packed_rrset_key *rrset, time_t now, uint32_t ttl)
{
    const struct packed_rrset_data *data = rrset->entry.data;

    for (size_t i = 0; i < data->count; i++) {
        uint32_t one = record_ttl(rrset, i, now);

        ttl = TT_MIN(ttl, one);
    }
    return ttl;
}

/* The answer ends in what was asked for, and not with nothing or with an alias. */
static bool is_positive(const struct tt_answer *answer)
{
    const struct reply_info *rep = answer->rep;

    return rep->an_numrrsets > 0 &&
           (rep->rrsets[rep->an_numrrsets - 1]->rk.type != htons(LDNS_RR_TYPE_CNAME) ||
            (answer->qinfo != NULL && answer->qinfo->qtype == LDNS_RR_TYPE_CNAME));
}

/* The first set of a type in the authority section; NULL: there is none. */
static const struct ub_packed_rrset_key *find_authority(const struct reply_info *rep, uint16_t type)
{
    for (size_t i = rep->an_numrrsets; i < rep->an_numrrsets + rep->ns_numrrsets; i++)
        if (rep->rrsets[i]->rk.type == htons(type))
            return rep->rrsets[i];
    return NULL;
}

/* Where an answer without records points to (RFC 2308 section 2.2). */
static const struct ub_packed_rrset_key *referral_of(const struct tt_answer *answer)
{
    const struct reply_info *rep = answer->rep;

    return rep->an_numrrsets == 0 && answer->response_code == LDNS_RCODE_NOERROR &&
                   find_authority(rep, LDNS_RR_TYPE_SOA) == NULL
               ? find_authority(rep, LDNS_RR_TYPE_NS)
               : NULL;
}

/* Of an answer without records: how long it holds (RFC 2308 section 5). */
static void fill_empty(struct tt_obs *obs, const struct tt_answer *answer)
{
    const struct ub_packed_rrset_key *soa = find_authority(answer->rep, LDNS_RR_TYPE_SOA);

    if (referral_of(answer) != NULL) {
        obs->flags |= TT_OBS_REFERRAL;
        obs->have |= TT_HAVE_REFERRAL;
    }
    if (soa == NULL && (answer->rep->rrset_count == 0 || answer->hook == TT_HOOK_LOCAL))
        return;
    obs->ttl = soa != NULL ? lowest_ttl(soa, answer->now, UINT32_MAX)
                           : tt_answer_ttl(answer->rep->ttl, answer->now);
    obs->have |= TT_HAVE_TTL;
}

/* Counts the records of the answer section and finds the lowest TTL. To ANY Unbound answers with
 * the signatures, DO or not. */
static void fill_section(struct tt_obs *obs, const struct tt_answer *answer)
{
    const struct ub_packed_rrset_key *alias = alias_of(answer);
    const struct reply_info *rep = answer->rep;
    bool is_any = answer->qinfo != NULL && answer->qinfo->qtype == LDNS_RR_TYPE_ANY;
    bool has_signatures = (answer->edns->bits & EDNS_DO) || is_any;
    uint32_t ttl = alias != NULL ? lowest_ttl(alias, 0, UINT32_MAX) : UINT32_MAX;
    size_t n = alias != NULL ? 1 : 0;

    for (size_t i = 0; i < rep->an_numrrsets; i++) {
        const struct packed_rrset_data *data = rep->rrsets[i]->entry.data;

        n += data->count + (has_signatures ? data->rrsig_count : 0);
        ttl = lowest_ttl(rep->rrsets[i], answer->now, ttl);
    }
    obs->answer_count = (uint16_t)TT_MIN(n, UINT16_MAX);
    obs->have |= TT_HAVE_ANSWER_COUNT;
    if (n == 0) {
        fill_empty(obs, answer);
        return;
    }
    obs->ttl = ttl;
    obs->have |= TT_HAVE_TTL;
}

static void put_section(struct tt_obs_writer *writer, const struct tt_answer *answer)
{
    const struct ub_packed_rrset_key *alias = alias_of(answer), *told;

    if (alias != NULL)
        tt_answer_put_rrset(writer, TT_RR_ANSWER, alias, 0);
    for (size_t i = 0; i < answer->rep->an_numrrsets && !(writer->obs->flags & TT_OBS_CUT); i++)
        tt_answer_put_rrset(writer, TT_RR_ANSWER, answer->rep->rrsets[i], answer->now);
    if (is_positive(answer))
        return;
    told = referral_of(answer);
    if (told == NULL)
        told = find_authority(answer->rep, LDNS_RR_TYPE_SOA);
    if (told != NULL)
        tt_answer_put_rrset(writer, TT_RR_AUTHORITY, told, answer->now);
}

void tt_answer_fill(struct tt_obs_writer *writer, const struct tt_answer *answer, bool want_records)
{
    struct tt_obs *obs = writer->obs;
    bool is_chaos = answer->qinfo == NULL;

    obs->response_code = answer->response_code;
    obs->have |= TT_HAVE_RESPONSE_CODE;
    fill_flags(obs, answer);
    if (answer->is_truncated) {
        obs->flags |= TT_OBS_TC;
        obs->have |= TT_HAVE_TC;
    }
    if (!answer->is_error)
        fill_section(obs, answer);
    else if (!is_chaos)
        obs->have |= TT_HAVE_ANSWER_COUNT;
    if (want_records && !is_chaos) {
        obs->have |= TT_HAVE_ANSWERS;
        obs->flags |= (uint16_t)(answer->is_truncated ? TT_OBS_CUT : 0);
        if (!answer->is_error)
            put_section(writer, answer);
    }
}
