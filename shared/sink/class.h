/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/* What one protocol has to do, as a const row. Everything else of a sink (queue, thread, books,
 * retry, log lines) is common: sink.c. All calls come from the sink's own thread. */

#include "base/buf.h"
#include "sink/sink.h"

/* One record of the queue, lent for the call. */
struct tt_sink_record {
    const char *data;
    uint32_t len;
    uint8_t topic; /* enum tt_topic */
};

enum { TT_SINK_WHY_MAX = 1400 };

/*
 * Where a call that fails puts its reason: what, which path or address, why, what to do; one line,
 * no full stop. The common part logs it once with the sink's name, and again only when it changes.
 */
struct tt_sink_class {
    const char *type; /* the word in the configuration */
    uint8_t id;       /* enum tt_sink_type */

    /* Copies what it needs. No I/O. Fails: TT_ENOMEM, TT_ELIMIT. */
    int (*make)(const struct tt_conf_sink *conf, const struct tt_conf_names *names, void **self);

    /* Opens the outside world; called again after a failure and after close. TT_EBUSY: somebody
     * else owns it (a lasting reason). */
    int (*open)(void *self, struct tt_buf *why);

    /* Takes as many whole records from the front as it can; *taken_n also counts on failure. What
     * was not taken comes again, starting with the same record. TT_ECLOSED: must be opened again.
     */
    int (*put)(void *self, const struct tt_sink_record *records, unsigned n, unsigned *taken_n,
               struct tt_buf *why);

    /* About once a second while open. A failure closes the sink, and it is opened again at once. */
    int (*tick)(void *self, struct tt_buf *why);

    /* Everything taken is out when it returns; not later than deadline_ns (monotonic). */
    int (*flush)(void *self, uint64_t deadline_ns);

    /* Leaves the outside world clean; fine when it is not open. */
    void (*close)(void *self);
    void (*destroy)(void *self);
};

extern const struct tt_sink_class tt_sink_file;

/* The class of a type of the configuration, NULL when there is none. */
const struct tt_sink_class *tt_sink_class_find(uint8_t id);
