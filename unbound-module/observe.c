/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "observe.h"

#include "answer.h"
#include "client.h"
#include "dropped.h"
#include "dynlibmod/dynlibmod.h"
#include "moment.h"
#include "question.h"
#include "reasons.h"
#include "rewrite.h"
#include "upstream.h"

/* The reply callbacks of Unbound have this signature (util/module.h). */
#define REPLY_ARGS                                                                                 \
    struct query_info *qinfo, struct module_qstate *qstate, struct reply_info *rep, int rcode,     \
        struct edns_data *edns, struct edns_option **opt_list_out, struct comm_reply *repinfo,     \
        struct regional *region, struct timeval *start_time, int id, void *arg

/* States looked at for clients that joined unseen, for each answer. */
enum { CATCH_UP_STATES = 4 };

/* A state that found all that it needs in the cache did no work. */
static void fill_work(struct tt_obs *obs, const struct tt_answer *answer)
{
    if (answer->work->transaction == 0)
        return;
    obs->transaction = answer->work->transaction;
    obs->parent = tt_work_parent(answer->qstate, answer->work);
    obs->have |= TT_HAVE_COALESCED;
    obs->flags |= (uint16_t)(answer->client->is_joined ? TT_OBS_COALESCED : 0);
}

static void tell(struct tt_seat *seat, struct tt_answer *answer)
{
    struct tt_obs_writer writer;
    struct tt_obs *obs;

    tt_answer_read(answer);
    obs = tt_port_claim(seat->port,
                        answer->is_auth_zone ? TT_message_type_AUTH_RESPONSE
                                             : TT_message_type_CLIENT_RESPONSE,
                        &writer);
    if (TT_UNLIKELY(obs == NULL))
        return;
    tt_moment_fill(obs, answer->start_time);
    obs->outcome = answer->is_dropped ? TT_outcome_DROPPED : TT_outcome_ANSWERED;
    obs->drop_reason = answer->is_dropped ? TT_drop_reason_POLICY : 0;
    obs->worker = (uint16_t)answer->worker->thread_num;
    obs->have |= TT_HAVE_WORKER;
    if (answer->client != NULL) {
        fill_work(obs, answer);
        tt_client_fill(obs, answer->repinfo, answer->client->transport);
        tt_question_fill_waiting(&writer, answer->qstate, answer->client);
    } else {
        tt_client_fill(obs, answer->repinfo, tt_client_transport(answer->repinfo->c));
        tt_question_fill_arriving(&writer, answer->qinfo, answer->repinfo, answer->edns);
    }
    tt_client_fill_server(obs, answer->repinfo);
    if (!answer->is_dropped)
        tt_answer_fill(&writer, answer, (tt_port_wants(seat->port) & TT_WANT_ANSWERS) != 0);
    tt_reasons_fill(&writer, answer);
    tt_port_commit(seat->port, &writer);
}

/* The mesh itself answers a query that it does not take: out of memory, and since 1.24 over
 * wait-limit, which Unbound counts with those it throws away. */
static void count_told(struct tt_seat *seat, const struct tt_answer *answer)
{
    if (TT_LIKELY(answer->hook != TT_HOOK_SERVFAIL || answer->rep != NULL)) {
        seat->unseen.told++;
        return;
    }
    seat->unseen.told_waiting++;
    if (TT_UNBOUND_SINCE(24))
        seat->unseen.discarded++;
}

/* Answered by the worker at once. Unbound calls a second time for the same query when the answer
 * could not be encoded. */
static void tell_arriving(struct tt_answer *answer, struct regional *region)
{
    struct tt_seat *seat;
    struct tt_told told;

    answer->worker = answer->repinfo->c->cb_arg;
    seat = tt_seat_of(answer->worker);
    if (seat == NULL)
        return;
    told = tt_told_of(answer->worker, answer->repinfo);
    if (TT_UNLIKELY(tt_told_is_same(&told, &seat->last)) ||
        !tt_rewrite_foresee(seat, answer, region))
        return;
    seat->last = told;
    tt_work_catch_up(seat, answer->worker, CATCH_UP_STATES);
    tell(seat, answer);
    count_told(seat, answer);
    tt_unseen_publish(&seat->unseen, seat->port, answer->worker, true);
}

/* Answered after work. The books follow when the state ends and all its clients are told. */
static void tell_waiting(struct tt_answer *answer)
{
    struct tt_seat *seat = tt_seat_of(answer->qstate->env->worker);
    struct tt_client *client;

    if (seat == NULL)
        return;
    answer->worker = answer->qstate->env->worker;
    answer->work = tt_work_of(answer->qstate);
    if (answer->work == NULL)
        return;
    tt_work_note_clients(seat, answer->qstate, answer->work, false);
    client = tt_work_find_client(answer->work, answer->repinfo);
    if (client == NULL || client->is_told)
        return;
    answer->client = client;
    tell(seat, answer);
    tt_work_mark_told(seat, client);
}

static int observe(enum tt_hook hook, REPLY_ARGS)
{
    struct tt_answer answer = {
        .hook = hook,
        .rcode = rcode,
        .qinfo = qinfo,
        .qstate = qstate,
        .rep = rep,
        .edns = edns,
        .repinfo = repinfo,
        .start_time = start_time,
    };

    (void)opt_list_out, (void)id, (void)arg;
    /* Without an address: Unbound's own lookups (trust anchors, primaries of auth-zones). */
    if (repinfo == NULL)
        return 1;
    if (rep != NULL)
        tt_answer_prefetch(rep);
    if (qstate == NULL)
        tell_arriving(&answer, region);
    else
        tell_waiting(&answer);
    return 1;
}

#define PASS_ARGS                                                                                  \
    qinfo, qstate, rep, rcode, edns, opt_list_out, repinfo, region, start_time, id, arg

static int on_reply(REPLY_ARGS)
{
    return observe(TT_HOOK_REPLY, PASS_ARGS);
}

static int on_cache(REPLY_ARGS)
{
    return observe(TT_HOOK_CACHE, PASS_ARGS);
}

static int on_local(REPLY_ARGS)
{
    return observe(TT_HOOK_LOCAL, PASS_ARGS);
}

static int on_servfail(REPLY_ARGS)
{
    return observe(TT_HOOK_SERVFAIL, PASS_ARGS);
}

void tt_observe_start(struct module_qstate *qstate)
{
    const struct worker *worker = qstate->env->worker;
    struct tt_seat *seat = tt_seat_of(worker);
    struct tt_work *work = seat != NULL ? tt_work_of(qstate) : NULL;

    if (work == NULL || qstate->mesh_info->reply_list == NULL)
        return;
    seat->is_cut_off = false;
    tt_work_note_clients(seat, qstate, work, true);
    tt_work_catch_up(seat, worker, CATCH_UP_STATES);
    tt_unseen_publish(&seat->unseen, seat->port, worker, true);
}

void tt_observe_done(struct module_qstate *qstate)
{
    struct tt_seat *seat = tt_seat_of(qstate->env->worker);
    struct tt_work *work;

    if (seat == NULL)
        return;
    /* A lookup of the iterator that found all in the cache has neither work nor clients. */
    work = qstate->minfo[tt_module.id];
    if (work == NULL && qstate->mesh_info->reply_list != NULL)
        work = tt_work_of(qstate);
    if (work != NULL)
        tt_dropped_note_done(seat, qstate, work);
}

void tt_observe_end(struct module_qstate *qstate)
{
    struct tt_work *work = qstate->minfo[tt_module.id];
    struct tt_seat *seat = work != NULL ? tt_seat_of(qstate->env->worker) : NULL;

    if (seat != NULL)
        tt_dropped_finish(seat, qstate, work);
    qstate->minfo[tt_module.id] = NULL;
}

static const struct {
    enum inplace_cb_list_type type;
    void *callback;
} hooks[] = {
    {inplace_cb_reply, (void *)on_reply},
    {inplace_cb_reply_cache, (void *)on_cache},
    {inplace_cb_reply_local, (void *)on_local},
    {inplace_cb_reply_servfail, (void *)on_servfail},
    {inplace_cb_query, (void *)tt_upstream_query},
    {inplace_cb_query_response, (void *)tt_upstream_response},
};

void tt_observe_unregister(struct module_env *env, int id)
{
    struct dynlibmod_env *dynlib = env->modinfo[id];

    for (size_t i = 0; i < TT_COUNT(hooks); i++)
        dynlib->inplace_cb_delete_wrapped(env, hooks[i].type, id);
}

bool tt_observe_register(struct module_env *env, int id)
{
    struct dynlibmod_env *dynlib = env->modinfo[id];

    for (size_t i = 0; i < TT_COUNT(hooks); i++) {
        if (dynlib->inplace_cb_register_wrapped(hooks[i].callback, hooks[i].type, NULL, env, id))
            continue;
        tt_observe_unregister(env, id);
        return false;
    }
    return true;
}
