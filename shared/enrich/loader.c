/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "enrich/loader.h"

#include <stdlib.h>
#include <sys/resource.h>

#include "base/clock.h"
#include "base/err.h"
#include "enrich/geo_copy.h"
#include "enrich/loader_state.h"

#define LOOK_NS 1000000000ull
#define SETTLE_LOOK_NS 250000000ull

/* Behind the host's own threads, but not starved: others wait for what it holds in the kernel. */
enum { NICE_MORE = 10 };

int tt_loader_new(const char *scratch_dir, void (*ready)(void *arg), void *arg,
                  struct tt_loader **loader)
{
    struct tt_loader *made = calloc(1, sizeof(*made));

    *loader = NULL;
    if (made == NULL)
        return TT_ENOMEM;
    made->scratch_dir = scratch_dir != NULL ? strdup(scratch_dir) : NULL;
    if ((scratch_dir != NULL && made->scratch_dir == NULL) || tt_cond_init(&made->wake) != TT_OK) {
        free(made->scratch_dir);
        free(made);
        return TT_ENOMEM;
    }
    pthread_mutex_init(&made->lock, NULL);
    pthread_mutex_init(&made->ready_lock, NULL);
    made->ready = ready;
    made->arg = arg;
    *loader = made;
    return TT_OK;
}

static void release_files(struct tt_watched **files, unsigned files_n)
{
    for (unsigned i = 0; i < files_n; i++)
        tt_watched_release(&files[i]);
}

int tt_loader_make(struct tt_plan *plan, struct tt_watched *const *files, unsigned files_n,
                   bool is_dir_known, struct tt_data **data, struct tt_data_excess *excess)
{
    struct tt_datum *datums[TT_DATA_FILES_MAX];

    for (unsigned i = 0; i < files_n; i++)
        datums[i] = files[i]->datum;
    return tt_data_make(plan, datums, files_n, is_dir_known, data, excess);
}

static bool has_same_dir(const struct tt_plan *a, const struct tt_plan *b)
{
    return a != NULL && a->zones_dir != NULL && b->zones_dir != NULL &&
           strcmp(a->zones_dir, b->zones_dir) == 0;
}

/* The files of a plan: those that are there already for the same use, else new ones. Lock held. */
static int gather(struct tt_loader *loader, const struct tt_plan *plan, struct tt_watched **files,
                  unsigned *files_n)
{
    unsigned wants_before = loader->plan != NULL ? loader->plan->wants_n : 0;
    bool is_same_dir = has_same_dir(loader->plan, plan);

    *files_n = 0;
    for (unsigned i = 0; i < plan->wants_n; i++) {
        unsigned j = 0;
        while (j < wants_before && !tt_want_equal(&plan->wants[i], &loader->files[j]->want))
            j++;
        if (j < wants_before) {
            files[i] = loader->files[j];
            files[i]->refs++;
        } else if (tt_watched_new(&plan->wants[i], &files[i]) != TT_OK) {
            return TT_ENOMEM;
        }
        ++*files_n;
    }
    for (unsigned i = wants_before;
         i < loader->files_n && is_same_dir && *files_n < TT_DATA_FILES_MAX; i++) {
        loader->files[i]->refs++;
        files[(*files_n)++] = loader->files[i];
    }
    return TT_OK;
}

/* Puts plan and files in place of those before, which are given back in their stead. Lock held. */
static void exchange(struct tt_loader *loader, struct tt_plan **plan, struct tt_watched **files,
                     unsigned *files_n)
{
    struct tt_plan *plan_before = loader->plan;
    unsigned n = TT_MAX(loader->files_n, *files_n);

    for (unsigned i = 0; i < n; i++) {
        struct tt_watched *before = i < loader->files_n ? loader->files[i] : NULL;
        loader->files[i] = i < *files_n ? files[i] : NULL;
        files[i] = before;
    }
    n = loader->files_n;
    loader->files_n = *files_n;
    *files_n = n;
    loader->plan = *plan;
    *plan = plan_before;
    loader->is_changed = false;
    if (!has_same_dir(*plan, loader->plan)) {
        loader->is_dir_known = loader->is_dir_cut = false;
        loader->dir_why[0] = '\0';
    }
    tt_data_release(&loader->newest);
}

int tt_loader_configure(struct tt_loader *loader, const struct tt_conf *conf, struct tt_data **data)
{
    struct tt_watched *files[TT_DATA_FILES_MAX];
    struct tt_plan *plan;
    struct tt_data_excess excess;
    unsigned files_n;
    int err = tt_plan_new(conf, &plan);

    *data = NULL;
    if (err != TT_OK)
        return err;
    pthread_mutex_lock(&loader->lock);
    err = gather(loader, plan, files, &files_n);
    if (err == TT_OK)
        err = tt_loader_make(plan, files, files_n, loader->is_dir_known && has_same_dir(loader->plan, plan), data,
                             &excess);
    if (err == TT_OK)
        exchange(loader, &plan, files, &files_n);
    release_files(files, files_n);
    pthread_mutex_unlock(&loader->lock);
    tt_plan_release(&plan);
    tt_loader_kick(loader);
    return err;
}

struct tt_data *tt_loader_take(struct tt_loader *loader)
{
    struct tt_data *data;

    pthread_mutex_lock(&loader->lock);
    data = loader->newest;
    loader->newest = NULL;
    pthread_mutex_unlock(&loader->lock);
    return data;
}

void tt_loader_kick(struct tt_loader *loader)
{
    pthread_mutex_lock(&loader->lock);
    loader->is_kicked = true;
    pthread_cond_signal(&loader->wake);
    pthread_mutex_unlock(&loader->lock);
}

/* The lock is held. */
static void visit_all(const struct tt_loader *loader, void (*visit)(const struct tt_data_status *, void *),
                      void *arg)
{
    for (unsigned i = 0; i < loader->files_n; i++) {
        const struct tt_watched *file = loader->files[i];
        const struct tt_datum *datum = file->datum;
        struct tt_data_status status = {
            .path = datum->path,
            .role = tt_data_role_word(datum->row->role),
            .build = datum->build,
            .sha = datum->sha,
            .is_loaded = datum->object != NULL,
            .is_stale = file->is_stale,
            .written_us = file->written_us,
            .loaded_us = datum->loaded_us,
            .loads_ok = file->loads_ok,
            .loads_failed = file->loads_failed,
            .why = file->why,
        };
        visit(&status, arg);
    }
    if (loader->dir_why[0] != '\0') {
        struct tt_data_status status = {
            .path = loader->plan->zones_dir,
            .role = tt_data_role_word(TT_DATA_ZONES),
            .build = "",
            .sha = "",
            .is_stale = loader->files_n > loader->plan->wants_n,
            .loads_failed = 1,
            .why = loader->dir_why,
        };
        visit(&status, arg);
    }
}

void tt_loader_visit(struct tt_loader *loader, void (*visit)(const struct tt_data_status *, void *),
                     void *arg)
{
    pthread_mutex_lock(&loader->lock);
    visit_all(loader, visit, arg);
    pthread_mutex_unlock(&loader->lock);
}

bool tt_loader_visit_now(struct tt_loader *loader, void (*visit)(const struct tt_data_status *, void *),
                         void *arg)
{
    if (pthread_mutex_trylock(&loader->lock) != 0)
        return false;
    visit_all(loader, visit, arg);
    pthread_mutex_unlock(&loader->lock);
    return true;
}

unsigned tt_loader_wait(struct tt_loader *loader)
{
    unsigned failed_n = 0;

    tt_loader_pass(loader, true);
    pthread_mutex_lock(&loader->lock);
    for (unsigned i = 0; i < loader->files_n; i++)
        failed_n += loader->files[i]->why[0] != '\0';
    failed_n += loader->dir_why[0] != '\0';
    pthread_mutex_unlock(&loader->lock);
    return failed_n;
}

static bool is_over(const struct tt_loader *loader)
{
    return __atomic_load_n(&loader->is_over, __ATOMIC_RELAXED);
}

static void *run(void *arg)
{
    struct tt_loader *loader = arg;

    setpriority(PRIO_PROCESS, 0, TT_MIN(getpriority(PRIO_PROCESS, 0) + NICE_MORE, 19));
    tt_geo_copy_sweep(loader->scratch_dir);
    pthread_mutex_lock(&loader->lock);
    while (!is_over(loader)) {
        loader->is_kicked = false;
        pthread_mutex_unlock(&loader->lock);
        bool is_settling = tt_loader_pass(loader, false);
        pthread_mutex_lock(&loader->lock);
        if (!loader->is_kicked && !is_over(loader))
            tt_cond_wait(&loader->wake, &loader->lock,
                         tt_clock_mono_ns() + (is_settling ? SETTLE_LOOK_NS : LOOK_NS));
    }
    pthread_mutex_unlock(&loader->lock);
    return NULL;
}

int tt_loader_start(struct tt_loader *loader)
{
    int err = tt_thread_start(&loader->thread, "tt-data", run, loader);

    loader->is_started = err == TT_OK;
    return err;
}

void tt_loader_tell(struct tt_loader *loader)
{
    pthread_mutex_lock(&loader->ready_lock);
    if (loader->ready != NULL && !is_over(loader))
        loader->ready(loader->arg);
    pthread_mutex_unlock(&loader->ready_lock);
}

/* A thread that hangs keeps what it works with, and calls nobody any more. */
static bool stop(struct tt_loader *loader, uint64_t deadline_ns)
{
    __atomic_store_n(&loader->is_over, true, __ATOMIC_RELAXED);
    if (!loader->is_started)
        return true;
    tt_loader_kick(loader);
    if (tt_thread_join(loader->thread, deadline_ns) == TT_OK)
        return true;
    pthread_detach(loader->thread);
    if (tt_mutex_lock(&loader->ready_lock, deadline_ns)) {
        loader->ready = NULL;
        pthread_mutex_unlock(&loader->ready_lock);
    }
    return false;
}

void tt_loader_free(struct tt_loader **loader, uint64_t deadline_ns)
{
    struct tt_loader *last = *loader;

    *loader = NULL;
    if (last == NULL || !stop(last, deadline_ns))
        return;
    release_files(last->files, last->files_n);
    tt_plan_release(&last->plan);
    tt_data_release(&last->newest);
    pthread_cond_destroy(&last->wake);
    pthread_mutex_destroy(&last->lock);
    pthread_mutex_destroy(&last->ready_lock);
    free(last->scratch_dir);
    free(last);
}
