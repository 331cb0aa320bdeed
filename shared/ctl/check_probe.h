/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/* One sink that is tried: what it is made of, and what was found so far. For check_connect.c. */

#include <pthread.h>

#include "base/compat.h"
#include "conf/conf.h"
#include "sink/place.h"

enum { TT_PROBE_FINDINGS_MAX = 32 };

enum tt_probe_state { TT_PROBE_WAITING, TT_PROBE_RUNNING, TT_PROBE_DONE, TT_PROBE_LEFT };

struct tt_probe {
    struct tt_conf_sink sink;
    struct tt_sink_place place; /* its texts are below */
    char *state_dir, *node, *instance, *region;
    pthread_mutex_t *lock; /* guards what follows */
    uint8_t state;         /* enum tt_probe_state */
    uint64_t start_ns;     /* monotonic */
    unsigned findings_n;
    struct tt_probe_finding {
        bool is_fine;
        char *text;
    } findings[TT_PROBE_FINDINGS_MAX];
};

/* Fails: TT_ENOMEM; tt_probe_fini all the same. */
int tt_probe_init(struct tt_probe *probe, const struct tt_conf *conf, const struct tt_conf_sink *sink,
                  uint8_t software, pthread_mutex_t *lock);
void tt_probe_fini(struct tt_probe *probe);

/* Asks the class; findings come in through tt_probe_say. Thread: one of its own. */
void tt_probe_run(struct tt_probe *probe);

/* Adds a finding, cleaned and cut at one line, as long as the probe is RUNNING. arg: the probe. Thread: any,
 * without the lock. */
void tt_probe_say(void *arg, bool is_fine, const char *text);

/* Prints what was found; false: it does not work. With the lock. */
bool tt_probe_print(const struct tt_probe *probe);
