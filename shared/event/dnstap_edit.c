/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/* Wire images as they may leave under a policy that hides the client. */

#include "base/err.h"
#include "event/dnstap_put.h"
#include "event/dnstap_wire.h"
#include "wire/edns.h"
#include "wire/rdata.h"
#include "wire/summary.h"

enum { TYPE_SIG = 24, TYPE_OPT = 41, TYPE_TKEY = 249, TYPE_TSIG = 250 };

static void put_ecs(struct tt_buf *buf, const struct tt_net *net, unsigned scope)
{
    unsigned bytes_n = (net->prefix + 7u) / 8;

    tt_wire_put_u16(buf, TT_EDNS_ECS);
    tt_wire_put_u16(buf, 4 + bytes_n);
    tt_wire_put_u16(buf, net->ip.family == 4 ? 1 : 2);
    tt_buf_char(buf, (char)net->prefix);
    tt_buf_char(buf, (char)scope);
    tt_buf_bytes(buf, net->ip.bytes, bytes_n);
}

static void put_ede(struct tt_buf *buf, const struct tt_event *event, const struct tt_shown *shown)
{
    struct tt_str text = {NULL, 0};

    if (tt_fields_have(&shown->fields, TT_FIELD_ede_text))
        text = event->ede_text;
    tt_wire_put_u16(buf, TT_EDNS_EDE);
    tt_wire_put_u16(buf, 2 + text.len);
    tt_wire_put_u16(buf, event->ede_code);
    tt_buf_bytes(buf, text.ptr, text.len);
}

void tt_wire_put_opt(struct tt_buf *buf, const struct tt_wire_opt *opt,
                     const struct tt_event *event, const struct tt_shown *shown)
{
    size_t len_at;

    tt_buf_char(buf, '\0');
    tt_wire_put_u16(buf, TYPE_OPT);
    tt_wire_put_u16(buf, opt->udp_size);
    tt_wire_put_u16(buf, opt->extended_rcode << 8 | opt->version);
    tt_wire_put_u16(buf, opt->flags);
    len_at = buf->len;
    tt_wire_put_u16(buf, 0);
    if (opt->has_ecs && tt_fields_have(&shown->fields, TT_FIELD_ecs))
        put_ecs(buf, &shown->ecs, opt->ecs_scope);
    if (opt->has_ede && tt_fields_have(&shown->fields, TT_FIELD_ede_code))
        put_ede(buf, event, shown);
    if (buf->overflow)
        return;
    buf->data[len_at] = (char)((buf->len - len_at - 2) >> 8);
    buf->data[len_at + 1] = (char)(buf->len - len_at - 2);
}

static void put_opt_of(struct tt_buf *buf, const struct tt_edns *edns, const struct tt_event *event,
                       const struct tt_shown *shown)
{
    struct tt_wire_opt opt = {
        .udp_size = edns->udp_size,
        .version = edns->version,
        .flags = edns->flags,
        .extended_rcode = edns->extended_rcode,
        .has_ecs = edns->has_ecs,
        .ecs_scope = edns->ecs.scope_prefix,
        .has_ede = edns->ede_n > 0,
    };

    tt_wire_put_opt(buf, &opt, event, shown);
}

/* Only what was understood from its first to its last byte is edited. */
static bool read_whole(struct tt_summary *summary, struct tt_span image)
{
    return tt_summary_read(summary, image.bytes, image.len) == TT_OK && summary->has_header &&
           !summary->has_bad_edns && summary->msg.opcode == 0 &&
           summary->msg.counts[TT_MSG_QUESTION] <= 1;
}

bool tt_wire_edit_query(struct tt_buf *buf, struct tt_span image, const struct tt_event *event,
                        const struct tt_shown *shown)
{
    const struct tt_msg *msg;
    struct tt_summary summary;

    if (!read_whole(&summary, image))
        return false;
    msg = &summary.msg;
    tt_wire_put_header(buf, msg->id, msg->flags);
    if (msg->has_question)
        tt_wire_put_question(buf, msg->qname, msg->qname_len, msg->qtype, msg->qclass);
    tt_wire_set_count(buf, TT_MSG_QUESTION, msg->has_question);
    if (summary.has_edns)
        put_opt_of(buf, &summary.edns, event, shown);
    tt_wire_set_count(buf, TT_MSG_ADDITIONAL, summary.has_edns);
    return !buf->overflow;
}

/* Records that speak of one client or one connection. */
static bool is_left_out(const struct tt_msg_rr *rr)
{
    return rr->section == TT_MSG_ADDITIONAL && (rr->type == TYPE_OPT || rr->type == TYPE_TSIG ||
                                                rr->type == TYPE_SIG || rr->type == TYPE_TKEY);
}

/* Uncompressed: a pointer might lead to where something was left out. */
static bool put_rr(struct tt_buf *buf, const struct tt_msg *msg, const struct tt_msg_rr *rr)
{
    struct tt_cursor rdata = tt_msg_rdata(msg, rr);
    uint16_t len = 0;
    size_t len_at;

    tt_buf_bytes(buf, rr->owner, rr->owner_len);
    tt_wire_put_u16(buf, rr->type);
    tt_wire_put_u16(buf, rr->rr_class);
    tt_wire_put_u32(buf, rr->ttl);
    len_at = buf->len;
    tt_wire_put_u16(buf, 0);
    if (buf->overflow ||
        tt_rdata_read(&rdata, rr->type, rr->rr_class, rr->rdata_len,
                      (uint8_t *)buf->data + buf->len, buf->cap - buf->len, &len) != TT_OK)
        return false;
    buf->data[len_at] = (char)(len >> 8);
    buf->data[len_at + 1] = (char)len;
    buf->len += len;
    return true;
}

/* As it is up to the first record that is left out, then record by record. */
static bool put_records(struct tt_buf *buf, struct tt_span image, const struct tt_msg *msg,
                        unsigned counts[TT_MSG_SECTIONS_N])
{
    struct tt_msg_walk walk = tt_msg_walk(msg);
    struct tt_msg_rr rr;
    bool is_copied = false;
    size_t start;

    for (start = walk.cursor.at; tt_msg_next(&walk, &rr); start = walk.cursor.at) {
        if (is_left_out(&rr)) {
            if (!is_copied)
                tt_buf_bytes(buf, image.bytes, start);
            is_copied = true;
            continue;
        }
        counts[rr.section]++;
        if (is_copied && !put_rr(buf, msg, &rr))
            return false;
    }
    if (!is_copied)
        tt_buf_bytes(buf, image.bytes, image.len - walk.trailing_len);
    return walk.error == TT_OK;
}

bool tt_wire_edit_response(struct tt_buf *buf, struct tt_span image, const struct tt_event *event,
                           const struct tt_shown *shown)
{
    unsigned counts[TT_MSG_SECTIONS_N] = {0};
    struct tt_summary summary;

    if (!read_whole(&summary, image) || !put_records(buf, image, &summary.msg, counts))
        return false;
    counts[TT_MSG_QUESTION] = summary.msg.counts[TT_MSG_QUESTION];
    if (summary.has_edns) {
        put_opt_of(buf, &summary.edns, event, shown);
        counts[TT_MSG_ADDITIONAL]++;
    }
    for (unsigned section = 0; section < TT_MSG_SECTIONS_N; section++)
        tt_wire_set_count(buf, (enum tt_msg_section)section, counts[section]);
    return !buf->overflow;
}
