/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/* What one protocol has to do, as a const row. Everything else of a sink (queue, spool, thread, books,
 * retry, log lines) is common. All calls come from the sink's own thread, which may block in them, but see
 * tt_sink_tend. */

#include "base/buf.h"
#include "sink/sink.h"

/* What became of a record. */
enum tt_fate {
    TT_FATE_WAITING, /* not taken: it comes again in its place, behind what is more important by then */
    TT_FATE_BEGUN, /* put, of one record: part of it is out; it comes again in front of all others */
    TT_FATE_FLYING, /* taken; reap says later what became of it */
    TT_FATE_DELIVERED, /* the receiver has it */
    TT_FATE_AGAIN, /* surely did not arrive: it comes again */
    TT_FATE_MAYBE, /* may have arrived: it comes again, marked TT_RECORD_AGAIN; at the end it is uncertain */
    TT_FATE_REFUSED, /* never will be taken: dropped as refused */
    TT_FATE_TOO_LARGE, /* dropped as too_large */
};

enum {
    /* It may have arrived before: `dup: maybe` is in it already. */
    TT_RECORD_AGAIN = 1 << 0,
    /* data and key are lent for the call only; else until its fate is known. */
    TT_RECORD_BRIEF = 1 << 1,
};

/* One record, lent. */
struct tt_sink_record {
    const char *data;
    const char *key; /* not terminated; what keeps an order among records */
    uint32_t len;
    uint8_t key_len;
    uint8_t topic; /* enum tt_topic */
    uint8_t flags;
    uint8_t fate; /* enum tt_fate: WAITING when put is called; put says what it did */
    uint16_t units; /* what the books count: 1, or the samples in it */
    uint16_t refused_n; /* put, with DELIVERED: so many of the units were refused */
    uint64_t time_us; /* of the event, wall clock */
    uint8_t id[16]; /* event_id; all 0: none */
    uint64_t token; /* names it in reap */
};

/* What became of a record that was FLYING: DELIVERED, AGAIN, MAYBE, REFUSED or TOO_LARGE. */
struct tt_sink_result {
    uint64_t token;
    uint8_t fate;
};

enum { TT_SINK_WHY_MAX = 1400 };

/* One finding of a probe: is_fine false is what keeps the sink from working. text: one line. */
typedef void (*tt_sink_say_f)(void *arg, bool is_fine, const char *text);

/*
 * Where a call that fails puts its reason: what, which path or address, why, what to do; one line, no full
 * stop, nothing secret; what a server said is cleaned by the common part. It is logged once with the sink's
 * name, and again only when it changes. A call that succeeds may leave a warning there, treated the same.
 */
struct tt_sink_class {
    const char *type; /* the word in the configuration */
    uint8_t id; /* enum tt_sink_type */
    unsigned flying_max; /* records that may be FLYING; 0: put says every fate at once */
    /* When the queue is full, the oldest records of less important topics give way, down to their shares. Where that
     * is not enough: true: the oldest of the same topic, too; false: the new record is dropped. */
    bool drops_oldest;
    unsigned batch_max; /* records that put is shown; 0: as many as the common part likes */

    /* Copies what it needs. No I/O. owner: for the tt_sink_* calls below. Fails: TT_ENOMEM, TT_ELIMIT. */
    int (*make)(const struct tt_conf_sink *conf, const struct tt_sink_place *place, struct tt_sink *owner,
                void **self);

    /* Opens the outside world; called again after a failure and after close. Files of secrets and
     * certificates are read here. TT_EBUSY: somebody else owns it (a lasting reason). */
    int (*open)(void *self, struct tt_buf *why);

    /* Takes what it can of records and sets each one's fate. The order is that of a topic's records; between topics
     * it changes from call to call. A failure is a reason to wait before the next call: 1 s, doubling to 30 s, or what
     * tt_sink_wait_for asked for. TT_ECLOSED: must be opened again. */
    int (*put)(void *self, struct tt_sink_record *records, unsigned n, struct tt_buf *why);

    /* NULL when flying_max is 0. Fills at most max results that are known now, does not wait. Called some 50
     * times a second while records are FLYING, and after close until it returns 0: what is FLYING then may have arrived.
     * *why, as for put: what is wrong just now although nothing failed yet; empty: nothing is. */
    unsigned (*reap)(void *self, struct tt_sink_result *results, unsigned max, struct tt_buf *why);

    /* About once a second while open: looks at files that may have changed, makes what it sends by itself.
     * A failure closes the sink, and it is opened again at once (a rotated secret: nothing is lost by it). Once
     * more before the last flush, with tt_sink_must_end set: for last words. */
    int (*tick)(void *self, struct tt_buf *why);

    /* Everything taken is out when it returns; not later than deadline_ns (monotonic). */
    int (*flush)(void *self, uint64_t deadline_ns);

    /* Leaves the outside world clean; fine when it is not open. What is FLYING is given back by reap. */
    void (*close)(void *self);
    void (*destroy)(void *self);

    /* Tries what the configuration says, as `telltalectl check --connect` shows it: reachable, authenticated,
     * topics exist, clock skew. Waits 10 s at most. */
    void (*probe)(const struct tt_conf_sink *conf, const struct tt_sink_place *place, tt_sink_say_f say, void *arg);
};

extern const struct tt_sink_class tt_sink_file, tt_sink_kafka, tt_sink_remote_write, tt_sink_loki, tt_sink_dnstap;

/* The class of a type of the configuration, NULL when there is none. */
const struct tt_sink_class *tt_sink_class_find(uint8_t id);

/* For classes. When the sink's thread must be back, monotonic; UINT64_MAX: nobody waits for it. It may change
 * while a call blocks: whoever blocks for more than 100 ms asks tt_sink_tend that often. Thread: any. */
uint64_t tt_sink_must_end(const struct tt_sink *owner);

/* For a class that waits for its receiver, each 100 ms or more often: the sink's thread does meanwhile what else it is
 * there for (what comes goes on into the spool). Returns tt_sink_must_end; NULL, of a probe: UINT64_MAX. Thread: the
 * sink's own. */
uint64_t tt_sink_tend(struct tt_sink *owner);

/* For a class that must end although somebody may still read what was lent to it: the memory of all records is left as it
 * is, also when the sink is freed. Thread: the sink's own, in close. */
void tt_sink_keep_memory(struct tt_sink *owner);

/* The receiver asked for this pause before the next put. Thread: the sink's own, in put. */
void tt_sink_wait_for(struct tt_sink *owner, uint64_t pause_ns);

/* The receiver takes nothing of this topic: no record of it is shown for so long, and none from disk while it is
 * one that is spooled; other topics go on. Give what was shown back as AGAIN. Thread: the sink's own. */
void tt_sink_rest_topic(struct tt_sink *owner, enum tt_topic topic, uint64_t pause_ns);
