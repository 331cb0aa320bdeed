/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/* Parts of what `telltalectl check` prints of a configuration; all on standard output. */

#include "conf/conf.h"

/* One sink: where it leads, what it takes, under which privacy. */
void tt_check_print_sink(const struct tt_conf *conf, const struct tt_conf_sink *sink,
                         const struct tt_conf_names *names);

void tt_check_print_privacy(const struct tt_privacy *privacy);

/* A list behind `before`, nothing when it is empty. */
void tt_check_print_texts(const char *before, const struct tt_texts *texts);
void tt_check_print_nets(const char *before, const struct tt_conf_nets *nets);

void tt_check_print_size(const char *before, uint64_t bytes, const char *after);
