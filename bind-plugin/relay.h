/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * One thread that may call BIND's functions, for what our own threads must not: it writes their log
 * lines to named's log, and publishes named's counters several times a second. Nobody waits for it but
 * who stops it.
 */

#include "telltale_host.h"
#include "telltale.h"

enum { TT_RELAY_LINES_MAX = 128, TT_RELAY_PUBLISH_MS = 200 };

/* Starts the thread; lctx: named's log. Fails: TT_EAGAIN. Thread: one of named's, under the life lock. */
int tt_relay_start(const struct tt_shim *shim, void *lctx);

/* From now on counters are published to this core. from_start: as in unseen.h, and said once in a
 * process: later calls change nothing but the core. Thread: as above. */
void tt_relay_publish_to(struct tt_core *core, bool from_start);

/* Writes what is queued, publishes once more, and joins the thread. It does not run: fine. */
void tt_relay_stop(void);

/* Queues a line; a full queue loses it, and says so later. While the thread does not run, lines wait for
 * it to start again; before it ever ran, and when no more can wait: standard error. Thread: any. */
void tt_relay_log(enum tt_log_level level, const char *line);
