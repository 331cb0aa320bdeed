/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * The tap: a unix stream socket that gives whoever attaches the events from now on, one JSON object a
 * line, topic enriched, under the general privacy policy. At most 8 readers, 4 MiB each; one that does
 * not keep up loses its own lines, learns how many ({"kind":"lost","count":N}, where they are missing) and
 * slows nobody. Who is turned away gets one line, {"kind":"refused","reason":"…"}. What a reader sends is
 * never read. The thread "tt-tap" writes, about 50 times a second while there is something; the pipeline only
 * copies into a reader's ring. Without readers nothing is encoded.
 */

#include "conf/conf.h"

enum { TT_TAP_READERS_MAX = 8, TT_TAP_READER_BYTES = 4 << 20 };

struct tt_tap;

/*
 * Listens at conf's tap path (mode and group applied; an old socket nobody listens on is replaced, a
 * live one is TT_EBUSY) and starts its thread. Credentials of a reader (SO_PEERCRED): root, our own
 * user, or a member of the socket's group; others are turned away and counted. One log line says what
 * went wrong. Fails: as tt_unix_listen, TT_EAGAIN. Thread: the manager.
 */
int tt_tap_new(const struct tt_conf *conf, const struct tt_conf_names *names, struct tt_tap **tap);

/* True while someone reads: then events are worth encoding. One relaxed load. NULL: false. Thread: any. */
bool tt_tap_is_wanted(const struct tt_tap *tap);

/* Offers one record without its newline to every reader. Thread: the pipeline. */
void tt_tap_put(struct tt_tap *tap, const void *record, size_t len);

struct tt_tap_counts {
    unsigned readers;
    uint64_t attached, refused; /* readers so far */
    uint64_t offered, sent, dropped, waiting; /* lines over all readers; offered = sent + dropped + waiting */
};

/* As of now; all 0 for NULL. Thread: any. */
void tt_tap_count(struct tt_tap *tap, struct tt_tap_counts *counts);

/* Ends: readers get what waits for them until deadline_ns (monotonic), or until none has taken anything for
 * 100 ms; what then waits counts as dropped. The socket is removed. Nobody may put any more.
 * Sets NULL; NULL is fine. Thread: the manager. */
void tt_tap_free(struct tt_tap **tap, uint64_t deadline_ns);
