/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "event/image.h"

#include "base/err.h"
#include "event/text.h"
#include "wire/codes.h"
#include "wire/rdata.h"
#include "wire/summary.h"

/* A field that the host did not say. */
#define SET_NEW(id, value)                                                                         \
    do {                                                                                           \
        if (!TT_EVENT_HAS(event, id))                                                              \
            TT_EVENT_SET(event, id, value);                                                        \
    } while (0)

static int take_question(struct tt_event *event, struct tt_facts *facts, struct tt_arena *arena,
                         const struct tt_msg *msg)
{
    uint8_t *qname;

    if (!msg->has_question)
        return TT_OK;
    SET_NEW(query_type, msg->qtype);
    SET_NEW(query_class, msg->qclass);
    if (facts->qname.bytes != NULL)
        return TT_OK;
    qname = tt_arena_take(arena, msg->qname_len);
    if (qname == NULL)
        return TT_ENOMEM;
    memcpy(qname, msg->qname, msg->qname_len);
    facts->qname = (struct tt_span){qname, msg->qname_len};
    return TT_OK;
}

static void take_query_edns(struct tt_event *event, const struct tt_facts *facts,
                            const struct tt_summary *summary)
{
    const struct tt_edns *edns = &summary->edns;

    if (!summary->has_edns) {
        if (summary->error == TT_OK)
            SET_NEW(dnssec_ok, false);
        return;
    }
    SET_NEW(dnssec_ok, (edns->flags & TT_EDNS_DO) != 0);
    SET_NEW(edns_udp_size, edns->udp_size);
    if (facts->ecs.bytes == NULL && edns->has_ecs && edns->ecs.ip.family != 0)
        SET_NEW(ecs, ((struct tt_net){edns->ecs.ip, edns->ecs.source_prefix}));
}

static int read_query(struct tt_event *event, struct tt_facts *facts, struct tt_arena *arena)
{
    struct tt_summary summary;

    tt_summary_read(&summary, facts->query.bytes, facts->query.len);
    if (!summary.has_header)
        return TT_OK;
    SET_NEW(query_id, summary.msg.id);
    SET_NEW(opcode, summary.msg.opcode);
    SET_NEW(rd, (summary.msg.flags & TT_MSG_RD) != 0);
    SET_NEW(cd, (summary.msg.flags & TT_MSG_CD) != 0);
    if (summary.error == TT_OK)
        SET_NEW(query_size, facts->query.len);
    take_query_edns(event, facts, &summary);
    return take_question(event, facts, arena, &summary.msg);
}

/* Copies one record, its RDATA uncompressed. What cannot be copied makes the facts cut. */
static int take_rr(struct tt_facts *facts, struct tt_arena *arena, const struct tt_msg *msg,
                   const struct tt_msg_rr *rr, size_t *room)
{
    struct tt_cursor rdata = tt_msg_rdata(msg, rr);
    struct tt_fact_rr *into = &facts->rrs[facts->rrs_n];
    size_t before = arena->len;
    uint8_t *bytes;
    uint16_t len = 0;

    if (facts->rrs_n == TT_OBS_RRS_MAX || *room < rr->owner_len) {
        facts->is_cut = true;
        return TT_OK;
    }
    bytes = tt_arena_take(arena, *room);
    if (bytes == NULL)
        return TT_ENOMEM;
    memcpy(bytes, rr->owner, rr->owner_len);
    if (tt_rdata_read(&rdata, rr->type, rr->rr_class, rr->rdata_len, bytes + rr->owner_len,
                      *room - rr->owner_len, &len) != TT_OK) {
        arena->len = before;
        facts->is_cut = true;
        return TT_OK;
    }
    arena->len -= *room - rr->owner_len - len; /* the rest goes back */
    *room -= rr->owner_len + (size_t)len;
    into->owner = (struct tt_span){bytes, rr->owner_len};
    into->rdata = (struct tt_span){bytes + rr->owner_len, len};
    into->ttl = tt_msg_ttl(rr->ttl);
    into->type = rr->type;
    into->rr_class = rr->rr_class;
    into->section = rr->section == TT_MSG_ANSWER ? TT_RR_ANSWER : TT_RR_AUTHORITY;
    facts->rrs_n++;
    return TT_OK;
}

/* The records of a response on their way into the facts. */
struct taking {
    struct tt_facts *facts;
    struct tt_arena *arena;
    size_t room;
    int err;
};

static void take_shown(void *arg, const struct tt_summary *summary, const struct tt_msg_rr *rr)
{
    struct taking *taking = arg;

    if (taking->err == TT_OK && rr->section != TT_MSG_ADDITIONAL)
        taking->err = take_rr(taking->facts, taking->arena, &summary->msg, rr, &taking->room);
}

/* An answer to a client has the TTL as it was sent. */
static bool is_of_client(const struct tt_event *event)
{
    return event->message_type == TT_message_type_CLIENT_RESPONSE ||
           event->message_type == TT_message_type_AUTH_RESPONSE;
}

/* The response's header and EDNS. */
static void take_verdict(struct tt_event *event, struct tt_facts *facts,
                         const struct tt_summary *summary)
{
    unsigned flags = summary->msg.flags;

    SET_NEW(response_code, summary->rcode);
    SET_NEW(aa, (flags & TT_MSG_AA) != 0);
    SET_NEW(tc, (flags & TT_MSG_TC) != 0);
    SET_NEW(ra, (flags & TT_MSG_RA) != 0);
    SET_NEW(ad, (flags & TT_MSG_AD) != 0);
    SET_NEW(answer_count, summary->msg.counts[TT_MSG_ANSWER]);
    if (summary->has_edns && summary->edns.ede_n > 0) {
        SET_NEW(ede_code, summary->edns.ede_code);
        if (facts->ede_text.bytes == NULL && summary->edns.ede_text_len > 0)
            facts->ede_text = (struct tt_span){summary->edns.ede_text, summary->edns.ede_text_len};
    }
}

static int read_response(struct tt_event *event, struct tt_facts *facts, struct tt_arena *arena)
{
    struct taking taking = {facts, arena, TT_OBS_RR_BYTES_MAX, TT_OK};
    bool takes_rrs = facts->rrs_n == 0 && !facts->has_answers;
    struct tt_summary summary;
    int err;

    tt_summary_walk(&summary, facts->response.bytes, facts->response.len,
                    takes_rrs ? take_shown : NULL, &taking);
    if (!summary.has_header)
        return TT_OK;
    take_verdict(event, facts, &summary);
    if (summary.error == TT_OK)
        SET_NEW(response_size, facts->response.len);
    if (summary.has_ttl && is_of_client(event))
        SET_NEW(ttl, summary.ttl);
    else if (summary.has_ttl)
        SET_NEW(ttl_original, summary.ttl);
    err = take_question(event, facts, arena, &summary.msg);
    if (err != TT_OK || !takes_rrs)
        return err;
    facts->has_answers = true;
    facts->is_cut = facts->is_cut || summary.error != TT_OK || (summary.msg.flags & TT_MSG_TC) != 0;
    return taking.err;
}

int tt_image_read(struct tt_event *event, struct tt_facts *facts, struct tt_arena *arena)
{
    int err = TT_OK;

    if (facts->query.bytes != NULL)
        err = read_query(event, facts, arena);
    if (err == TT_OK && facts->response.bytes != NULL)
        err = read_response(event, facts, arena);
    return err;
}
