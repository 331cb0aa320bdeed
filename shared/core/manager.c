/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/*
 * The manager: everything of the core's life that may take time or fail because of the machine.
 * What depends on the machine costs that part only: one log line, one metric, the rest goes on.
 */

#include "core/core.h"

#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/path.h"
#include "base/thread.h"
#include "core/alarms.h"

#define SECOND_NS 1000000000u

enum { REMOVED_DRAIN_S = 2, METRICS_STOP_NS = 500000000 };

/* <base>/<software>-<n>, ours alone while the lock is held. Without it n is 1 and the sinks say
 * themselves what they cannot open. */
static void claim_place(struct tt_core *core, const struct tt_conf *conf)
{
    struct tt_path_error error;
    unsigned n = 1;
    int err;

    snprintf(core->state_base, sizeof(core->state_base), "%s", conf->state_dir);
    err = tt_path_claim_dir(core->state_base, core->software_word, &n, core->state_dir,
                            sizeof(core->state_dir), &core->state_lock_fd, &error);
    if (err != TT_OK) {
        tt_log(TT_LOG_ERROR, "state_dir: %s; what writes there does not work", error.text);
        n = 1;
        snprintf(core->state_dir, sizeof(core->state_dir), "%s/%s-1", core->state_base, core->software_word);
    }
    core->place = (struct tt_setup_place){
        .software = core->software,
        .random = core->random,
        .names = {.state_dir = core->state_dir, .software = core->software_word, .n = n},
        .collect = tt_core_collect_soon,
        .collect_arg = core,
    };
}

/* Here, because it takes longer than the host's start or reload may. */
static void populate_rings(struct tt_core *core)
{
    unsigned ports_n = __atomic_load_n(&core->ports.n, __ATOMIC_ACQUIRE);

    for (; core->populated_n < ports_n; core->populated_n++)
        tt_ring_populate(&core->ports.at[core->populated_n]->ring);
}

static void log_setup(const struct tt_core *core, const char *what)
{
    unsigned ports_n = __atomic_load_n(&core->ports.n, __ATOMIC_RELAXED);
    unsigned sinks_n = core->setup->sinks_n;

    tt_log(TT_LOG_INFO, "%s (version %s): instance %s, %u host thread%s observed, %u sink%s", what,
           TT_VERSION, core->setup->instance, ports_n, ports_n == 1 ? "" : "s", sinks_n,
           sinks_n == 1 ? "" : "s");
}

/* On the loader's thread. */
static void note_new_data(void *arg)
{
    struct tt_core *core = arg;

    pthread_mutex_lock(&core->lock);
    core->has_new_data = true;
    pthread_cond_signal(&core->posted);
    pthread_mutex_unlock(&core->lock);
}

/* Without it events are not enriched, and everything else goes on. */
static void start_loader(struct tt_core *core)
{
    if (tt_loader_new(core->state_dir, note_new_data, core, &core->loader) != TT_OK ||
        tt_loader_start(core->loader) != TT_OK)
        tt_log(TT_LOG_ERROR, "data files are not loaded: no memory or thread for it");
}

/* What is loaded already for that configuration; NULL: there is no loader. */
static int data_for(struct tt_core *core, const struct tt_conf *conf, struct tt_data **data)
{
    *data = NULL;
    return core->loader != NULL ? tt_loader_configure(core->loader, conf, data) : TT_OK;
}

/* The first setup. Without memory for it the rings just fill, and the losses are counted. */
static void begin(struct tt_core *core, struct tt_conf *conf)
{
    struct tt_setup *setup = NULL;
    struct tt_data *data;

    claim_place(core, conf);
    start_loader(core);
    if (data_for(core, conf, &data) != TT_OK || tt_pipeline_init(&core->pipeline, &core->ports) != TT_OK ||
        tt_setup_new(&conf, &data, &core->place, NULL, &setup) != TT_OK ||
        tt_pipeline_start(&core->pipeline, setup) != TT_OK) {
        tt_log(TT_LOG_ERROR, "no telemetry: out of memory or threads at start");
        tt_data_release(&data);
        tt_conf_free(&conf);
        return;
    }
    pthread_mutex_lock(&core->scrape_lock);
    core->setup = setup;
    pthread_mutex_unlock(&core->scrape_lock);
    tt_setup_start(setup, &core->place);
    tt_alarms_watch(core->pipeline.stages.alarms, core->loader, &core->config_stale);
    populate_rings(core);
    tt_core_open_metrics(core);
    tt_core_open_sockets(core);
    log_setup(core, "started");
}

static void say_what_waits(const struct tt_core *core, const struct tt_conf *conf)
{
    if (conf->ring_size != core->ring_size)
        tt_log(TT_LOG_WARNING, "pipeline.ring_size: takes effect when the process is started again");
    if (strcmp(conf->state_dir, core->state_base) != 0)
        tt_log(TT_LOG_WARNING, "state_dir: takes effect when the process is started again");
}

/* Has the pipeline go on with setup, then stops what only the one before had. Scrapes go on meanwhile, and see
 * what drains: no counter runs backwards. */
static void swap_in(struct tt_core *core, struct tt_setup *setup)
{
    struct tt_setup *before = tt_pipeline_swap(&core->pipeline, setup);

    pthread_mutex_lock(&core->scrape_lock);
    core->setup = setup;
    core->leaving = before;
    tt_core_set_wants(core, setup->conf); /* under the lock: somebody may switch off or on just now */
    pthread_mutex_unlock(&core->scrape_lock);
    tt_setup_drain(before, setup, tt_clock_mono_ns() + REMOVED_DRAIN_S * (uint64_t)SECOND_NS);
    pthread_mutex_lock(&core->scrape_lock);
    tt_setup_retire(before, setup, &core->retired);
    core->leaving = NULL;
    tt_setup_start(setup, &core->place);
    pthread_mutex_unlock(&core->scrape_lock);
}

static int refuse(struct tt_core *core, int err, struct tt_conf **conf, struct tt_data **data)
{
    tt_log(TT_LOG_ERROR, "configuration not applied: %s; the one before stays in use", tt_error_text(err));
    __atomic_fetch_add(&core->reloads_failed, 1, __ATOMIC_RELAXED);
    tt_conf_free(conf);
    tt_data_release(data);
    return err;
}

/* Build, check, swap; what cannot be built leaves the setup before in use. */
static int apply(struct tt_core *core, struct tt_conf *conf)
{
    struct tt_setup *before = core->setup, *setup = NULL;
    struct tt_data *data;
    bool keeps_listener;
    int err;

    if (before == NULL) {
        tt_conf_free(&conf); /* the start failed for want of memory: said then */
        return TT_ENOMEM;
    }
    /* One that could not be opened is tried again. */
    keeps_listener = tt_core_is_same_listener(before->conf, conf) && (core->http != NULL || !conf->metrics_on);
    say_what_waits(core, conf);
    populate_rings(core);
    err = data_for(core, conf, &data);
    if (err == TT_OK)
        err = tt_setup_new(&conf, &data, &core->place, before, &setup);
    if (err != TT_OK)
        return refuse(core, err, &conf, &data);
    swap_in(core, setup);
    tt_setup_free(&before, core->setup);
    if (!keeps_listener) {
        tt_core_close_metrics(core, tt_clock_mono_ns() + METRICS_STOP_NS);
        tt_core_open_metrics(core);
    }
    __atomic_fetch_add(&core->reloads_ok, 1, __ATOMIC_RELAXED);
    log_setup(core, "reloaded");
    return TT_OK;
}

/* The same configuration with the newest snapshot of its data files. One that was made for another
 * configuration, which could not be applied, has its keys and lists in other places. */
static void apply_data(struct tt_core *core)
{
    struct tt_setup *before = core->setup, *setup = NULL;
    struct tt_data *data = tt_loader_take(core->loader);

    if (data == NULL || before == NULL || data->config_digest != before->conf->digest ||
        tt_setup_renew(before, &data, before->tap, &setup) != TT_OK) {
        tt_data_release(&data);
        return;
    }
    tt_pipeline_swap(&core->pipeline, setup);
    pthread_mutex_lock(&core->scrape_lock);
    core->setup = setup;
    pthread_mutex_unlock(&core->scrape_lock);
    tt_setup_free(&before, setup);
}

/* Without a file there would be the defaults, which nobody asked for by taking it away. */
static void lose_config(struct tt_core *core)
{
    core->config_mark = core->config_seen;
    __atomic_store_n(&core->config_stale, 1, __ATOMIC_RELAXED);
    tt_log(TT_LOG_WARNING, "%s is no longer there, what it said stays in use", core->config_path);
}

static struct tt_conf *read_again(struct tt_core *core)
{
    struct tt_conf *conf = NULL;

    if (tt_core_read_config(core, "configuration refused, the one before stays in use", &conf) != TT_OK)
        __atomic_fetch_add(&core->reloads_failed, 1, __ATOMIC_RELAXED);
    return conf;
}

/* Whatever else wakes the manager: two looks stand a second apart, so that a file being written settles. */
static bool is_time_to_look(struct tt_core *core)
{
    bool is_time = tt_clock_mono_ns() >= core->next_look_ns;

    if (is_time)
        core->next_look_ns = tt_clock_mono_ns() + SECOND_NS;
    return is_time;
}

/* The configuration that the host posted, or an operator or the changed file has read again, or NULL.
 * Under core->lock. */
static struct tt_conf *next_conf(struct tt_core *core)
{
    struct tt_conf *conf = core->posted_conf;

    core->posted_conf = NULL;
    if (conf != NULL)
        return conf;
    if (core->reloads_asked > core->reloads_done)
        return read_again(core);
    if (!is_time_to_look(core) || !tt_core_config_changed(core))
        return NULL;
    if (core->config_seen.inode == 0) {
        lose_config(core);
        return NULL;
    }
    tt_log(TT_LOG_INFO, "%s has changed", core->config_path);
    return read_again(core);
}

/* One turn, under core->lock, which is let go while something is applied. */
static void manage_once(struct tt_core *core)
{
    uint64_t asked;
    bool has_new_data;
    struct tt_conf *conf;
    int err = TT_ECONFIG;

    if (core->posted_conf == NULL && !core->has_new_data && core->reloads_asked == core->reloads_done)
        tt_cond_wait(&core->posted, &core->lock, tt_clock_mono_ns() + SECOND_NS);
    if (core->is_stopping)
        return;
    asked = core->reloads_asked;
    has_new_data = core->has_new_data;
    core->has_new_data = false;
    conf = next_conf(core);
    pthread_mutex_unlock(&core->lock);
    if (conf != NULL)
        err = apply(core, conf);
    if (has_new_data)
        apply_data(core);
    pthread_mutex_lock(&core->lock);
    if (asked > core->reloads_done) {
        core->reloads_done = asked;
        core->reload_err = err;
        pthread_cond_broadcast(&core->reloaded);
    }
    if (conf == NULL || core->setup == NULL)
        return;
    /* Now, because whoever asked for it may wait at the control socket. */
    pthread_mutex_unlock(&core->lock);
    tt_core_open_sockets(core);
    pthread_mutex_lock(&core->lock);
}

void *tt_core_manage(void *arg)
{
    struct tt_core *core = arg;
    struct tt_conf *conf;

    pthread_mutex_lock(&core->lock);
    conf = core->posted_conf;
    core->posted_conf = NULL;
    pthread_mutex_unlock(&core->lock);
    begin(core, conf);
    pthread_mutex_lock(&core->lock);
    while (!core->is_stopping)
        manage_once(core);
    pthread_mutex_unlock(&core->lock);
    return NULL;
}

/* Scrapes and commands that were left behind find none; nobody is in the midst of it. */
static void stop_loader(struct tt_core *core, uint64_t deadline_ns)
{
    struct tt_loader *loader;

    if (!tt_mutex_lock(&core->scrape_lock, deadline_ns))
        return;
    loader = core->loader;
    core->loader = NULL;
    if (core->setup != NULL)
        tt_alarms_watch(core->pipeline.stages.alarms, NULL, &core->config_stale);
    pthread_mutex_unlock(&core->scrape_lock);
    tt_loader_free(&loader, deadline_ns);
}

/* False: somebody who was left behind holds the lock. */
static bool stop_tap(struct tt_core *core, uint64_t deadline_ns)
{
    if (!tt_mutex_lock(&core->scrape_lock, deadline_ns))
        return false;
    tt_tap_free(&core->tap, TT_MIN(deadline_ns, tt_clock_mono_ns() + METRICS_STOP_NS));
    pthread_mutex_unlock(&core->scrape_lock);
    return true;
}

/* False: it is stuck in the file system, with the lock or without. */
static bool stop_manager(struct tt_core *core, uint64_t deadline_ns)
{
    if (!tt_mutex_lock(&core->lock, deadline_ns))
        return false;
    core->is_stopping = true;
    pthread_cond_signal(&core->posted);
    pthread_cond_broadcast(&core->reloaded);
    pthread_mutex_unlock(&core->lock);
    return tt_thread_join(core->manager, deadline_ns) == TT_OK;
}

void tt_core_finish(struct tt_core *core, uint64_t deadline_ns)
{
    uint64_t dropped = 0;

    if (!stop_manager(core, deadline_ns)) {
        /* Leaving is better than waiting, but nobody may hash addresses when OpenSSL is gone. */
        tt_pipeline_stop(&core->pipeline, deadline_ns);
        return;
    }
    tt_core_close_metrics(core, TT_MIN(deadline_ns, tt_clock_mono_ns() + METRICS_STOP_NS));
    tt_control_free(&core->control, TT_MIN(deadline_ns, tt_clock_mono_ns() + METRICS_STOP_NS));
    stop_loader(core, TT_MIN(deadline_ns, tt_clock_mono_ns() + METRICS_STOP_NS));
    if (core->setup == NULL)
        return;
    tt_core_close_upstream(core, deadline_ns);
    if (tt_pipeline_stop(&core->pipeline, deadline_ns) != TT_OK || !stop_tap(core, deadline_ns))
        return;
    /* Without the lock: the last words of a sink may be what a scrape would show. */
    tt_setup_drain(core->setup, NULL, deadline_ns);
    if (!tt_mutex_lock(&core->scrape_lock, deadline_ns))
        return;
    dropped = tt_setup_end(core->setup);
    pthread_mutex_unlock(&core->scrape_lock);
    if (dropped > 0)
        tt_log(TT_LOG_WARNING, "%llu records could not be written before the exit",
               (unsigned long long)dropped);
    if (core->state_lock_fd >= 0)
        close(core->state_lock_fd);
}
