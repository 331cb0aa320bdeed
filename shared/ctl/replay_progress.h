/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/* How far a replay is, on standard error: a bar that moves on a terminal, else a line now and then.
 */

#include "base/compat.h"

struct tt_replay_progress {
    uint64_t size;                 /* bytes of all inputs; 0: not known */
    uint64_t started_ns, shown_ns; /* monotonic */
    bool is_terminal;
    bool is_open; /* a bar stands on the line */
};

void tt_replay_progress_start(struct tt_replay_progress *progress, uint64_t size);

/* bytes: read so far, of all inputs. Shows something when it is time to. */
void tt_replay_progress_show(struct tt_replay_progress *progress, uint64_t bytes, uint64_t events);

/* Clears the bar, before anything else is written. */
void tt_replay_progress_clear(struct tt_replay_progress *progress);
