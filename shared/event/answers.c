/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/*
 * The final owner is where the CNAME chain from query_name ends; addresses, record data and digest
 * are of the RRset of the asked type at that owner. Everything else in the section is passed over.
 */

#include "event/answers.h"

#include "base/err.h"
#include "event/digest.h"
#include "event/records.h"
#include "event/text.h"
#include "wire/codes.h"
#include "wire/name.h"

struct answer {
    struct tt_span owner; /* the final one */
    const struct tt_fact_rr *rrset[TT_OBS_RRS_MAX]; /* of the asked type at owner */
    size_t rrset_n;
    bool is_cut; /* what is here may not be the whole answer */
};

static bool is_same(struct tt_span a, struct tt_span b)
{
    return tt_name_equal(a.bytes, a.len, b.bytes, b.len);
}

static bool is_upstream(const struct tt_event *event)
{
    return event->message_type == TT_message_type_RESOLVER_RESPONSE ||
           event->message_type == TT_message_type_FORWARDER_RESPONSE;
}

/* The alias at an owner that was not used before, so that a loop ends. */
static const struct tt_fact_rr *find_alias(const struct tt_facts *facts, struct tt_span owner, uint32_t *used)
{
    for (unsigned i = 0; i < facts->rrs_n; i++) {
        const struct tt_fact_rr *rr = &facts->rrs[i];
        if (rr->type != TT_TYPE_CNAME || rr->section != TT_RR_ANSWER || (*used >> i & 1) != 0)
            continue;
        if (!is_same(rr->owner, owner) || tt_name_len(rr->rdata.bytes, rr->rdata.len) != rr->rdata.len)
            continue;
        *used |= (uint32_t)1 << i;
        return rr;
    }
    return NULL;
}

static int follow_chain(struct tt_event *event, const struct tt_facts *facts, struct tt_arena *arena,
                        struct answer *answer)
{
    struct tt_strs names = {NULL, 0};
    struct tt_str *items = NULL;
    uint32_t used = 0;
    const struct tt_fact_rr *alias;

    answer->owner = facts->qname;
    if (event->query_type == TT_TYPE_CNAME || event->query_type == TT_TYPE_ANY)
        return TT_OK;
    while ((alias = find_alias(facts, answer->owner, &used)) != NULL) {
        if (items == NULL)
            names.items = items = tt_arena_take(arena, TT_OBS_RRS_MAX * sizeof(*items));
        if (items == NULL || tt_text_from_name(alias->rdata, arena, &items[names.items_n]) != TT_OK)
            return TT_ENOMEM;
        names.items_n++;
        answer->owner = alias->rdata;
    }
    if (names.items_n > 0)
        TT_EVENT_SET(event, answer_names, names);
    return TT_OK;
}

static int set_ips(struct tt_event *event, const struct tt_facts *facts, struct tt_arena *arena,
                   const struct answer *answer)
{
    struct tt_ip *items = NULL;
    struct tt_ips ips = {NULL, 0};

    for (unsigned i = 0; i < facts->rrs_n; i++) {
        const struct tt_fact_rr *rr = &facts->rrs[i];
        uint8_t family = rr->type == TT_TYPE_A && rr->rdata.len == 4       ? 4
                         : rr->type == TT_TYPE_AAAA && rr->rdata.len == 16 ? 6
                                                                           : 0;
        if (family == 0 || rr->section != TT_RR_ANSWER || !is_same(rr->owner, answer->owner))
            continue;
        if (items == NULL)
            ips.items = items = tt_arena_take(arena, TT_OBS_RRS_MAX * sizeof(*items));
        if (items == NULL)
            return TT_ENOMEM;
        items[ips.items_n] = (struct tt_ip){family, {0}};
        memcpy(items[ips.items_n++].bytes, rr->rdata.bytes, rr->rdata.len);
    }
    if (ips.items_n > 0)
        TT_EVENT_SET(event, answer_ips, ips);
    return TT_OK;
}

static void collect_rrset(const struct tt_event *event, const struct tt_facts *facts, struct answer *answer)
{
    for (unsigned i = 0; i < facts->rrs_n; i++) {
        const struct tt_fact_rr *rr = &facts->rrs[i];
        if (rr->section == TT_RR_ANSWER && rr->type == event->query_type &&
            rr->rr_class == event->query_class && is_same(rr->owner, answer->owner))
            answer->rrset[answer->rrset_n++] = rr;
    }
}

/* Records of a type in a section, whoever owns them. */
static bool has_type(const struct tt_facts *facts, enum tt_rr_section section, uint16_t type)
{
    for (unsigned i = 0; i < facts->rrs_n; i++)
        if (facts->rrs[i].section == section && facts->rrs[i].type == type)
            return true;
    return false;
}

/* The host's word, else RFC 2308 section 2.2: NS without SOA below an empty answer. */
static bool is_referral(const struct tt_event *event, const struct tt_facts *facts,
                        const struct answer *answer)
{
    if (TT_EVENT_HAS(event, referral))
        return event->referral;
    return answer->rrset_n == 0 && has_type(facts, TT_RR_AUTHORITY, TT_TYPE_NS) &&
           !has_type(facts, TT_RR_AUTHORITY, TT_TYPE_SOA) && !(TT_EVENT_HAS(event, aa) && event->aa);
}

/* NODATA is said of the final owner. A server that only sent the alias said nothing of its target,
 * unless an SOA record came with it; a host that answers its client has followed the chain. A chain
 * that bites its tail has no final owner. */
static bool is_nodata(const struct tt_event *event, const struct tt_facts *facts,
                      const struct answer *answer)
{
    uint32_t unused = 0;

    if (TT_EVENT_HAS(event, tc) && event->tc)
        return false; /* the records were left out on purpose */
    if (is_referral(event, facts, answer) || find_alias(facts, answer->owner, &unused) != NULL)
        return false;
    return !TT_EVENT_HAS(event, answer_names) || event->message_type == TT_message_type_CLIENT_RESPONSE ||
           has_type(facts, TT_RR_AUTHORITY, TT_TYPE_SOA);
}

/* Types that name no RRset: RRSIG and the meta types of RFC 6895 section 3.1. */
static bool is_digestible(uint16_t type)
{
    return type != TT_TYPE_RRSIG && type != 0 && type != TT_TYPE_OPT && (type < 128 || type > 255);
}

static int set_digest(struct tt_event *event, const struct tt_facts *facts, struct tt_arena *arena,
                      const struct answer *answer)
{
    uint64_t digest;
    int err = TT_OK;

    if (answer->is_cut || !TT_EVENT_HAS(event, response_code) || !is_digestible(event->query_type))
        return TT_OK;
    if (event->response_code == TT_RCODE_NXDOMAIN)
        digest = TT_DIGEST_NXDOMAIN;
    else if (event->response_code != TT_RCODE_NOERROR || !facts->has_answers)
        return TT_OK;
    else if (answer->rrset_n > 0)
        err = tt_digest_rrset(answer->rrset, answer->rrset_n, arena, &digest);
    else if (is_nodata(event, facts, answer))
        digest = TT_DIGEST_NODATA;
    else
        return TT_OK;
    if (err == TT_OK)
        TT_EVENT_SET(event, answer_digest, digest);
    return err;
}

static void set_soa_serial(struct tt_event *event, const struct tt_facts *facts)
{
    for (unsigned i = 0; i < facts->rrs_n; i++) {
        const struct tt_fact_rr *rr = &facts->rrs[i];
        const uint8_t *numbers = rr->rdata.bytes + rr->rdata.len - 20; /* RFC 1035 section 3.3.13 */
        if (rr->type != TT_TYPE_SOA || rr->rdata.len < 22 || rr->section == TT_RR_ADDITIONAL)
            continue;
        TT_EVENT_SET(event, soa_serial,
                     (uint32_t)numbers[0] << 24 | (uint32_t)numbers[1] << 16 | (uint32_t)numbers[2] << 8 |
                         numbers[3]);
        return;
    }
}

/* Of an image; a host that has parsed the answer says it itself. Where records are missing it is not known. */
static void set_referral(struct tt_event *event, const struct tt_facts *facts, const struct answer *answer)
{
    bool is_cut = facts->is_cut || (TT_EVENT_HAS(event, tc) && event->tc), is_empty;

    if (!is_upstream(event) || !facts->has_answers || TT_EVENT_HAS(event, referral) ||
        !TT_EVENT_HAS(event, answer_count) || !TT_EVENT_HAS(event, response_code))
        return;
    is_empty = event->answer_count == 0 && event->response_code == TT_RCODE_NOERROR;
    if (!(is_cut && is_empty))
        TT_EVENT_SET(event, referral, is_empty && is_referral(event, facts, answer));
}

/* The records answer_rdata shows of an upstream event: the RRset, or where a referral points to. */
static int set_rdata(struct tt_event *event, const struct tt_facts *facts, struct tt_arena *arena,
                     struct answer *answer)
{
    const struct tt_fact_rr *shown[TT_OBS_RRS_MAX];
    size_t n = 0;

    if (!is_upstream(event))
        return TT_OK;
    if (!is_referral(event, facts, answer))
        return tt_records_set(event, answer->rrset, answer->rrset_n, arena, &answer->is_cut);
    for (unsigned i = 0; i < facts->rrs_n; i++) {
        const struct tt_fact_rr *rr = &facts->rrs[i];
        if (rr->section == TT_RR_AUTHORITY && (rr->type == TT_TYPE_NS || rr->type == TT_TYPE_DS))
            shown[n++] = rr;
    }
    return tt_records_set(event, shown, n, arena, &answer->is_cut);
}

int tt_event_set_answers(struct tt_event *event, const struct tt_facts *facts, struct tt_arena *arena)
{
    struct answer answer;
    int err;

    answer.rrset_n = 0;
    answer.is_cut = facts->is_cut;
    set_soa_serial(event, facts);
    if (facts->qname.bytes == NULL || !TT_EVENT_HAS(event, query_type))
        return TT_OK;
    err = follow_chain(event, facts, arena, &answer);
    if (err != TT_OK)
        return err;
    collect_rrset(event, facts, &answer);
    set_referral(event, facts, &answer);
    err = set_ips(event, facts, arena, &answer);
    if (err == TT_OK)
        err = set_rdata(event, facts, arena, &answer);
    if (err == TT_OK)
        err = set_digest(event, facts, arena, &answer);
    if (answer.is_cut)
        TT_EVENT_SET(event, answer_truncated, true);
    return err;
}
