/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/* What a sink needs to know of the process that it lives in. */

#include "conf/conf.h"
#include "stat/metric.h"

/* Visits every sample that /metrics would show now. False: not now (somebody is at it, or the process ends);
 * nothing was visited. Waits 1 s at most. Thread: any but a host's worker. */
typedef bool (*tt_sink_collect_f)(void *arg, tt_metric_visit_f visit, void *visit_arg);

struct tt_sink_place {
    struct tt_conf_names names; /* for paths */
    const char *node, *instance; /* as in every record */
    const char *region; /* NULL: none */
    tt_sink_collect_f collect; /* NULL: there are no metrics */
    void *collect_arg;
};
