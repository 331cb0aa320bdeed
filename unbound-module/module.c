/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/*
 * The six entry points of an Unbound dynlib module. Unbound loads them into its own process: init
 * runs after it has forked and dropped privileges and before workers start; deinit and init again
 * at a reload, with nothing answered meanwhile; this object stays mapped in between (-z nodelete).
 */

#include "host.h"

#include <unistd.h>

#include "abi.h"
#include "observe.h"
#include "options.h"
#include "ports.h"
#include "unseen.h"

#define EXPORT __attribute__((visibility("default")))

struct tt_module tt_module;

EXPORT int init(struct module_env *env, int id);
EXPORT void deinit(struct module_env *env, int id);
EXPORT void operate(struct module_qstate *qstate, enum module_ev event, int id,
                    struct outbound_entry *outbound);
EXPORT void inform_super(struct module_qstate *qstate, int id, struct module_qstate *super);
EXPORT void clear(struct module_qstate *qstate, int id);
EXPORT size_t get_mem(struct module_env *env, int id);

static void write_log(enum tt_log_level level, const char *line, void *arg)
{
    (void)arg;
    if (level == TT_LOG_ERROR)
        log_err("telltale: %s", line);
    else if (level == TT_LOG_WARNING)
        log_warn("telltale: %s", line);
    else if (level == TT_LOG_INFO)
        log_info("telltale: %s", line);
    else
        verbose(VERB_ALGO, "telltale: %s", line);
}

static int open_core(const struct module_env *env, unsigned threads_n)
{
    struct tt_options options;
    struct tt_host host = {
        .software = TT_software_UNBOUND,
        .version = PACKAGE_VERSION,
        .ports_n = threads_n,
        .unseen_reasons = tt_unseen_words,
        .unseen_reasons_n = TT_UNSEEN_N,
        .log = write_log,
    };
    int err;

    tt_options_read(env->cfg, &options);
    host.config_path = options.config_path;
    host.config_required = options.config_given;
    host.strict = options.strict;
    err = tt_open(&host, &tt_module.core);
    if (err == TT_OK)
        return 1;
    if (options.strict && err == TT_ECONFIG)
        log_err("telltale: %s is refused and strict=yes is set: Unbound does not start",
                options.config_path);
    else
        log_err("telltale: no telemetry: %s", tt_error_text(err));
    return !options.strict || err != TT_ECONFIG;
}

/* A core that is inert has no ports: then Unbound does not even call us. */
static void start_observing(struct module_env *env, int id, unsigned threads_n)
{
    if (tt_module.core == NULL || !tt_seats_open(&tt_module, threads_n))
        return;
    tt_module.has_non_local_acl = tt_options_has_non_local(env->cfg);
    tt_module.is_live = tt_observe_register(env, id);
    if (!tt_module.is_live)
        log_err("telltale: no telemetry: Unbound refuses to register callbacks");
}

int init(struct module_env *env, int id)
{
    unsigned threads_n;
    bool is_exact;

    if (tt_module.is_attached) {
        log_err("telltale: the word dynlib loads the module a second time: this one does nothing");
        return 1;
    }
    if (!tt_abi_matches_program(&is_exact) || !tt_abi_matches_memory(env, id, is_exact))
        return 0;
    threads_n = env->cfg->num_threads > 0 ? (unsigned)env->cfg->num_threads : 1;
    tt_module.id = id;
    tt_module.pid = getpid();
    if (!open_core(env, threads_n))
        return 0;
    tt_module.is_attached = true;
    start_observing(env, id, threads_n);
    return 1;
}

/* Unbound's configuration is freed by now: env->cfg is not touched. */
void deinit(struct module_env *env, int id)
{
    if (!tt_module.is_attached || id != tt_module.id)
        return;
    if (tt_module.is_live)
        tt_observe_unregister(env, id);
    tt_module.is_live = false;
    tt_module.is_attached = false;
    tt_close(&tt_module.core);
}

static bool is_ours(int id)
{
    return tt_module.is_live && id == tt_module.id;
}

void operate(struct module_qstate *qstate, enum module_ev event, int id,
             struct outbound_entry *outbound)
{
    (void)outbound;
    switch (event) {
    case module_event_new:
    case module_event_pass:
        if (is_ours(id))
            tt_observe_start(qstate);
        qstate->ext_state[id] = module_wait_module;
        break;
    case module_event_moddone:
        if (is_ours(id))
            tt_observe_done(qstate);
        qstate->ext_state[id] = module_finished;
        break;
    default:
        qstate->ext_state[id] = module_error;
        break;
    }
}

void inform_super(struct module_qstate *qstate, int id, struct module_qstate *super)
{
    (void)qstate, (void)id, (void)super;
}

void clear(struct module_qstate *qstate, int id)
{
    if (is_ours(id))
        tt_observe_end(qstate);
    else
        qstate->minfo[id] = NULL;
}

/* Only what is ours alone; the core's memory is in its own metrics. Called while workers run. */
size_t get_mem(struct module_env *env, int id)
{
    (void)env;
    return id == tt_module.id
               ? __atomic_load_n(&tt_module.seats_n, __ATOMIC_RELAXED) * sizeof(struct tt_seat)
               : 0;
}
