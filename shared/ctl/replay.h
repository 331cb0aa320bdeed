/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * What the readers of replay have in common: an exchange becomes an observation or an event and
 * goes out; what becomes none is counted by reason; what is wrong with an input is said with its
 * place. Everything here belongs to one thread.
 */

#include "base/arena.h"
#include "ctl/replay_input.h"
#include "event/event.h"
#include "intake/exchange.h"

/* Why a frame, packet, message or line became no event: X(NAME, word, doc). */
#define TT_REPLAY_SKIPS(X)                                                                         \
    X(NO_MESSAGE, "no_message", "dnstap payload without a message")                                \
    X(NO_TIME, "no_time", "dnstap message without any time")                                       \
    X(NOT_IP, "not_ip", "packet that carries no IP")                                               \
    X(FRAGMENT, "fragment", "fragment of an IP packet")                                            \
    X(OTHER_PROTOCOL, "other_protocol", "IP packet with neither UDP nor TCP")                      \
    X(OTHER_PORT, "other_port", "packet of another port")                                          \
    X(SHORT_PACKET, "short_packet", "packet whose headers are cut or contradict themselves")       \
    X(NOT_DNS, "not_dns", "message shorter than a DNS header")                                     \
    X(TCP_LOST, "tcp_lost", "piece of a TCP stream in which no whole message could be found")      \
    X(NO_MEMORY, "no_memory", "message for which there was no memory")                             \
    X(OTHER_KIND, "other_kind", "record of another kind than dns")                                 \
    X(NEWER_SCHEMA, "newer_schema", "record of a later major version of the schema")

enum tt_replay_skip {
#define X(name, word, doc) TT_REPLAY_SKIP_##name,
    TT_REPLAY_SKIPS(X)
#undef X
        TT_REPLAY_SKIP_TYPES, /* then one for each type of dnstap message, by its number */
    TT_REPLAY_SKIPS_N = TT_REPLAY_SKIP_TYPES + TT_DNSTAP_TYPES_END
};

struct tt_replay_counts {
    uint64_t frames;    /* frames, packets, lines that were read */
    uint64_t events;    /* handed to the pipeline */
    uint64_t malformed; /* frames and lines that could not be understood */
    uint64_t skipped[TT_REPLAY_SKIPS_N];
    /* Of packet captures. */
    uint64_t retransmitted; /* TCP segments that brought nothing new */
    uint64_t paired;        /* responses whose query was there */
    uint64_t unpaired;      /* responses without */
    uint64_t timeouts;      /* queries without a response */
    uint64_t evicted;       /* of these: given up early for want of room */
};

/* Where events go. observe: one observation; software is that of the replay. */
struct tt_replay_out {
    void (*observe)(void *arg, const struct tt_obs *obs, size_t len);
    void (*event)(void *arg, struct tt_event *event);
    void (*problem)(void *arg, const char *line); /* one line without newline */
    bool (*tick)(void *arg);                      /* now and then; false: stop reading */
    void *arg;
};

enum { TT_REPLAY_PORT = 1, TT_REPLAY_PROBLEMS_SHOWN = 10, TT_REPLAY_TICK_EVERY = 512 };

struct tt_replay {
    struct tt_replay_out out;
    struct tt_replay_counts counts;
    struct tt_arena *arena; /* of one event; reset for each */
    uint8_t software;       /* enum tt_software: of what is being read */
    bool is_software_given; /* by the operator: what an input says of itself does not count */
    uint8_t
        version_len; /* of the dnstap version text that software was taken from; UINT8_MAX: none */
    uint8_t version[128];
    uint16_t dns_port;      /* of packet captures */
    uint64_t sequence;      /* of the next observation */
    uint64_t time_us;       /* of the last event */
    uint64_t problems;      /* of all inputs */
    uint64_t problems_here; /* of this input */
    union {                 /* the observation at hand */
        struct tt_obs obs;
        uint8_t bytes[TT_OBS_MAX];
    } record;
};

/* Makes the observation and hands it out. */
void tt_replay_observe(struct tt_replay *replay, const struct tt_exchange *exchange);

static inline void tt_replay_skip(struct tt_replay *replay, unsigned reason)
{
    replay->counts.skipped[reason]++;
}

/* Says what is wrong at an offset of the input, the first few times; always counts. */
void tt_replay_problem(struct tt_replay *replay, const struct tt_replay_input *input,
                       uint64_t offset, const char *format, ...) TT_PRINTF(4, 5);

/* To be called for each frame, packet or line before it is looked at. False: stop reading. */
static inline bool tt_replay_next(struct tt_replay *replay)
{
    if (TT_UNLIKELY(++replay->counts.frames % TT_REPLAY_TICK_EVERY == 0))
        return replay->out.tick(replay->out.arg);
    return true;
}

/* The word of a reason. Lends for ever. */
const char *tt_replay_skip_word(unsigned reason);

/* Reads the whole input with the reader that its first bytes ask for. */
void tt_replay_read(struct tt_replay *replay, struct tt_replay_input *input);
