/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "dropped.h"

#include <limits.h>

#include "client.h"
#include "moment.h"
#include "question.h"
#include "reasons.h"
#include "upstream.h"

static void count(struct tt_seat *seat, uint8_t drop_reason)
{
    if (drop_reason == TT_drop_reason_DISCARD_TIMEOUT)
        seat->unseen.discarded++;
}

void tt_dropped_tell(struct tt_seat *seat, struct module_qstate *qstate, struct tt_work *work,
                     struct tt_client *client, uint8_t drop_reason)
{
    const struct mesh_reply *reply = client->reply;
    struct tt_obs_writer writer;
    struct tt_obs *obs = tt_port_claim(seat->port, TT_message_type_CLIENT_RESPONSE, &writer);

    tt_work_mark_told(seat, client);
    count(seat, drop_reason);
    if (TT_UNLIKELY(obs == NULL))
        return;
    tt_moment_fill(obs, &reply->start_time);
    obs->outcome = TT_outcome_DROPPED;
    obs->drop_reason = drop_reason;
    obs->worker = (uint16_t)qstate->env->worker->thread_num;
    obs->have |= TT_HAVE_WORKER | TT_HAVE_COALESCED;
    if (client->is_joined)
        obs->flags |= TT_OBS_COALESCED;
    obs->transaction = work->transaction;
    obs->parent = tt_work_parent(qstate, work);
    /* Not the server's address: the communication point may serve another client by now. */
    tt_client_fill(obs, &reply->query_reply, client->transport);
    tt_question_fill_waiting(&writer, qstate, client);
    tt_reasons_fill_dropped(&writer, qstate, work);
    tt_port_commit(seat->port, &writer);
}

static void tell_gone(struct tt_seat *seat, struct module_qstate *qstate, struct tt_work *work)
{
    const struct mesh_reply *listed = qstate->mesh_info->reply_list;

    /* Ours holds all of Unbound's, in the same order. */
    for (struct tt_client *client = work->clients; client != NULL; client = client->next) {
        if (listed == client->reply)
            listed = listed->next;
        else if (!client->is_told)
            tt_dropped_tell(seat, qstate, work, client, TT_drop_reason_CLIENT_GONE);
    }
}

void tt_dropped_note_done(struct tt_seat *seat, struct module_qstate *qstate, struct tt_work *work)
{
    const struct mesh_state *state = qstate->mesh_info;

    if (work->is_done)
        return;
    work->is_done = true;
    tt_work_note_clients(seat, qstate, work, false);
    tell_gone(seat, qstate, work);
    work->waiting_before = (uint32_t)qstate->env->mesh->num_reply_addrs;
    for (const struct mesh_reply *reply = state->reply_list; reply != NULL; reply = reply->next)
        work->listed_n++;
    /* Callbacks of internal lookups may start new ones: then nothing can be learnt from the count.
     */
    if (state->cb_list != NULL)
        work->listed_n = 0;
}

/* In older releases answers that are thrown away stay in mesh->num_reply_addrs for ever: how many
 * clients should it have lost, and how many has it? */
static void learn_uncounted(struct tt_seat *seat, const struct module_qstate *qstate,
                            const struct tt_work *work)
{
    uint64_t waiting = qstate->env->mesh->num_reply_addrs;
    uint64_t taken_off = work->waiting_before > waiting ? work->waiting_before - waiting : 0;

    if (qstate->mesh_info->replies_sent && work->listed_n > taken_off)
        seat->unseen.uncounted += work->listed_n - taken_off;
}

static uint8_t reason_of(struct tt_seat *seat, const struct module_qstate *qstate)
{
    size_t jostled = qstate->env->mesh->stats_jostled;
    /* Not only more: a reset of Unbound's statistics lies between. */
    bool was_jostled = jostled != 0 && jostled != seat->jostled;

    seat->jostled = jostled;
    if (qstate->mesh_info->replies_sent)
        return qstate->is_drop ? TT_drop_reason_POLICY : TT_drop_reason_DISCARD_TIMEOUT;
    /* worker->need_to_exit does not tell: a reload leaves it 0. */
    return was_jostled ? TT_drop_reason_JOSTLED : TT_drop_reason_SHUTDOWN;
}

/* The worker is stopping, and this state is the first to be cut off: the lists of the others are
 * whole still. Once, since there may be thousands of them and nothing is answered meanwhile. */
static void note_others(struct tt_seat *seat, const struct module_qstate *qstate,
                        struct tt_work *work)
{
    if (seat->is_cut_off)
        return;
    seat->is_cut_off = true;
    tt_work_leave(seat, work);
    tt_work_catch_up(seat, qstate->env->worker, UINT_MAX);
}

void tt_dropped_finish(struct tt_seat *seat, struct module_qstate *qstate, struct tt_work *work)
{
    const struct worker *worker = qstate->env->worker;
    uint8_t reason = reason_of(seat, qstate);
    bool had_clients = work->before != NULL;

    if (reason == TT_drop_reason_SHUTDOWN)
        note_others(seat, qstate, work);
    tt_work_leave(seat, work);
    for (struct tt_client *client = work->clients; client != NULL; client = client->next)
        if (!client->is_told)
            tt_dropped_tell(seat, qstate, work, client, reason);
    tt_upstream_abandon(seat, qstate, work,
                        reason == TT_drop_reason_SHUTDOWN || reason == TT_drop_reason_JOSTLED
                            ? reason
                            : TT_drop_reason_OTHER);
    learn_uncounted(seat, qstate, work);
    /* One is jostled while another arrives, which is counted already and will publish. */
    if (!had_clients || reason == TT_drop_reason_JOSTLED)
        return;
    if (reason == TT_drop_reason_SHUTDOWN)
        tt_unseen_settle(&seat->unseen, worker);
    tt_unseen_publish(&seat->unseen, seat->port, worker, false);
}
