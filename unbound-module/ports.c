/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "ports.h"

#include <stdlib.h>
#include <unistd.h>

static bool grow(struct tt_module *module, unsigned threads_n)
{
    struct tt_seat *seats;

    if (threads_n <= module->seats_n)
        return true;
    seats = aligned_alloc(TT_CACHE_PAD, threads_n * sizeof(*seats));
    if (seats == NULL)
        return false;
    memset(seats, 0, threads_n * sizeof(*seats));
    if (module->seats_n > 0)
        memcpy(seats, module->seats, module->seats_n * sizeof(*seats));
    free(module->seats);
    module->seats = seats;
    module->seats_n = threads_n;
    return true;
}

bool tt_seats_open(struct tt_module *module, unsigned threads_n)
{
    if (!grow(module, threads_n))
        return false;
    for (unsigned i = 0; i < module->seats_n; i++) {
        struct tt_seat *seat = &module->seats[i];

        seat->port = i < threads_n ? tt_core_port(module->core, i) : NULL;
        seat->is_checked = seat->is_cut_off = false;
        memset(&seat->last, 0, sizeof(seat->last));
        memset(&seat->partial, 0, sizeof(seat->partial));
        seat->jostled = 0;
        seat->working = NULL;
        seat->noted_n = 0;
        tt_unseen_restart(&seat->unseen, seat->port);
    }
    return module->seats[0].port != NULL;
}

/* Unbound without pthreads forks its workers after init: the core's threads are not in the child.
 */
static bool check_process(struct tt_seat *seat)
{
    seat->is_checked = true;
    if (getpid() == tt_module.pid)
        return true;
    seat->port = NULL;
    log_err(
        "telltale: this Unbound runs its workers as processes, not threads: they are not observed");
    return false;
}

struct tt_seat *tt_seat_of(const struct worker *worker)
{
    struct tt_seat *seat;

    if (TT_UNLIKELY(worker == NULL || (unsigned)worker->thread_num >= tt_module.seats_n))
        return NULL;
    seat = &tt_module.seats[worker->thread_num];
    if (TT_UNLIKELY(!seat->is_checked) && !check_process(seat))
        return NULL;
    return seat->port != NULL ? seat : NULL;
}

struct tt_told tt_told_of(const struct worker *worker, const struct comm_reply *repinfo)
{
    struct tt_told told = {
        .repinfo = repinfo,
        .loop_time = *worker->env.now_tv,
        .query_n = worker->stats.num_queries,
        /* The same place in both families (RFC 3493). */
        .client_port = ((const struct sockaddr_in *)&repinfo->client_addr)->sin_port,
    };

    memcpy(&told.query_id, sldns_buffer_begin(repinfo->c->buffer), sizeof(told.query_id));
    return told;
}

bool tt_told_is_same(const struct tt_told *a, const struct tt_told *b)
{
    return a->repinfo == b->repinfo && a->query_n == b->query_n && a->query_id == b->query_id &&
           a->client_port == b->client_port && a->loop_time.tv_sec == b->loop_time.tv_sec &&
           a->loop_time.tv_usec == b->loop_time.tv_usec;
}
