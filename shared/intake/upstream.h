/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * The listener for the host's own dnstap: a unix socket and a thread, tt-upstream, that takes the
 * frames of whoever connects. The host opens its connection anew when it pleases, also before it
 * lets go of the one before. A peer that does not speak as it should loses its connection, and that
 * is all.
 */

#include "intake/messages.h"

/* How a connection came to its end: X(NAME, word, doc). */
#define TT_UPSTREAM_CLOSES(X)                                                                      \
    X(ENDED, "ended", "the host ended the stream")                                                 \
    X(CUT, "cut", "it broke off")                                                                  \
    X(REFUSED, "refused", "no frame stream of dnstap, or there were too many connections")

enum tt_upstream_close {
#define X(name, word, doc) TT_UPSTREAM_##name,
    TT_UPSTREAM_CLOSES(X)
#undef X
        TT_UPSTREAM_CLOSES_N
};

enum { TT_UPSTREAM_CONNECTIONS_MAX = 8 };

/* Relaxed atomics. */
struct tt_upstream_counts {
    struct tt_messages_counts messages;
    uint64_t closed[TT_UPSTREAM_CLOSES_N];
    unsigned connections; /* now */
};

struct tt_upstream;

/*
 * Listens at path (mode 0660, as tt_unix_listen) and calls out on the listener's thread for each
 * exchange. counts is lent, lives on and goes on where it stood. Says itself what it could not do.
 * Fails: as tt_unix_listen; TT_ENOMEM, TT_EAGAIN. Thread: the manager.
 */
int tt_upstream_start(const char *path, tt_messages_out_f out, void *arg,
                      struct tt_upstream_counts *counts, struct tt_upstream **upstream);

/* Takes what has come, closes all, joins and sets NULL; NULL is fine. After deadline_ns (monotonic)
 * it is left behind, and may still call out. Fails: TT_EAGAIN (left behind). Thread: the manager,
 * or the one that ends the process. */
int tt_upstream_stop(struct tt_upstream **upstream, uint64_t deadline_ns);
