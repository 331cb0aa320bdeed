/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "core/core.h"

#include <dlfcn.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <unistd.h>

#include <openssl/crypto.h>

#include "base/clock.h"
#include "base/thread.h"
#include "net/http.h"

enum { FLUSH_NS = 2000000000 };

/* The one core of this process: it outlives every close of the host (design.md §5). */
static struct tt_core *the_core;
static bool has_exit_handler; /* a forked child inherits both */

static void flush_at_exit(void)
{
    sigset_t broken_pipe, before;

    /* A forked child inherits the handler but not the threads. */
    if (the_core == NULL || the_core->pid != getpid() || !the_core->is_live)
        return;
    tt_log_set(NULL, NULL); /* the host's log may be closed by now: standard error */
    /* Nobody may read that any more: a line of ours must not change how the host ends. */
    sigemptyset(&broken_pipe);
    sigaddset(&broken_pipe, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &broken_pipe, &before);
    tt_core_finish(the_core, tt_clock_mono_ns() + FLUSH_NS);
    if (!sigismember(&before, SIGPIPE))
        sigtimedwait(&broken_pipe, NULL, &(struct timespec){0});
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

/* In a forked child the core's threads are gone and its locks in whatever state: it gets another, and
 * what the parent made stays where it is. */
static struct tt_core *leave_core_of_parent(void)
{
    struct tt_core *left = the_core;

    if (left == NULL || left->pid == getpid())
        return NULL;
    if (left->state_lock_fd >= 0)
        close(left->state_lock_fd);
    the_core = NULL;
    return left;
}

/* All zero when there is none; errno says why. The time of change, unlike that of modification,
 * also moves when the mode becomes another one or a copy keeps its time. */
static struct tt_file_mark look_at(const char *path)
{
    struct stat st;

    if (stat(path, &st) != 0)
        return (struct tt_file_mark){0};
    return (struct tt_file_mark){st.st_dev, st.st_ino, st.st_size, st.st_ctim};
}

static bool is_same_mark(const struct tt_file_mark *a, const struct tt_file_mark *b)
{
    return a->device == b->device && a->inode == b->inode && a->size == b->size &&
           a->changed.tv_sec == b->changed.tv_sec && a->changed.tv_nsec == b->changed.tv_nsec;
}

/* The file that this code was loaded from: an upgrade replaces it under us. */
static void note_own_file(struct tt_core *core)
{
    Dl_info info;

    if (dladdr(&the_core, &info) == 0 || info.dli_fname == NULL)
        return;
    snprintf(core->own_path, sizeof(core->own_path), "%s", info.dli_fname);
    core->own_mark = look_at(core->own_path);
}

static void say_when_replaced(const struct tt_core *core)
{
    struct tt_file_mark now = look_at(core->own_path);

    if (now.inode != 0 && core->own_mark.inode != 0 && !is_same_mark(&now, &core->own_mark))
        tt_log(TT_LOG_WARNING, "%s was replaced: the new one takes effect when the process is started again",
               core->own_path);
}

static struct tt_core *make_core(const struct tt_host *host, struct tt_core *of_parent)
{
    struct tt_core *core = calloc(1, sizeof(*core));

    if (core == NULL)
        return NULL;
    if (getrandom(&core->random, sizeof(core->random), GRND_NONBLOCK) !=
        (ssize_t)sizeof(core->random))
        core->random = tt_clock_wall_us() << 20 ^ tt_clock_mono_ns() ^ (uint64_t)getpid();
    core->pid = getpid();
    core->of_parent = of_parent;
    core->started_us = tt_clock_wall_us();
    core->software = host->software;
    core->software_word = tt_software_word(host->software);
    snprintf(core->host_version, sizeof(core->host_version), "%s", host->version);
    core->unseen_reasons = host->unseen_reasons;
    core->unseen_reasons_n = TT_MIN(host->unseen_reasons_n, (unsigned)TT_UNSEEN_MAX);
    core->state_lock_fd = -1;
    core->is_inert = host->inert != NULL;
    note_own_file(core);
    pthread_mutex_init(&core->lock, NULL);
    pthread_mutex_init(&core->scrape_lock, NULL);
    /* Their handlers of the exit must run after ours, which may still hash addresses and speak TLS. */
    OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL);
    tt_net_init();
    has_exit_handler = has_exit_handler || atexit(flush_at_exit) == 0;
    if (tt_cond_init(&core->posted) != TT_OK || tt_cond_init(&core->reloaded) != TT_OK || !has_exit_handler) {
        free(core);
        return NULL;
    }
    return core;
}

bool tt_core_config_changed(struct tt_core *core)
{
    struct tt_file_mark before = core->config_seen;

    core->config_seen = look_at(core->config_path);
    return is_same_mark(&core->config_seen, &before) &&
           !is_same_mark(&core->config_seen, &core->config_mark);
}

/* One log line a mistake; the first says what follows from it. */
static void log_errors(const struct tt_conf_errors *errors, const char *consequence)
{
    const char *line = errors->text;

    for (const char *end; (end = strchr(line, '\n')) != NULL; line = end + 1, consequence = NULL)
        tt_log(TT_LOG_ERROR, "%s%s%.*s", consequence != NULL ? consequence : "",
               consequence != NULL ? ": " : "", (int)(end - line), line);
}

int tt_core_read_config(struct tt_core *core, const char *consequence, struct tt_conf **conf)
{
    struct tt_conf_errors *errors = calloc(1, sizeof(*errors));
    int err;

    if (errors == NULL)
        return TT_ENOMEM;
    core->config_mark = core->config_seen = look_at(core->config_path);
    if (core->config_mark.inode == 0 && errno == ENOENT && !core->config_required)
        err = tt_conf_load(NULL, core->software, conf, errors);
    else
        err = tt_conf_load(core->config_path, core->software, conf, errors);
    if (err != TT_OK && errors->count > 0)
        log_errors(errors, consequence);
    else if (err != TT_OK)
        tt_log(TT_LOG_ERROR, "%s: %s", consequence, tt_error_text(err));
    free(errors);
    __atomic_store_n(&core->config_stale, err != TT_OK, __ATOMIC_RELAXED);
    return err;
}

void tt_core_set_wants(struct tt_core *core, const struct tt_conf *conf)
{
    unsigned wants = TT_WANT_UPSTREAM | (conf->sinks_n > 0 || conf->tap_on ? TT_WANT_ANSWERS : 0);

    if (__atomic_load_n(&core->is_off, __ATOMIC_RELAXED))
        wants |= TT_WANT_NOTHING;

    __atomic_store_n(&core->wants, wants, __ATOMIC_RELAXED);
}

/* Ports for host threads that have none yet; a thread without one observes nothing. */
static void add_ports(struct tt_core *core, unsigned ports_n)
{
    unsigned n = core->ports.n;

    for (; n < TT_MIN(ports_n, (unsigned)TT_HOST_PORTS_MAX); n++) {
        if (tt_port_new(n + 1, core->ring_size, &core->wants, &core->ports.at[n]) != TT_OK) {
            tt_log(TT_LOG_ERROR, "no memory for the ring of host thread %u: it is not observed", n);
            break;
        }
    }
    __atomic_store_n(&core->ports.n, n, __ATOMIC_RELEASE);
}

/* The manager starts with the first configuration that is accepted. */
static int start_manager(struct tt_core *core)
{
    int err;

    /* Now: the host's threads do not wait for the manager. */
    tt_core_set_wants(core, core->posted_conf);
    err = tt_thread_start(&core->manager, "tt-manager", tt_core_manage, core);
    core->is_live = err == TT_OK;
    if (err != TT_OK)
        tt_log(TT_LOG_ERROR, "no telemetry: the manager thread cannot be started");
    return err;
}

static int read_config(struct tt_core *core, const struct tt_host *host, struct tt_conf **conf)
{
    const char *consequence = core->is_live ? "configuration refused, the one before stays in use"
                                            : "no telemetry, configuration refused";
    int err;

    snprintf(core->config_path, sizeof(core->config_path), "%s", host->config_path);
    core->config_required = host->config_required;
    err = tt_core_read_config(core, consequence, conf);
    if (err != TT_OK && core->is_live)
        __atomic_fetch_add(&core->reloads_failed, 1, __ATOMIC_RELAXED);
    return err;
}

/* Ports come before the manager, whose first line tells their number. */
static int configure(struct tt_core *core, const struct tt_host *host)
{
    struct tt_conf *conf = NULL;
    int err;

    pthread_mutex_lock(&core->lock);
    err = read_config(core, host, &conf);
    if (err == TT_OK && !core->is_live)
        core->ring_size = conf->ring_size;
    if ((err == TT_OK || core->is_live) && !core->is_inert)
        add_ports(core, host->ports_n);
    if (err == TT_OK) {
        tt_conf_free(&core->posted_conf);
        core->posted_conf = conf;
        if (core->is_live)
            pthread_cond_signal(&core->posted);
        else
            err = start_manager(core);
    }
    pthread_mutex_unlock(&core->lock);
    return err;
}

int tt_open(const struct tt_host *host, struct tt_core **core)
{
    struct tt_core *of_parent = leave_core_of_parent();
    int err;

    *core = NULL;
    if (the_core == NULL)
        the_core = make_core(host, of_parent);
    if (the_core == NULL)
        return TT_ENOMEM;
    if (the_core->is_attached)
        return TT_EBUSY;
    tt_log_set(host->log, host->log_arg);
    if (host->inert != NULL)
        tt_log(TT_LOG_ERROR, "no telemetry: %s", host->inert);
    say_when_replaced(the_core);
    err = configure(the_core, host);
    if (err != TT_OK && host->strict)
        return err;
    the_core->is_attached = true;
    *core = the_core;
    return TT_OK;
}

void tt_close(struct tt_core **core)
{
    if (*core != NULL)
        (*core)->is_attached = false;
    *core = NULL;
}

struct tt_port *tt_core_port(struct tt_core *core, unsigned index)
{
    if (!core->is_live || index >= __atomic_load_n(&core->ports.n, __ATOMIC_ACQUIRE))
        return NULL;
    return core->ports.at[index];
}

void tt_core_counts(const struct tt_core *core, struct tt_port_counts *sum)
{
    const struct tt_port *upstream = __atomic_load_n(&core->ports.upstream, __ATOMIC_ACQUIRE);

    for (unsigned i = 0; i < __atomic_load_n(&core->ports.n, __ATOMIC_ACQUIRE); i++)
        tt_port_add_counts(core->ports.at[i], sum);
    if (upstream != NULL)
        tt_port_add_counts(upstream, sum);
    tt_host_said_add(&core->said, &sum->said);
}

void tt_core_host_counts(struct tt_core *core, const struct tt_host_counts *counts)
{
    struct tt_port_counts now = {.off = 0};

    tt_core_counts(core, &now);
    tt_host_said_set(&core->said, counts, tt_client_events(now.observed), now.off);
}
