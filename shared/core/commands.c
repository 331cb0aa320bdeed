/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/* The commands of the control socket: what an operator can do to a running core. */

#include <string.h>

#include "base/clock.h"
#include "base/thread.h"
#include "core/core.h"

#define RELOAD_WAIT_NS UINT64_C(5000000000)

static int run_status(void *arg, struct tt_str argument, struct tt_buf *reply)
{
    (void)argument;
    tt_core_status(arg, reply);
    return reply->overflow ? TT_ELIMIT : TT_OK;
}

static int switch_to(struct tt_core *core, unsigned is_off)
{
    pthread_mutex_lock(&core->scrape_lock);
    __atomic_store_n(&core->is_off, is_off, __ATOMIC_RELAXED);
    if (core->setup != NULL)
        tt_core_set_wants(core, core->setup->conf);
    pthread_mutex_unlock(&core->scrape_lock);
    return TT_OK;
}

static int run_off(void *arg, struct tt_str argument, struct tt_buf *reply)
{
    (void)argument;
    tt_buf_text(reply, "switched off: queries go by unobserved and are counted as such\n");
    return switch_to(arg, 1);
}

static int run_on(void *arg, struct tt_str argument, struct tt_buf *reply)
{
    (void)argument;
    tt_buf_text(reply, "switched on\n");
    return switch_to(arg, 0);
}

/* The manager reads and applies; the data files are looked at as well. */
static int run_reload(void *arg, struct tt_str argument, struct tt_buf *reply)
{
    struct tt_core *core = arg;
    uint64_t deadline_ns = tt_clock_mono_ns() + RELOAD_WAIT_NS, ticket;
    int err;

    (void)argument;
    pthread_mutex_lock(&core->lock);
    ticket = ++core->reloads_asked;
    pthread_cond_signal(&core->posted);
    while (core->reloads_done < ticket && !core->is_stopping &&
           tt_cond_wait(&core->reloaded, &core->lock, deadline_ns))
        continue;
    err = core->reloads_done < ticket ? TT_EAGAIN : core->reload_err;
    if (core->loader != NULL && !core->is_stopping)
        tt_loader_kick(core->loader);
    pthread_mutex_unlock(&core->lock);
    if (err == TT_OK)
        tt_buf_text(reply, "reloaded\n");
    else if (err == TT_EAGAIN)
        tt_buf_text(reply, "asked for, but not done within 5 s: see status and the log");
    else
        tt_buf_text(reply, "refused, the configuration before stays in use: the log names every mistake");
    return err;
}

/* scrape_lock keeps the setup and its sinks in place. */
static int set_paused(struct tt_core *core, struct tt_str name, bool is_paused, struct tt_buf *reply)
{
    int err = TT_ENOENT;

    pthread_mutex_lock(&core->scrape_lock);
    for (unsigned i = 0; core->setup != NULL && i < core->setup->sinks_n; i++) {
        if (!tt_str_equal(name, tt_str_from(core->setup->conf->sinks[i].name)))
            continue;
        tt_sink_pause(core->setup->sinks[i], is_paused);
        err = TT_OK;
    }
    pthread_mutex_unlock(&core->scrape_lock);
    if (err == TT_OK)
        tt_buf_format(reply, "sink %.*s %s\n", (int)name.len, name.ptr, is_paused ? "paused" : "resumed");
    else
        tt_buf_format(reply, "no sink is named %.*s", (int)name.len, name.ptr);
    return err;
}

static int run_pause(void *arg, struct tt_str argument, struct tt_buf *reply)
{
    return set_paused(arg, argument, true, reply);
}

static int run_resume(void *arg, struct tt_str argument, struct tt_buf *reply)
{
    return set_paused(arg, argument, false, reply);
}

const struct tt_control_command tt_core_commands[] = {
    {"status", false, false, run_status},
    {"off", false, true, run_off},
    {"on", false, true, run_on},
    {"reload", false, true, run_reload},
    {"pause", true, true, run_pause},
    {"resume", true, true, run_resume},
    {NULL, false, false, NULL},
};
