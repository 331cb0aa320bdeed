/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "upstream.h"

#include "answer.h"
#include "client.h"
#include "moment.h"

#include "sldns/rrdef.h"
#include "util/data/dname.h"

/* What came of an attempt. */
struct outcome {
    uint8_t outcome, drop_reason;
    const struct dns_msg *response; /* NULL: none, or none that could be used */
    const struct comm_reply *reply; /* NULL: none came */
};

static void count_outcome(struct tt_work *work, const struct outcome *end)
{
    if (end->outcome == TT_outcome_TIMEOUT)
        work->timeouts_n++;
    else if (end->outcome != TT_outcome_ANSWERED)
        return;
    else if (end->response == NULL)
        work->malformed_n++;
    else if (FLAGS_GET_RCODE(end->response->rep->flags) != LDNS_RCODE_NOERROR &&
             FLAGS_GET_RCODE(end->response->rep->flags) != LDNS_RCODE_NXDOMAIN)
        work->failures_n++;
}

static bool is_below(const struct ub_packed_rrset_key *rrset, const uint8_t *zone)
{
    return dname_strict_subdomain_c(rrset->rk.dname, (uint8_t *)(uintptr_t)zone);
}

/* A delegation: no answer, and name servers of a zone below the one that was asked. */
static bool is_referral(const struct reply_info *rep, const struct tt_attempt *attempt)
{
    bool has_ns = false;

    if (rep->an_numrrsets > 0 || FLAGS_GET_RCODE(rep->flags) != LDNS_RCODE_NOERROR ||
        attempt->zone == NULL)
        return false;
    for (size_t i = 0; i < rep->ns_numrrsets; i++) {
        const struct ub_packed_rrset_key *rrset = rep->rrsets[i];

        if (rrset->rk.type == htons(LDNS_RR_TYPE_SOA))
            return false;
        has_ns =
            has_ns || (rrset->rk.type == htons(LDNS_RR_TYPE_NS) && is_below(rrset, attempt->zone));
    }
    return has_ns;
}

static bool is_watched_authority(uint16_t type)
{
    return type == htons(LDNS_RR_TYPE_NS) || type == htons(LDNS_RR_TYPE_DS) ||
           type == htons(LDNS_RR_TYPE_SOA);
}

/* The answer, and the sets of the authority section that tell of changes. TTLs are as received but
 * for Unbound's own bounds (cache-max-ttl). */
static void put_records(struct tt_obs_writer *writer, const struct reply_info *rep)
{
    size_t authority_end = rep->an_numrrsets + rep->ns_numrrsets;

    writer->obs->have |= TT_HAVE_ANSWERS;
    for (size_t i = 0; i < rep->an_numrrsets; i++)
        tt_answer_put_rrset(writer, TT_RR_ANSWER, rep->rrsets[i], 0);
    for (size_t i = rep->an_numrrsets; i < authority_end; i++)
        if (is_watched_authority(rep->rrsets[i]->rk.type))
            tt_answer_put_rrset(writer, TT_RR_AUTHORITY, rep->rrsets[i], 0);
}

static void fill_ttl(struct tt_obs *obs, const struct reply_info *rep)
{
    size_t end = rep->an_numrrsets > 0 ? rep->an_numrrsets : rep->ns_numrrsets;
    uint32_t ttl = UINT32_MAX;

    for (size_t i = 0; i < end; i++) {
        const struct packed_rrset_data *data = rep->rrsets[i]->entry.data;

        ttl = TT_MIN(ttl, (uint32_t)data->ttl);
        if (i < rep->an_numrrsets)
            obs->answer_count = (uint16_t)(obs->answer_count + data->count + data->rrsig_count);
    }
    obs->have |= TT_HAVE_ANSWER_COUNT;
    if (end > 0) {
        obs->ttl_original = ttl;
        obs->have |= TT_HAVE_TTL_ORIGINAL;
    }
}

static void fill_flags(struct tt_obs *obs, uint16_t flags)
{
    obs->response_code = (uint16_t)FLAGS_GET_RCODE(flags);
    obs->flags |= (uint16_t)((flags & BIT_AA ? TT_OBS_AA : 0) | (flags & BIT_RA ? TT_OBS_RA : 0));
    obs->have |= TT_HAVE_RESPONSE_CODE | TT_HAVE_RESPONSE_FLAGS;
}

/* From what came: the parsed message, or the header of one that could not be used. */
static void fill_response(struct tt_obs_writer *writer, const struct tt_attempt *attempt,
                          const struct outcome *end)
{
    struct tt_obs *obs = writer->obs;
    struct sldns_buffer *buffer = end->reply != NULL ? end->reply->c->buffer : NULL;

    if (end->response != NULL) {
        const struct reply_info *rep = end->response->rep;

        fill_flags(obs, rep->flags);
        fill_ttl(obs, rep);
        if (is_referral(rep, attempt))
            obs->flags |= TT_OBS_REFERRAL;
        obs->have |= TT_HAVE_REFERRAL;
        put_records(writer, rep);
    } else if (buffer != NULL && sldns_buffer_limit(buffer) >= LDNS_HEADER_SIZE) {
        fill_flags(obs, sldns_buffer_read_u16_at(buffer, 2));
    }
    if (buffer != NULL) {
        obs->upstream_transport = tt_client_transport(end->reply->c);
        obs->response_size = (uint16_t)TT_MIN(sldns_buffer_limit(buffer), (size_t)UINT16_MAX);
        obs->have |= TT_HAVE_RESPONSE_SIZE;
    }
}

static void fill_attempt(struct tt_obs_writer *writer, const struct tt_attempt *attempt)
{
    struct tt_obs *obs = writer->obs;

    obs->query_type = attempt->qtype;
    obs->query_class = attempt->qclass;
    obs->upstream_ip = attempt->ip;
    obs->upstream_port = attempt->port;
    obs->upstream_role =
        attempt->is_forward ? TT_upstream_role_FORWARDER : TT_upstream_role_AUTHORITY;
    obs->have |= TT_HAVE_QUERY_TYPE;
    if (attempt->ip.family != 0)
        obs->have |= TT_HAVE_UPSTREAM_PORT;
    (void)tt_obs_put(writer, TT_TAIL_QNAME, 0, attempt->name, attempt->name_len);
    if (attempt->zone != NULL)
        (void)tt_obs_put(writer, TT_TAIL_UPSTREAM_ZONE, 0, attempt->zone, attempt->zone_len);
}

static void end_attempt(struct tt_seat *seat, struct module_qstate *qstate, struct tt_work *work,
                        const struct outcome *end)
{
    struct tt_attempt *attempt = &work->attempt;
    uint64_t rtt_us = (tt_moment_mono_ns() - attempt->started_ns) / 1000;
    struct tt_obs_writer writer;
    struct tt_obs *obs;

    attempt->is_pending = false;
    count_outcome(work, end);
    if (!(tt_port_wants(seat->port) & TT_WANT_UPSTREAM))
        return;
    obs = tt_port_claim(seat->port,
                        attempt->is_forward ? TT_message_type_FORWARDER_RESPONSE
                                            : TT_message_type_RESOLVER_RESPONSE,
                        &writer);
    if (TT_UNLIKELY(obs == NULL))
        return;
    obs->time_us = tt_moment_wall_us();
    obs->outcome = end->outcome;
    obs->drop_reason = end->drop_reason;
    obs->upstream_rtt_us = (uint32_t)TT_MIN(rtt_us, (uint64_t)UINT32_MAX);
    obs->worker = (uint16_t)qstate->env->worker->thread_num;
    obs->have |= TT_HAVE_WORKER | (end->outcome != TT_outcome_DROPPED ? TT_HAVE_UPSTREAM_RTT : 0);
    obs->transaction = work->transaction;
    obs->parent = tt_work_parent(qstate, work);
    fill_attempt(&writer, attempt);
    fill_response(&writer, attempt, end);
    tt_port_commit(seat->port, &writer);
}

void tt_upstream_abandon(struct tt_seat *seat, struct module_qstate *qstate, struct tt_work *work,
                         uint8_t drop_reason)
{
    struct outcome end = {TT_outcome_DROPPED, drop_reason, NULL, NULL};

    if (!work->attempt.is_pending)
        return;
    if (qstate->was_ratelimited)
        end.drop_reason = TT_drop_reason_RATE_LIMIT;
    end_attempt(seat, qstate, work, &end);
}

/* A failed TCP connection is reported with the server's address and without a communication point
 * (serviced_tcp_callback in services/outside_network.c): nothing came. */
static const struct comm_reply *what_came(const struct module_qstate *qstate)
{
    return qstate->reply != NULL && qstate->reply->c != NULL ? qstate->reply : NULL;
}

/* The iterator asks anew without having told what became of the question before: fallback of
 * use-caps-for-id after an answer or timeouts, or the question could not be sent at all. */
static void end_superseded(struct tt_seat *seat, struct module_qstate *qstate, struct tt_work *work)
{
    const struct timeval *before = &work->attempt.loop_time, *now = qstate->env->now_tv;
    struct outcome end = {TT_outcome_TIMEOUT, 0, NULL, NULL};

    end.reply = what_came(qstate);
    if (end.reply != NULL) {
        end.outcome = TT_outcome_ANSWERED;
    } else if (before->tv_sec == now->tv_sec && before->tv_usec == now->tv_usec) {
        tt_upstream_abandon(seat, qstate, work, TT_drop_reason_OTHER);
        return;
    }
    end_attempt(seat, qstate, work, &end);
}

int tt_upstream_query(struct query_info *qinfo, uint16_t flags, struct module_qstate *qstate,
                      struct sockaddr_storage *addr, socklen_t addrlen, uint8_t *zone,
                      size_t zonelen, struct regional *region, int id, void *arg)
{
    struct tt_seat *seat = tt_seat_of(qstate->env->worker);
    struct tt_work *work = seat != NULL ? tt_work_of(qstate) : NULL;

    (void)addrlen, (void)region, (void)id, (void)arg;
    if (work == NULL)
        return 1;
    if (work->attempt.is_pending)
        end_superseded(seat, qstate, work);
    if (qstate->mesh_info->reply_list != NULL)
        tt_work_note_clients(seat, qstate, work, false);
    work->attempt = (struct tt_attempt){
        .started_ns = tt_moment_mono_ns(),
        .loop_time = *qstate->env->now_tv,
        .name = qinfo->qname,
        .name_len = (uint16_t)qinfo->qname_len,
        .zone = zone,
        .zone_len = (uint16_t)zonelen,
        .qtype = qinfo->qtype,
        .qclass = qinfo->qclass,
        .is_forward = (flags & BIT_RD) != 0,
        .is_pending = true,
    };
    (void)tt_client_address(addr, &work->attempt.ip, &work->attempt.port);
    tt_work_count_upstream(seat, qstate, work);
    return 1;
}

int tt_upstream_response(struct module_qstate *qstate, struct dns_msg *response, int id, void *arg)
{
    struct tt_seat *seat = tt_seat_of(qstate->env->worker);
    struct tt_work *work = seat != NULL ? qstate->minfo[tt_module.id] : NULL;
    struct outcome end = {TT_outcome_ANSWERED, 0, response, what_came(qstate)};

    (void)id, (void)arg;
    /* An auth-zone with for-upstream answers without having been asked through a socket. */
    if (work == NULL || !work->attempt.is_pending)
        return 1;
    if (end.reply == NULL && response == NULL)
        end.outcome = TT_outcome_TIMEOUT;
    end_attempt(seat, qstate, work, &end);
    return 1;
}
