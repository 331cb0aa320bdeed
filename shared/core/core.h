/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * The core's inside. Three kinds of threads touch it:
 *
 *   host main thread   tt_open, tt_close: reads the configuration, makes ports, posts to the manager.
 *   manager            (tt-manager) everything slow of a life: state directory, sinks, reload, the
 *                      watch on the configuration file, /metrics.
 *   pipeline           (tt-pipeline) rings to sinks.
 *
 * Host worker threads touch their port and `wants` only. Never freed: a host thread may still be at
 * work while the process exits.
 */

#include <pthread.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "base/path.h"
#include "core/pipeline.h"
#include "enrich/loader.h"
#include "intake/upstream.h"
#include "sink/control.h"
#include "sink/metrics_http.h"
#include "stat/metric.h"
#include "telltale.h"

enum { TT_CONFIG_PATH_MAX = 4096 };

/* What tells one version of a file from the next. */
struct tt_file_mark {
    dev_t device;
    ino_t inode;
    off_t size;
    struct timespec changed;
};

struct tt_core {
    /* Set by the first open. */
    pid_t pid;
    struct tt_core *of_parent; /* of the process that forked this one; NULL: none */
    uint64_t random;
    uint64_t started_us; /* wall clock */
    uint8_t software;
    const char *software_word;
    char host_version[64];
    const char *const *unseen_reasons;
    unsigned unseen_reasons_n;
    char own_path[TT_PATH_MAX]; /* file that this code was loaded from; "" unknown */
    struct tt_file_mark own_mark;
    uint64_t ring_size; /* of every port: rings are not resized in a running process */

    /* Host main thread. */
    bool is_attached;
    bool is_live; /* the manager runs: ports are given out */
    bool is_inert; /* the host cannot be observed: there are no ports. Set by the first open. */

    /* Shared with the host's threads: relaxed atomics. */
    unsigned wants;
    struct tt_ports ports;
    struct tt_host_said said; /* by a host that counts for all its threads together */

    /* Mailbox of the manager, under `lock`. */
    pthread_mutex_t lock;
    pthread_cond_t posted;
    struct tt_conf *posted_conf;
    char config_path[TT_CONFIG_PATH_MAX];
    bool config_required;
    struct tt_file_mark config_mark; /* as last read */
    struct tt_file_mark config_seen; /* as last looked at */
    uint64_t next_look_ns; /* monotonic: not before then */
    bool is_stopping;
    bool has_new_data; /* the loader has a newer snapshot */
    uint64_t reloads_asked, reloads_done; /* by the control socket */
    int reload_err; /* of the last one done */
    pthread_cond_t reloaded;

    /* Manager. What a scrape reads is changed under `scrape_lock`. */
    pthread_t manager;
    pthread_mutex_t scrape_lock;
    struct tt_setup *setup;
    struct tt_setup *leaving; /* the one before, while sinks of its own drain; NULL: none do */
    struct tt_setup_place place;
    struct tt_setup_retired retired;
    struct tt_pipeline pipeline;
    struct tt_metrics_http *http;
    struct tt_loader *loader; /* NULL: no memory for it, nothing is enriched */
    struct tt_tap *tap;
    char tap_text[TT_CONF_PATH_MAX + 128]; /* what was opened, "" nothing yet */
    struct tt_control *control;
    struct tt_upstream *upstream; /* NULL: nobody listens for the host's dnstap */
    char upstream_path[TT_CONF_PATH_MAX + 1]; /* of its socket */
    struct tt_upstream_counts upstream_counts; /* also of those that are gone */
    bool is_upstream_stuck; /* one was left behind, and may still write to its port: no other is started */
    char state_base[TT_PATH_MAX];
    char state_dir[TT_PATH_MAX + 32];
    int state_lock_fd;
    unsigned populated_n; /* ports whose rings have their pages */

    /* Counts for scrapes: relaxed atomics. */
    unsigned config_stale;
    unsigned is_off; /* switched off by the operator: nothing is observed */
    uint64_t reloads_ok, reloads_failed;
};

/* Reads the configuration at core->config_path, or the defaults when it is missing and not required.
 * On refusal writes one log line for each mistake, the first one led by `consequence`, and counts.
 * Fails: TT_ECONFIG, TT_ENOMEM. Thread: under core->lock, or alone. */
int tt_core_read_config(struct tt_core *core, const char *consequence, struct tt_conf **conf);

/* True when the configuration file is another one than when it was last read, and the same as at the
 * look before: a file that is being written is left to settle. Thread: as above. */
bool tt_core_config_changed(struct tt_core *core);

/* Has the host's threads observe what conf has a use for. Thread: any but a host's worker. */
void tt_core_set_wants(struct tt_core *core, const struct tt_conf *conf);

/* Adds up what ports and host have counted. *sum is all zero before. Thread: any. */
void tt_core_counts(const struct tt_core *core, struct tt_port_counts *sum);

/* The state of sinks that live, with the books of their forerunners of the same name, of names that only drain, and
 * of names that are gone; the last two have nothing but books. Returns their number. Thread: any, under
 * scrape_lock. */
enum { TT_CORE_SINKS_MAX = 3 * TT_CONF_SINKS_MAX };
unsigned tt_core_read_sinks(const struct tt_core *core, struct tt_sink_status sinks[TT_CORE_SINKS_MAX]);

/* The commands of the control socket; their argument is the core. */
extern const struct tt_control_command tt_core_commands[];

/* Everything that an operator asks first, as one JSON object. Thread: any but a host's worker. */
void tt_core_status(struct tt_core *core, struct tt_buf *buf);

/* Opens tap, control and upstream socket as the setup's configuration has it, and closes what it has no more; the
 * pipeline goes on with the new tap, so core->setup may be another one afterwards. Thread: the manager. */
void tt_core_open_sockets(struct tt_core *core);

/* Starts the listener for the host's dnstap, stops it or has it listen elsewhere, as the setup's configuration
 * says. Thread: the manager. */
void tt_core_open_upstream(struct tt_core *core);

/* Stops it, in 100 ms at most and until deadline_ns (monotonic). Thread: the manager, or the one that ends
 * the process. */
void tt_core_close_upstream(struct tt_core *core, uint64_t deadline_ns);

/* Serves /metrics as the setup's configuration has it: the port taken is logged, and written beside the tap.
 * Thread: the manager. */
void tt_core_open_metrics(struct tt_core *core);

/* Until deadline_ns (monotonic). Thread: the manager, or the one that ends the process. */
void tt_core_close_metrics(struct tt_core *core, uint64_t deadline_ns);

/* Whether both configurations serve it at the same place. Thread: any. */
bool tt_core_is_same_listener(const struct tt_conf *a, const struct tt_conf *b);

/* The manager's thread; arg is the core, whose posted_conf holds the first configuration. */
void *tt_core_manage(void *arg);

/* Ends everything until deadline_ns (monotonic): drains, flushes, joins. Thread: the exiting one. */
void tt_core_finish(struct tt_core *core, uint64_t deadline_ns);

/* Visits every sample of telltale's metrics. arg: the core. Thread: any but a host's worker. */
void tt_core_collect(void *core, tt_metric_visit_f visit, void *visit_arg);

/* The same for sinks (tt_sink_collect_f): gives up after 1 s. */
bool tt_core_collect_soon(void *core, tt_metric_visit_f visit, void *visit_arg);
