/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/* What telltalectl check --connect says about a remote_write sink: whether the receiver takes an
 * empty request with our credentials, and whether its clock and ours agree. Thread: any but a
 * host's worker. */

#include "net/http.h"
#include "sink/class.h"

void tt_rw_probe(const struct tt_conf_sink *conf, const struct tt_sink_place *place,
                 tt_sink_say_f say, void *arg);

/* The options of a client for conf, which lends; must_end as tt_http_options has it. */
struct tt_http_options tt_rw_http_options(const struct tt_conf_sink *conf, tt_http_end_f must_end,
                                          const void *arg);
