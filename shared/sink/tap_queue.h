/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * A bounded queue of records in one block of memory, mapped at once and touched only as far as it
 * is used: an empty queue starts again at the front. Records are contiguous, in order, never
 * evicted.
 *
 * It has no lock: the owner of the lock calls everything but tt_tap_queue_next, which the one consumer
 * calls without it, on a range that tt_tap_queue_peek gave: nobody writes there until the release.
 */

#include "base/compat.h"

struct tt_tap_queue {
    char *data;
    size_t cap;  /* bytes */
    size_t used; /* bytes, with heads, padding and what a wrap left over */
    size_t head; /* where the next record goes */
    size_t tail; /* the oldest record */
};

/* A range of records: what is between the release and the last put. */
struct tt_tap_queue_range {
    size_t at;
    size_t left; /* bytes */
};

/* Maps size bytes, rounded up to whole pages. Fails: TT_ENOMEM. */
int tt_tap_queue_init(struct tt_tap_queue *queue, size_t size);
void tt_tap_queue_fini(struct tt_tap_queue *queue);

/* Appends a copy. Fails: TT_EAGAIN (no room now), TT_ELIMIT (never any room). */
int tt_tap_queue_put(struct tt_tap_queue *queue, const void *record, uint32_t len, uint8_t topic);

/* Everything that is queued now. */
struct tt_tap_queue_range tt_tap_queue_peek(const struct tt_tap_queue *queue);

/* The next record of the range, or NULL at its end. Lends until released. */
const char *tt_tap_queue_next(const struct tt_tap_queue *queue, struct tt_tap_queue_range *range, uint32_t *len,
                          uint8_t *topic);

/* Gives back everything before the place that range, taken by peek and walked by next, has reached.
 */
void tt_tap_queue_release(struct tt_tap_queue *queue, const struct tt_tap_queue_range *range);
