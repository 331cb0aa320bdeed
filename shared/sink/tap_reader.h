/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * One reader of the tap: its socket, what waits for it, what it missed. tap.c's lock covers what is
 * marked so; the rest belongs to the tap's thread. The ring is mapped when the reader attaches, touched
 * as far as it is used, and unmapped when it leaves.
 */

#include <pthread.h>

#include "sink/tap_queue.h"

struct tt_tap_reader {
    int fd; /* -1: free; changed under lock */
    unsigned uid;
    int pid;

    /* under lock */
    struct tt_tap_queue queue;
    uint64_t offered, sent, dropped,
        waiting;     /* lines of all that had this place, offered = sum of the others */
    uint64_t untold; /* lines lost since it was last told */
    bool is_blocked; /* its socket is full */

    size_t part; /* bytes that the socket took of the first line; the thread's own */
};

/* What a send came to: all is out (or will be tried again soon), the socket is full, there is more, the
 * reader is gone. */
enum tt_tap_sent { TT_TAP_DONE, TT_TAP_BLOCKED, TT_TAP_MORE, TT_TAP_GONE };

/* Attaches a connection. Fails: TT_ENOMEM. The lock is not held, the reader is free. */
int tt_tap_reader_open(struct tt_tap_reader *reader, int fd, pthread_mutex_t *lock);

/* Ends it: what waits counts as dropped. The lock is not held. */
void tt_tap_reader_close(struct tt_tap_reader *reader, pthread_mutex_t *lock);

/* Offers one line, without its newline: it waits, or is lost. The lock is held. */
void tt_tap_reader_offer(struct tt_tap_reader *reader, const void *record, uint32_t len);

/* Writes what waits, as far as the socket takes it, and not for ever; bytes_n grows by what it took. */
enum tt_tap_sent tt_tap_reader_send(struct tt_tap_reader *reader, pthread_mutex_t *lock, uint64_t *bytes_n);
