/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * The loader: the thread tt-data, which reads data files in the background, looks once a second
 * whether one has changed (device, inode, size, times; two equal looks a quarter of a second apart,
 * so that a file being written settles), loads what has, and tells the manager that a new snapshot
 * is to be had. What cannot be read or is refused costs that file only: one log line each time the
 * reason is another, and the version before stays in use, also when the file is gone.
 */

#include "enrich/data.h"

struct tt_loader;

/*
 * scratch_dir: private copies of databases are made and unlinked there; copied; NULL: made in
 * memory. `ready` is called on the loader's thread, without its lock, when a newer snapshot can be
 * taken; it may call everything here but tt_loader_free, and is not called once tt_loader_free has
 * returned. NULL: nobody is told. Fails: TT_ENOMEM.
 */
int tt_loader_new(const char *scratch_dir, void (*ready)(void *arg), void *arg,
                  struct tt_loader **loader);

/* Starts the thread. Fails: TT_EAGAIN. */
int tt_loader_start(struct tt_loader *loader);

/*
 * The snapshot for a configuration, made of what is loaded already: files that both name are
 * shared, new ones are absent from it and load in the background. conf is read during the call and
 * copied where needed. Fails: TT_ENOMEM. Thread: the manager.
 */
int tt_loader_configure(struct tt_loader *loader, const struct tt_conf *conf,
                        struct tt_data **data);

/* The newest snapshot, or NULL when it was taken already. The caller's. Thread: the manager. */
struct tt_data *tt_loader_take(struct tt_loader *loader);

/* Loads everything that is named now and returns when all of it is loaded or has failed; for replay
 * and tests. Without a started thread. Returns how many files failed. Thread: the one that
 * configures. */
unsigned tt_loader_wait(struct tt_loader *loader);

/* How a file stands, for metrics and status. Texts lend until the visitor returns, which must not
 * call the loader. A zones_dir that cannot be listed is shown as one more file. */
struct tt_data_status {
    const char *path, *role, *build, *sha;
    bool is_loaded; /* some version is in use */
    bool is_stale;  /* a newer version was refused */
    uint64_t written_us, loaded_us;
    uint64_t loads_ok, loads_failed;
    const char *why; /* of the last failure, "" none */
};
void tt_loader_visit(struct tt_loader *loader, void (*visit)(const struct tt_data_status *, void *),
                     void *arg);

/* The same for who must not wait. False: the loader is at work on them just now, nothing was visited. */
bool tt_loader_visit_now(struct tt_loader *loader, void (*visit)(const struct tt_data_status *, void *),
                         void *arg);

/* Asks the thread to look at once at every file; one that has changed still has to settle. Thread:
 * any. */
void tt_loader_kick(struct tt_loader *loader);

/* Ends the thread, not later than deadline_ns (monotonic), frees, sets NULL. A thread that does not
 * come back is left alone. */
void tt_loader_free(struct tt_loader **loader, uint64_t deadline_ns);
