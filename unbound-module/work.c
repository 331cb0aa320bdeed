/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "work.h"

#include "client.h"
#include "dropped.h"
#include "question.h"

/* States wait for states; a chain deeper than this is not followed, and of the thousands that an
 * attacker can have wait for one lookup no more are counted up for each exchange. */
enum { DEPTH_MAX = 8, VISITS_MAX = 256 };

struct tt_work *tt_work_of(struct module_qstate *qstate)
{
    struct tt_work *work = qstate->minfo[tt_module.id];

    if (work != NULL)
        return work;
    work = regional_alloc_zero(qstate->region, sizeof(*work));
    if (work == NULL)
        return NULL;
    qstate->minfo[tt_module.id] = work;
    return work;
}

uint64_t tt_work_parent(struct module_qstate *qstate, struct tt_work *work)
{
    struct mesh_state *state = qstate->mesh_info;
    struct mesh_state_ref *ref;
    struct tt_work *super;

    /* Kept, because the one that waits may be gone when the last event is written. */
    if (work->parent != 0 || state->super_set.count == 0)
        return work->parent;
    ref = (struct mesh_state_ref *)rbtree_first(&state->super_set);
    super = tt_work_of(&ref->s->s);
    if (super != NULL)
        work->parent = super->transaction;
    return work->parent;
}

static void count_up(struct tt_seat *seat, struct mesh_state *state, unsigned depth)
{
    struct tt_work *work = tt_work_of(&state->s);
    struct mesh_state_ref *ref;

    /* Two states may wait for one and be waited for by a third, which counts once. */
    if (work == NULL || work->visit == seat->visit || seat->visits_n == VISITS_MAX)
        return;
    seat->visits_n++;
    work->visit = seat->visit;
    work->upstream_n++;
    if (work->transaction == 0)
        work->transaction = tt_port_transaction(seat->port);
    if (depth == DEPTH_MAX || state->super_set.count == 0)
        return;
    RBTREE_FOR(ref, struct mesh_state_ref *, &state->super_set)
    count_up(seat, ref->s, depth + 1);
}

void tt_work_count_upstream(struct tt_seat *seat, struct module_qstate *qstate,
                            struct tt_work *work)
{
    seat->visit++;
    seat->visits_n = 0;
    count_up(seat, qstate->mesh_info, 0);
    (void)tt_work_parent(qstate, work);
}

static void enter(struct tt_seat *seat, struct module_qstate *qstate, struct tt_work *work)
{
    if (work->before != NULL)
        return;
    work->qstate = qstate;
    if (seat->working == NULL)
        seat->working = work->before = work->after = work;
    work->before = seat->working->before;
    work->after = seat->working;
    work->before->after = work->after->before = work;
}

void tt_work_leave(struct tt_seat *seat, struct tt_work *work)
{
    if (work->before == NULL)
        return;
    if (seat->working == work)
        seat->working = work->after != work ? work->after : NULL;
    work->before->after = work->after;
    work->after->before = work->before;
    work->before = work->after = NULL;
}

void tt_work_mark_told(struct tt_seat *seat, struct tt_client *client)
{
    client->is_told = true;
    seat->noted_n--;
    seat->unseen.told_waiting++;
}

static bool is_listed(const struct mesh_state *state, const struct mesh_reply *reply)
{
    const struct mesh_reply *at = state->reply_list;

    while (at != NULL && at != reply)
        at = at->next;
    return at != NULL;
}

/* Unbound adds clients at the head only, so our newest is still on the list or it has left. One
 * that left without a word closed its connection, or its answer was too old when stale data was
 * served. */
static void drop_newest_gone(struct tt_seat *seat, struct module_qstate *qstate,
                             struct tt_work *work)
{
    while (work->clients != NULL && !is_listed(qstate->mesh_info, work->clients->reply)) {
        struct tt_client *client = work->clients;

        if (!client->is_told)
            tt_dropped_tell(seat, qstate, work, client,
                            client->transport == TT_transport_UDP ? TT_drop_reason_DISCARD_TIMEOUT
                                                                  : TT_drop_reason_CLIENT_GONE);
        work->clients = client->next;
        work->cursor = NULL;
    }
}

static struct tt_client *make_client(struct tt_seat *seat, struct module_qstate *qstate,
                                     struct mesh_reply *reply, bool creating)
{
    struct tt_client *client = regional_alloc_zero(qstate->region, sizeof(*client));

    if (client == NULL)
        return NULL;
    seat->noted_n++;
    client->reply = reply;
    client->transport = tt_client_transport(reply->query_reply.c);
    client->is_joined = !creating;
    tt_question_note(client, creating, (size_t)qstate->env->cfg->max_udp_size);
    return client;
}

void tt_work_note_clients(struct tt_seat *seat, struct module_qstate *qstate, struct tt_work *work,
                          bool creating)
{
    struct mesh_reply *reply = qstate->mesh_info->reply_list;
    struct tt_client **at = &work->clients, *known;

    if (reply != NULL && work->clients != NULL && reply == work->clients->reply)
        return;
    drop_newest_gone(seat, qstate, work);
    known = work->clients;
    for (; reply != NULL && (known == NULL || reply != known->reply); reply = reply->next) {
        *at = make_client(seat, qstate, reply, creating);
        if (*at == NULL)
            break;
        at = &(*at)->next;
    }
    *at = known;
    if (work->clients != NULL)
        enter(seat, qstate, work);
}

void tt_work_catch_up(struct tt_seat *seat, const struct worker *worker, unsigned states_max)
{
    if (TT_LIKELY(seat->working == NULL ||
                  tt_unseen_waiting(&seat->unseen, worker) <= seat->noted_n))
        return;
    for (struct tt_work *first = seat->working; states_max > 0; states_max--) {
        struct tt_work *work = seat->working;

        seat->working = work->after;
        if (work->qstate->mesh_info->reply_list != NULL)
            tt_work_note_clients(seat, work->qstate, work, false);
        if (work->after == first)
            break;
    }
}

struct tt_client *tt_work_find_client(struct tt_work *work, const struct comm_reply *repinfo)
{
    struct tt_client *client = work->cursor != NULL ? work->cursor : work->clients;

    while (client != NULL && &client->reply->query_reply != repinfo)
        client = client->next;
    if (client == NULL && work->cursor != NULL)
        for (client = work->clients; client != NULL && &client->reply->query_reply != repinfo;)
            client = client->next;
    work->cursor = client;
    return client;
}
