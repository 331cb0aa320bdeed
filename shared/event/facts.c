/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "event/facts.h"

#include "base/err.h"
#include "wire/name.h"

static bool is_name(struct tt_span span)
{
    return span.len > 0 && tt_name_len(span.bytes, span.len) == span.len;
}

/* Keeps a single item; a second one of its kind contradicts the first. */
static int keep(struct tt_span *into, struct tt_span item)
{
    if (into->bytes != NULL)
        return TT_EMALFORMED;
    *into = item;
    return TT_OK;
}

static int keep_name(struct tt_span *into, struct tt_span item)
{
    return is_name(item) ? keep(into, item) : TT_EMALFORMED;
}

static int add_rr(struct tt_facts *facts, uint8_t section, struct tt_span item)
{
    struct tt_fact_rr *rr = &facts->rrs[facts->rrs_n];
    struct tt_tail_rr head;

    if (facts->rrs_n == TT_OBS_RRS_MAX || item.len < sizeof(head))
        return TT_EMALFORMED;
    memcpy(&head, item.bytes, sizeof(head));
    if (item.len != sizeof(head) + head.owner_len + head.rdata_len)
        return TT_EMALFORMED;
    rr->owner = (struct tt_span){item.bytes + sizeof(head), head.owner_len};
    if (head.owner_len == 0 && facts->rrs_n == 0)
        return TT_EMALFORMED;
    if (head.owner_len == 0)
        rr->owner = rr[-1].owner;
    else if (!is_name(rr->owner))
        return TT_EMALFORMED;
    rr->rdata = (struct tt_span){item.bytes + sizeof(head) + head.owner_len, head.rdata_len};
    rr->ttl = head.ttl;
    rr->type = head.type;
    rr->rr_class = head.rr_class;
    rr->section = section;
    facts->rrs_n++;
    return TT_OK;
}

static int keep_policy(struct tt_facts *facts, uint8_t flags, struct tt_span item)
{
    facts->is_policy_a_name = flags & TT_TAIL_IS_NAME;
    return facts->is_policy_a_name ? keep_name(&facts->policy_name, item) : keep(&facts->policy_name, item);
}

static int take_item(struct tt_facts *facts, const struct tt_tail_head *head, struct tt_span item)
{
    switch (head->kind) {
    case TT_TAIL_QNAME:
        return keep_name(&facts->qname, item);
    case TT_TAIL_RR:
        return add_rr(facts, head->flags, item);
    case TT_TAIL_ECS:
        return keep(&facts->ecs, item);
    case TT_TAIL_EDE_TEXT:
        return keep(&facts->ede_text, item);
    case TT_TAIL_DNSSEC_REASON:
        return keep(&facts->dnssec_reason, item);
    case TT_TAIL_POLICY_NAME:
        return keep_policy(facts, head->flags, item);
    case TT_TAIL_UPSTREAM_ZONE:
        return keep_name(&facts->upstream_zone, item);
    case TT_TAIL_VIEW:
        return keep(&facts->view, item);
    case TT_TAIL_QUERY:
        return keep(&facts->query, item);
    case TT_TAIL_RESPONSE:
        return keep(&facts->response, item);
    default:
        return TT_OK;
    }
}

/* All of the tail is read before anything is believed; the rrs themselves need no clearing. */
static void clear(struct tt_facts *facts)
{
    static const struct tt_span none = {NULL, 0};

    facts->qname = facts->ecs = facts->ede_text = facts->dnssec_reason = facts->policy_name = none;
    facts->upstream_zone = facts->view = facts->query = facts->response = none;
    facts->rrs_n = 0;
    facts->is_policy_a_name = false;
}

int tt_facts_from_tail(struct tt_facts *facts, const struct tt_obs *obs, size_t obs_len)
{
    const uint8_t *at = (const uint8_t *)(obs + 1);
    size_t left = obs->tail_len;
    int err = TT_OK;

    clear(facts);
    facts->is_cut = obs->flags & TT_OBS_CUT;
    facts->has_answers = obs->have & TT_HAVE_ANSWERS;
    if (obs_len < sizeof(*obs) + left || left > TT_OBS_MAX - sizeof(*obs))
        return TT_EMALFORMED;
    while (left > 0 && err == TT_OK) {
        struct tt_tail_head head;
        if (left < sizeof(head))
            return TT_EMALFORMED;
        memcpy(&head, at, sizeof(head));
        if (left - sizeof(head) < head.len)
            return TT_EMALFORMED;
        err = take_item(facts, &head, (struct tt_span){at + sizeof(head), head.len});
        at += sizeof(head) + head.len;
        left -= sizeof(head) + head.len;
    }
    return err;
}
