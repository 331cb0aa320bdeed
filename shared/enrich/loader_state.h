/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * The inside of the loader. The lock is held for moments only: files are looked at, read and loaded
 * without it, so that nothing on a disk can block the manager. What is in use is counted, so that a
 * new configuration may come at any time: a pass over the files of the one before then makes no
 * snapshot.
 */

#include "base/thread.h"
#include "enrich/loader.h"
#include "enrich/loader_file.h"

struct tt_loader {
    char *scratch_dir;          /* NULL: none */
    pthread_mutex_t ready_lock; /* held while ready is called */
    void (*ready)(void *arg);
    void *arg;
    pthread_t thread;
    bool is_started; /* the manager's */
    bool is_over;    /* atomic */

    pthread_mutex_t lock; /* of all below */
    pthread_cond_t wake;
    bool is_kicked;
    struct tt_plan *plan;                        /* NULL: not configured yet */
    struct tt_watched *files[TT_DATA_FILES_MAX]; /* of plan->wants, then of zones_dir */
    unsigned files_n;
    bool is_changed;               /* a file was loaded or dropped since the last snapshot */
    struct tt_data *newest;        /* not yet taken */
    struct tt_data_excess said;    /* of the last snapshot */
    bool is_dir_known;             /* zones_dir was listed: what appears in it now is new */
    bool is_dir_cut;               /* more files in it than there is room for */
    char dir_why[TT_DATA_WHY_MAX]; /* zones_dir cannot be listed, "" it can */
};

/* A snapshot of the files as they are. Fails: TT_ENOMEM. Lock held. */
int tt_loader_make(struct tt_plan *plan, struct tt_watched *const *files, unsigned files_n,
                   bool is_dir_known, struct tt_data **data, struct tt_data_excess *excess);

/* Looks at every file once and loads what is due; is_forced: without letting it settle. Returns
 * true when something has changed and is to be looked at again soon. Thread: the one that loads,
 * without the lock. */
bool tt_loader_pass(struct tt_loader *loader, bool is_forced);

/* Tells that there is a newer snapshot. Thread: the one that loads, without the lock. */
void tt_loader_tell(struct tt_loader *loader);
