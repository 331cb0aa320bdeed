/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * One file under the loader's eyes: when it is read again, and what became of it. The first part
 * belongs to the thread that loads, the second is read and written under the loader's lock.
 */

#include "enrich/data_file.h"
#include "enrich/data_make.h"

/* Monotonic time for which a file looks the same before it is read. */
#define TT_LOOK_SETTLE_NS 200000000ull

struct tt_watched {
    struct tt_want want;
    struct tt_file_stamp tried, seen; /* as it was loaded or refused; as it is since seen_ns */
    bool is_tried;
    uint64_t seen_ns;
    bool is_passing; /* it was refused for a cause that lies elsewhere: tried again at retry_ns */
    uint64_t retry_ns;
    uint8_t sha[32];    /* of the object in use */
    uint64_t missed_ns; /* of zones_dir: no longer listed since; 0: it is */

    unsigned refs;
    struct tt_datum *datum;    /* never NULL */
    char why[TT_DATA_WHY_MAX]; /* of the last failure, "" none since */
    bool is_stale;
    uint64_t written_us, loads_ok, loads_failed;
};

/* Fails: TT_ENOMEM. */
int tt_watched_new(const struct tt_want *want, struct tt_watched **watched);
/* Lock held. */
void tt_watched_release(struct tt_watched **watched);

enum tt_look_result {
    TT_LOOK_SAME,     /* nothing to do */
    TT_LOOK_SETTLING, /* it changed since the last look: to be looked at soon */
    TT_LOOK_LOADED,   /* *datum is new */
    TT_LOOK_KEPT,     /* read again, the bytes are those in use */
    TT_LOOK_FAILED
};

struct tt_look {
    enum tt_look_result result;
    struct tt_datum *datum; /* LOADED: the caller's */
    uint64_t written_us;
    char why[TT_DATA_WHY_MAX];
};

struct tt_look_how {
    uint64_t now_ns;
    bool is_forced; /* one look is enough */
    const char *scratch_dir;
    const bool *stop; /* atomic */
};

/* Looks, and reads and loads when it is time to. Thread: the one that loads, without the lock. */
void tt_watched_look(struct tt_watched *watched, const struct tt_look_how *how,
                     struct tt_look *look);

/* Notes what a look has given. Returns true when there is something to log: the reason is another
 * than before. Lock held. */
bool tt_watched_apply(struct tt_watched *watched, struct tt_look *look);

/* Writes the line for it. Thread: the one that loads, without the lock. */
void tt_watched_log(const struct tt_watched *watched, const struct tt_look *look);
