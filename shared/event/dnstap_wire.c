/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "event/dnstap_wire.h"

#include "base/err.h"
#include "event/dnstap_put.h"
#include "wire/edns.h"

enum { POINTER_TO_QUESTION = 0xc000 | TT_MSG_HEADER_LEN };

/* What both messages are made of. */
struct build {
    const struct tt_event *event;
    const struct tt_shown *shown;
    const struct tt_facts
        *facts; /* NULL: there are none, or the policy hides the name that they tell */
    uint8_t qname[TT_NAME_MAX];
    size_t qname_len; /* 0: no question */
};

#define SHOWN(build, id) tt_fields_have(&(build)->shown->fields, TT_FIELD_##id)
#define IS_SET(build, id) (SHOWN(build, id) && (build)->event->id)

static void take_question(struct build *build)
{
    uint8_t len = 0;

    if (!SHOWN(build, query_name) || !SHOWN(build, query_type))
        return;
    if (build->facts != NULL && build->facts->qname.bytes != NULL) {
        build->qname_len = build->facts->qname.len; /* case as the client sent it */
        memcpy(build->qname, build->facts->qname.bytes, build->qname_len);
    } else if (tt_name_parse(build->shown->query_name, build->qname, &len) == TT_OK) {
        build->qname_len = len;
    }
}

static void put_front(struct tt_buf *buf, const struct build *build, unsigned flags)
{
    const struct tt_event *event = build->event;

    flags |= IS_SET(build, rd) ? TT_MSG_RD : 0;
    flags |= IS_SET(build, cd) ? TT_MSG_CD : 0;
    flags |= SHOWN(build, opcode) ? (event->opcode & 15u) << 11 : 0;
    tt_wire_put_header(buf, SHOWN(build, query_id) ? event->query_id : 0, flags);
    if (build->qname_len == 0)
        return;
    tt_wire_put_question(buf, build->qname, build->qname_len, event->query_type,
                         SHOWN(build, query_class) ? event->query_class : 1);
    tt_wire_set_count(buf, TT_MSG_QUESTION, 1);
}

static void rebuild_query(struct tt_buf *buf, const struct build *build)
{
    struct tt_wire_opt opt = {.has_ecs = true};

    put_front(buf, build, 0);
    if (!SHOWN(build, edns_udp_size))
        return;
    opt.udp_size = build->event->edns_udp_size;
    opt.flags = IS_SET(build, dnssec_ok) ? TT_EDNS_DO : 0;
    tt_wire_put_opt(buf, &opt, build->event, build->shown);
    tt_wire_set_count(buf, TT_MSG_ADDITIONAL, 1);
}

static void put_fact(struct tt_buf *buf, const struct build *build, const struct tt_fact_rr *rr)
{
    if (rr->owner.len == build->qname_len &&
        memcmp(rr->owner.bytes, build->qname, build->qname_len) == 0)
        tt_wire_put_u16(buf, POINTER_TO_QUESTION);
    else
        tt_buf_bytes(buf, rr->owner.bytes, rr->owner.len);
    tt_wire_put_u16(buf, rr->type);
    tt_wire_put_u16(buf, rr->rr_class);
    tt_wire_put_u32(buf, rr->ttl);
    tt_wire_put_u16(buf, rr->rdata.len);
    tt_buf_bytes(buf, rr->rdata.bytes, rr->rdata.len);
}

static void put_facts(struct tt_buf *buf, const struct build *build, enum tt_rr_section section)
{
    const struct tt_facts *facts = build->facts;
    unsigned count = 0;

    for (unsigned i = 0; i < facts->rrs_n; i++) {
        if (facts->rrs[i].section != section)
            continue;
        put_fact(buf, build, &facts->rrs[i]);
        count++;
    }
    tt_wire_set_count(buf, section == TT_RR_ANSWER ? TT_MSG_ANSWER : TT_MSG_AUTHORITY, count);
}

static void rebuild_response(struct tt_buf *buf, const struct build *build)
{
    const struct tt_event *event = build->event;
    struct tt_wire_opt opt = {.has_ede = SHOWN(build, ede_code),
                              .extended_rcode = event->response_code >> 4 & 0xffu};
    unsigned flags = TT_MSG_QR | (event->response_code & 15u);

    flags |= IS_SET(build, aa) ? TT_MSG_AA : 0;
    flags |= IS_SET(build, tc) ? TT_MSG_TC : 0;
    flags |= IS_SET(build, ra) ? TT_MSG_RA : 0;
    flags |= IS_SET(build, ad) ? TT_MSG_AD : 0;
    put_front(buf, build, flags);
    if (build->facts != NULL && build->facts->has_answers && !build->facts->is_cut) {
        put_facts(buf, build, TT_RR_ANSWER);
        put_facts(buf, build, TT_RR_AUTHORITY);
    }
    /* Nothing else needs one: that the query had EDNS does not tell what the answer had. */
    if (!opt.has_ede && opt.extended_rcode == 0)
        return;
    tt_wire_put_opt(buf, &opt, event, build->shown);
    tt_wire_set_count(buf, TT_MSG_ADDITIONAL, 1);
}

/* One of the two messages of an event. */
struct message {
    struct tt_span image; /* bytes NULL: the host has none */
    bool has_size;
    uint16_t size; /* with has_size: on the wire, in bytes */
    bool can_rebuild;
    bool (*edit)(struct tt_buf *, struct tt_span, const struct tt_event *, const struct tt_shown *);
    void (*rebuild)(struct tt_buf *, const struct build *);
};

static bool is_whole(const struct message *message)
{
    return message->image.bytes != NULL && message->image.len >= TT_MSG_HEADER_LEN &&
           (!message->has_size || message->size == message->image.len);
}

static enum tt_wire_kind make(const struct message *message, const struct build *build,
                              bool is_hidden, uint8_t *memory, struct tt_span *made)
{
    struct tt_buf buf = tt_buf_over(memory, TT_WIRE_MAX);
    enum tt_wire_kind kind = TT_WIRE_EDITED;

    if (is_whole(message) && !is_hidden) {
        *made = message->image;
        return TT_WIRE_IMAGE;
    }
    if (!is_whole(message) || !message->edit(&buf, message->image, build->event, build->shown)) {
        kind = TT_WIRE_REBUILT;
        tt_buf_reset(&buf);
        if (message->can_rebuild)
            message->rebuild(&buf, build);
    }
    if (buf.len == 0 || buf.overflow)
        return TT_WIRE_NONE;
    *made = (struct tt_span){(const uint8_t *)buf.data, (uint16_t)buf.len};
    return kind;
}

void tt_wires_make(struct tt_wires *wires, const struct tt_event *event,
                   const struct tt_policy *policy, const struct tt_shown *shown, bool has_response)
{
    static const struct tt_span none = {NULL, 0};
    struct build build = {.event = event, .shown = shown};
    struct message query = {
        .can_rebuild = true, .edit = tt_wire_edit_query, .rebuild = rebuild_query};
    struct message response = {.edit = tt_wire_edit_response, .rebuild = rebuild_response};
    bool is_hidden = policy->privacy.client != TT_PRIVACY_FULL;
    enum tt_wire_kind kind = TT_WIRE_NONE;

    if (policy->privacy.query_name == TT_PRIVACY_NAME_FULL && event->facts != NULL) {
        build.facts = event->facts;
        query.image = build.facts->query;
        response.image = build.facts->response;
        query.can_rebuild = query.image.bytes != NULL || response.image.bytes == NULL;
    }
    query.has_size = TT_EVENT_HAS(event, query_size);
    query.size = event->query_size;
    response.has_size = TT_EVENT_HAS(event, response_size);
    response.size = event->response_size;
    response.can_rebuild = SHOWN(&build, response_code);
    wires->query = wires->response = none;
    take_question(&build);
    wires->kind = make(&query, &build, is_hidden, wires->query_bytes, &wires->query);
    if (has_response)
        kind = make(&response, &build, is_hidden, wires->response_bytes, &wires->response);
    wires->kind = TT_MAX(wires->kind, kind);
}
