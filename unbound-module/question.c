/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "question.h"

#include "sldns/rrdef.h"

/*
 * A query that is answered at once still stands in the communication point's buffer when the
 * callback runs: the answer is encoded into the same buffer afterwards (daemon/worker.c,
 * services/localzone.c). Unbound has parsed it by then, so its header and question are sound.
 */

enum { HEADER_LEN = 12, OPT_FIXED_LEN = 11 };

static uint16_t read_u16(const uint8_t *at)
{
    return (uint16_t)(at[0] << 8 | at[1]);
}

/* Length of the name with its root label; 0 when it does not end within the image. */
static size_t name_len(const uint8_t *image, size_t len)
{
    size_t at = HEADER_LEN;

    while (at < len && image[at] != 0 && image[at] < 64)
        at += (size_t)image[at] + 1;
    return at < len && image[at] == 0 ? at + 1 - HEADER_LEN : 0;
}

/* The UDP size that the client offers; 0 when there is no EDNS. It is the first and only record. */
static uint16_t edns_size(const uint8_t *image, size_t len, size_t question_end)
{
    const uint8_t *opt = image + question_end;

    if (read_u16(image + 6) != 0 || read_u16(image + 8) != 0 || read_u16(image + 10) != 1)
        return 0;
    if (question_end + OPT_FIXED_LEN > len || opt[0] != 0 || read_u16(opt + 1) != LDNS_RR_TYPE_OPT)
        return 0;
    return read_u16(opt + 3);
}

uint16_t tt_question_flags(const struct comm_reply *repinfo)
{
    return read_u16(sldns_buffer_begin(repinfo->c->buffer) + 2);
}

static void note_image(struct tt_client *client, const struct mesh_reply *reply)
{
    const uint8_t *image = sldns_buffer_begin(reply->query_reply.c->buffer);
    size_t len = sldns_buffer_limit(reply->query_reply.c->buffer), name;

    if (len < HEADER_LEN || len > UINT16_MAX || memcmp(image, &reply->qid, sizeof(reply->qid)) != 0)
        return;
    client->query_size = (uint16_t)len;
    name = name_len(image, len);
    if (name > 0)
        client->edns_udp_size = edns_size(image, len, HEADER_LEN + name + 4);
}

void tt_question_note(struct tt_client *client, bool arriving, size_t udp_size_max)
{
    const struct mesh_reply *reply = client->reply;

    if (arriving)
        note_image(client, reply);
    /* Unbound has raised the size to 512, cut it to max-udp-size, or put its own for TCP: sure only
     * in between. */
    else if (client->transport == TT_transport_UDP && reply->edns.edns_present &&
             reply->edns.udp_size > 512 && reply->edns.udp_size < udp_size_max)
        client->edns_udp_size = reply->edns.udp_size;
}

static void fill_header(struct tt_obs *obs, uint16_t id, uint16_t flags)
{
    obs->query_id = id;
    obs->opcode = (uint8_t)(flags >> 11 & 0xf);
    obs->flags |= (uint16_t)((flags & BIT_RD ? TT_OBS_RD : 0) | (flags & BIT_CD ? TT_OBS_CD : 0));
    obs->have |= TT_HAVE_QUERY_ID | TT_HAVE_OPCODE | TT_HAVE_QUERY_FLAGS;
}

static void fill_type(struct tt_obs *obs, uint16_t qtype, uint16_t qclass)
{
    obs->query_type = qtype;
    obs->query_class = qclass;
    obs->have |= TT_HAVE_QUERY_TYPE;
}

static void fill_edns(struct tt_obs_writer *writer, const struct edns_data *edns, uint16_t udp_size)
{
    struct tt_obs *obs = writer->obs;

    obs->have |= TT_HAVE_DNSSEC_OK;
    if (edns->bits & EDNS_DO)
        obs->flags |= TT_OBS_DO;
    if (udp_size != 0) {
        obs->edns_udp_size = udp_size;
        obs->have |= TT_HAVE_EDNS_UDP_SIZE;
    }
    for (const struct edns_option *option = edns->opt_list_in; option != NULL; option = option->next) {
        if (TT_LIKELY(option->opt_code != LDNS_EDNS_CLIENT_SUBNET))
            continue;
        (void)tt_obs_put(writer, TT_TAIL_ECS, 0, option->opt_data, option->opt_len);
        break; /* a client may send several; one is what the option means (RFC 7871) */
    }
}

void tt_question_fill_arriving(struct tt_obs_writer *writer, const struct query_info *qinfo,
                               const struct comm_reply *repinfo, const struct edns_data *edns)
{
    const uint8_t *image = sldns_buffer_begin(repinfo->c->buffer);
    size_t len = sldns_buffer_limit(repinfo->c->buffer), name;
    struct tt_obs *obs = writer->obs;

    if (TT_UNLIKELY(len < HEADER_LEN || len > UINT16_MAX))
        return;
    fill_header(obs, read_u16(image), read_u16(image + 2));
    obs->query_size = (uint16_t)len;
    obs->have |= TT_HAVE_QUERY_SIZE;
    /* Not qinfo's name: an alias of a local zone may have taken its place. */
    name = qinfo != NULL && qinfo->local_alias == NULL ? qinfo->qname_len : name_len(image, len);
    if (TT_UNLIKELY(name == 0 || HEADER_LEN + name + 4 > len))
        return;
    (void)tt_obs_put(writer, TT_TAIL_QNAME, 0, image + HEADER_LEN, name);
    fill_type(obs, read_u16(image + HEADER_LEN + name), read_u16(image + HEADER_LEN + name + 2));
    fill_edns(writer, edns, edns_size(image, len, HEADER_LEN + name + 4));
}

void tt_question_fill_waiting(struct tt_obs_writer *writer, const struct module_qstate *qstate,
                              const struct tt_client *client)
{
    const struct mesh_reply *reply = client->reply;
    const uint8_t *name = reply->qname;
    size_t len = qstate->qinfo.qname_len;

    if (reply->local_alias != NULL && reply->local_alias->rrset != NULL) {
        name = reply->local_alias->rrset->rk.dname;
        len = reply->local_alias->rrset->rk.dname_len;
    }
    (void)tt_obs_put(writer, TT_TAIL_QNAME, 0, name, len);
    fill_type(writer->obs, qstate->qinfo.qtype, qstate->qinfo.qclass);
    fill_header(writer->obs, ntohs(reply->qid), reply->qflags);
    if (client->query_size != 0) {
        writer->obs->query_size = client->query_size;
        writer->obs->have |= TT_HAVE_QUERY_SIZE;
    }
    fill_edns(writer, &reply->edns, client->edns_udp_size);
}
