/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * Which events `telltalectl tail` shows. Of one kind one word must fit, of every kind that is given
 * one. A record without the field does not fit. Thread: one.
 */

#include <jansson.h>

#include "base/buf.h"
#include "base/ip.h"

/* F(id, option, argument, doc): the filters, in the order of the help text. */
#define TT_TAIL_FILTERS(F)                                                                                   \
    F(NAME, "--name", "SUFFIX", "names that are SUFFIX or end in .SUFFIX")                                   \
    F(CLIENT, "--client", "NET", "clients in NET (192.0.2.0/24, 2001:db8::1)")                               \
    F(RCODE, "--rcode", "RCODE", "response codes (NXDOMAIN, RCODE3000)")                                     \
    F(TYPE, "--type", "TYPE", "query types (AAAA, TYPE65280)")                                               \
    F(OUTCOME, "--outcome", "WORD", "what became of the query")                                              \
    F(SOFTWARE, "--software", "WORD", "kinds of DNS server")

enum tt_tail_filter_kind {
#define F(id, option, argument, doc) TT_TAIL_FILTER_##id,
    TT_TAIL_FILTERS(F)
#undef F
        TT_TAIL_FILTERS_N
};

enum { TT_TAIL_WORDS_MAX = 32 }; /* of one kind */

struct tt_tail_net {
    struct tt_ip ip; /* bits behind the prefix are 0 */
    unsigned prefix;
};

struct tt_tail_filter {
    bool is_given; /* any */
    unsigned words_n[TT_TAIL_FILTERS_N];
    char *words[TT_TAIL_FILTERS_N][TT_TAIL_WORDS_MAX]; /* owned; as the events spell them */
    struct tt_tail_net nets[TT_TAIL_WORDS_MAX];        /* of CLIENT */
};

/* The kind of an option ("--name"), TT_TAIL_FILTERS_N for none. */
enum tt_tail_filter_kind tt_tail_filter_find(const char *option);

/* Adds a word as the user wrote it. Fails, with *why (what is known): TT_ESYNTAX, TT_ELIMIT (too
 * many), TT_ENOMEM. */
int tt_tail_filter_add(struct tt_tail_filter *filter, enum tt_tail_filter_kind kind, const char *word,
                       struct tt_buf *why);
void tt_tail_filter_fini(struct tt_tail_filter *filter);

/* *is_unsure (kept when it is true already): everything else fits, and the event's client_net is wider
 * than the network asked for, so that it may be that client or another. */
bool tt_tail_filter_has(const struct tt_tail_filter *filter, const json_t *event, bool *is_unsure);
