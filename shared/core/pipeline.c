/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "core/pipeline.h"

#include <time.h>

#include "base/clock.h"
#include "base/thread.h"
#include "core/aggregates.h"

enum {
    BATCH = 256, /* records of one ring before the next ring has its turn */
    POLL_FULL_NS = 200 * 1000,
    POLL_NS = 5 * 1000 * 1000,
    POLL_IDLE_NS = 20 * 1000 * 1000,
};

static void add(uint64_t *counter, uint64_t n)
{
    __atomic_store_n(counter, *counter + n, __ATOMIC_RELAXED);
}

/* One turn of one ring. Returns the records taken. */
static unsigned drain_port(struct tt_pipeline *pipeline, struct tt_port *port)
{
    unsigned taken = 0;
    size_t len;
    const void *record;

    while (taken < BATCH && (record = tt_ring_peek(&port->ring, &len)) != NULL) {
        tt_stages_take(&pipeline->stages, record, len);
        tt_ring_next(&port->ring);
        taken++;
    }
    tt_ring_release(&port->ring);
    return taken;
}

struct turn {
    unsigned taken;
    bool is_filling; /* some ring was more than 1/8 full, or a batch was not enough */
};

static void take_turn(struct tt_pipeline *pipeline, struct tt_port *port, struct turn *turn)
{
    size_t used = tt_ring_used(&port->ring);

    if (used > pipeline->ring_used_max)
        __atomic_store_n(&pipeline->ring_used_max, used, __ATOMIC_RELAXED);
    turn->is_filling |= used > tt_ring_size(&port->ring) / 8;
    turn->taken += drain_port(pipeline, port);
}

static struct turn drain_all(struct tt_pipeline *pipeline)
{
    unsigned ports_n = __atomic_load_n(&pipeline->ports->n, __ATOMIC_ACQUIRE);
    struct tt_port *upstream = __atomic_load_n(&pipeline->ports->upstream, __ATOMIC_ACQUIRE);
    struct turn turn = {0};

    for (unsigned i = 0; i < ports_n; i++)
        take_turn(pipeline, pipeline->ports->at[i], &turn);
    if (upstream != NULL)
        take_turn(pipeline, upstream, &turn);
    add(&pipeline->batches, turn.taken > 0);
    return turn;
}

static void swap_setup(struct tt_pipeline *pipeline)
{
    struct tt_setup *next = __atomic_load_n(&pipeline->next, __ATOMIC_ACQUIRE);

    if (TT_LIKELY(next == NULL))
        return;
    pthread_mutex_lock(&pipeline->lock);
    tt_stages_use(&pipeline->stages, next);
    __atomic_store_n(&pipeline->next, NULL, __ATOMIC_RELEASE);
    pthread_cond_signal(&pipeline->swapped);
    pthread_mutex_unlock(&pipeline->lock);
}

static void sleep_ns(uint64_t ns)
{
    struct timespec pause = {0, (long)ns};
    clock_nanosleep(CLOCK_MONOTONIC, 0, &pause, NULL);
}

/* Until the rings are empty or the time is over. */
static void drain_rest(struct tt_pipeline *pipeline, uint64_t stop_at_ns)
{
    while (drain_all(pipeline).taken > 0)
        if (tt_clock_mono_ns() > stop_at_ns)
            return;
}

static void *run_pipeline(void *arg)
{
    struct tt_pipeline *pipeline = arg;
    uint64_t stop_at_ns, idle_since = tt_clock_mono_ns();

    while ((stop_at_ns = __atomic_load_n(&pipeline->stop_at_ns, __ATOMIC_ACQUIRE)) == 0) {
        uint64_t started = tt_clock_mono_ns(), ended;
        struct turn turn;

        swap_setup(pipeline);
        turn = drain_all(pipeline);
        tt_stages_tick(&pipeline->stages, tt_clock_wall_us());
        ended = tt_clock_mono_ns();
        add(&pipeline->busy_ns, ended - started);
        if (turn.taken > 0)
            idle_since = ended;
        if (turn.is_filling)
            sleep_ns(POLL_FULL_NS);
        else
            sleep_ns(ended - idle_since > 1000000000u ? POLL_IDLE_NS : POLL_NS);
    }
    swap_setup(pipeline);
    drain_rest(pipeline, stop_at_ns);
    tt_stages_end_windows(&pipeline->stages);
    tt_stages_send_books(&pipeline->stages, true);
    tt_stages_tick(&pipeline->stages, tt_clock_wall_us());
    return NULL;
}

int tt_pipeline_init(struct tt_pipeline *pipeline, struct tt_ports *ports)
{
    *pipeline = (struct tt_pipeline){.ports = ports};
    if (tt_stages_init(&pipeline->stages, NULL, NULL) != TT_OK)
        return TT_ENOMEM;
    if (tt_cond_init(&pipeline->swapped) != TT_OK) {
        tt_stages_fini(&pipeline->stages);
        return TT_ENOMEM;
    }
    pthread_mutex_init(&pipeline->lock, NULL);
    return TT_OK;
}

void tt_pipeline_fini(struct tt_pipeline *pipeline)
{
    pthread_mutex_destroy(&pipeline->lock);
    pthread_cond_destroy(&pipeline->swapped);
    tt_stages_fini(&pipeline->stages);
}

int tt_pipeline_start(struct tt_pipeline *pipeline, struct tt_setup *setup)
{
    int err;

    tt_stages_use(&pipeline->stages, setup);
    err = tt_thread_start(&pipeline->thread, "tt-pipeline", run_pipeline, pipeline);
    pipeline->is_running = err == TT_OK;
    return err;
}

struct tt_setup *tt_pipeline_swap(struct tt_pipeline *pipeline, struct tt_setup *setup)
{
    struct tt_setup *before;

    pthread_mutex_lock(&pipeline->lock);
    before = pipeline->stages.setup;
    __atomic_store_n(&pipeline->next, setup, __ATOMIC_RELEASE);
    while (__atomic_load_n(&pipeline->next, __ATOMIC_RELAXED) != NULL)
        pthread_cond_wait(&pipeline->swapped, &pipeline->lock);
    pthread_mutex_unlock(&pipeline->lock);
    return before;
}

int tt_pipeline_stop(struct tt_pipeline *pipeline, uint64_t deadline_ns)
{
    int err;

    if (!pipeline->is_running)
        return TT_OK;
    __atomic_store_n(&pipeline->stop_at_ns, deadline_ns, __ATOMIC_RELEASE);
    /* A little later than the drain's own end, so that a slow drain is not mistaken for a hang. */
    err = tt_thread_join(pipeline->thread, deadline_ns + 100000000u);
    pipeline->is_running = err != TT_OK;
    return err;
}
