/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * The dnstap messages of the host that we live in, as exchanges with upstreams: RESOLVER_* and
 * FORWARDER_* in pairs of QUERY and RESPONSE; what else comes is counted. Everything belongs to one
 * thread, but for the counts, which anybody may read.
 */

#include "intake/pairs.h"

/* What became of a frame: X(NAME, word, doc). */
#define TT_MESSAGES_FRAMES(X)                                                                      \
    X(RESPONSE, "response", "a response of an upstream")                                           \
    X(QUERY, "query", "a query to an upstream")                                                    \
    X(IGNORED, "ignored", "a message that is about no upstream")                                   \
    X(MALFORMED, "malformed", "no dnstap message, or one without what it must have")               \
    X(NO_MEMORY, "no_memory", "a query for which there was no memory")

enum tt_messages_frame {
#define X(name, word, doc) TT_MESSAGES_##name,
    TT_MESSAGES_FRAMES(X)
#undef X
        TT_MESSAGES_FRAMES_N
};

enum {
    TT_MESSAGES_QUERIES_MAX = 1 << 15, /* that wait */
    TT_MESSAGES_BYTES_MAX = 16 << 20,
    TT_MESSAGES_TIMEOUT_US = 10000000, /* longer than a BIND waits for one answer */
    TT_MESSAGES_LATE_US = 5000000,     /* frames may come so much later than they were made */
};

/* Relaxed atomics, never reset: whoever reads finds each whole. */
struct tt_messages_counts {
    uint64_t frames[TT_MESSAGES_FRAMES_N];
    uint64_t ends[TT_PAIRS_ENDS_N];
};

/* An exchange that came to its end: answered, or of outcome timeout. Lent for the call. */
typedef void (*tt_messages_out_f)(void *arg, const struct tt_exchange *exchange);

struct tt_messages {
    struct tt_pairs *pairs;
    struct tt_messages_counts *counts;
    tt_messages_out_f out;
    void *arg;
    uint64_t now_us; /* of the last call */
    bool has_told;   /* that messages come which are of no use */
};

/* counts is lent and must outlive *messages. Fails: TT_ENOMEM. */
int tt_messages_init(struct tt_messages *messages, tt_messages_out_f out, void *arg,
                     struct tt_messages_counts *counts);

/* Without a word about queries that still wait: what becomes of them is not known. */
void tt_messages_fini(struct tt_messages *messages);

/* Takes the payload of one frame. now_us: wall clock. */
void tt_messages_take(struct tt_messages *messages, const void *payload, size_t len,
                      uint64_t now_us);

/* To be called every second or so, when nothing comes as well: queries without an answer end by it.
 */
void tt_messages_tick(struct tt_messages *messages, uint64_t now_us);
