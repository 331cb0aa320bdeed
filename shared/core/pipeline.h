/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * The pipeline: one thread that polls the rings, makes events, counts them and hands them, encoded,
 * to the sinks. All its state is one struct, so that a second pipeline is a number, not a redesign.
 *
 * It polls because waking it would cost the host a system call: every 5 ms, every 200 µs while a
 * drain finds a ring more than 1/8 full, every 20 ms when idle (design.md §4).
 */

#include <pthread.h>

#include "core/port.h"
#include "core/setup.h"
#include "core/stages.h"

/* The ports of a process: slots are filled once, in order, and never emptied. */
struct tt_ports {
    struct tt_port *at[TT_HOST_PORTS_MAX]; /* of the host's threads */
    unsigned n; /* atomic: release after the slot is written */
    struct tt_port *upstream; /* atomic, as n; NULL: nobody listened for the host's dnstap yet */
};

struct tt_pipeline {
    struct tt_ports *ports;
    struct tt_stages stages; /* pipeline thread only, but for the swap and for counts */
    uint64_t batches; /* atomic, this thread writes: drains that found something */
    uint64_t ring_used_max; /* atomic, this thread writes: bytes */
    uint64_t busy_ns; /* atomic, this thread writes: time not slept */
    pthread_t thread;
    bool is_running; /* the manager's */
    uint64_t stop_at_ns; /* atomic: 0 go on, else drain until then and end */
    pthread_mutex_t lock; /* guards the swap only */
    pthread_cond_t swapped;
    struct tt_setup *next; /* atomic: waiting to be swapped in */
};

/* Fails: TT_ENOMEM. Owns its buffers until tt_pipeline_fini. Thread: the manager. */
int tt_pipeline_init(struct tt_pipeline *pipeline, struct tt_ports *ports);
void tt_pipeline_fini(struct tt_pipeline *pipeline);

/* Starts the thread with a first setup. Fails: TT_EAGAIN. Thread: the manager. */
int tt_pipeline_start(struct tt_pipeline *pipeline, struct tt_setup *setup);

/* Has the pipeline go on with `setup`; gives back the one before once no event uses it any more. Does
 * not return sooner (about 20 ms). Thread: the manager. */
struct tt_setup *tt_pipeline_swap(struct tt_pipeline *pipeline, struct tt_setup *setup);

/* Drains the rings, but not longer than until deadline_ns, and joins the thread.
 * Fails: TT_EAGAIN (it did not come back). Thread: the one that ends the process. */
int tt_pipeline_stop(struct tt_pipeline *pipeline, uint64_t deadline_ns);
