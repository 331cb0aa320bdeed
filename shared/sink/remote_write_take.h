/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * Makes the requests of remote write: at each multiple of the interval a snapshot of all that
 * /metrics shows, as requests of one timestamp each, oldest first, into the sink's own queue.
 * Thread: the sink's own.
 */

#include "sink/remote_write_clock.h"
#include "sink/remote_write_series.h"
#include "sink/sink.h"

struct tt_rw_take {
    struct tt_sink *owner;
    const char *name;          /* of the sink; the caller's */
    tt_sink_collect_f collect; /* NULL: there are no metrics */
    void *collect_arg;
    struct tt_rw_clock clock;
    struct tt_rw_snapshot snapshot;
    struct tt_rw_request request;
    enum tt_rw_due said; /* the trouble with the clock that was logged */
    bool has_said_left_out;
    bool has_ended;
};

/* Copies what it needs, but name. Fails: TT_ENOMEM. fini is fine after that. */
int tt_rw_take_init(struct tt_rw_take *take, const struct tt_conf_sink *conf,
                    const struct tt_sink_place *place, struct tt_sink *owner);
void tt_rw_take_fini(struct tt_rw_take *take);

/* Does what is due now, mostly nothing. */
void tt_rw_take_due(struct tt_rw_take *take);

/* The last words: everything as it is now, then the end of every series. Once. */
void tt_rw_take_end(struct tt_rw_take *take);
