/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * What the operator says in unbound.conf. The dynlib section has no options of its own, but lines
 * `dynlib-file: "key=value"` beyond those that name modules are passed on by Unbound untouched.
 */

#include "host.h"

struct tt_options {
    const char *config_path; /* lends from cfg or the environment; in the chroot */
    bool config_given;
    bool strict;
};

/* Reads the options; a line that is none is named in Unbound's log and left out. */
void tt_options_read(const struct config_file *cfg, struct tt_options *options);

/* True when an access-control action ends in non_local. */
bool tt_options_has_non_local(const struct config_file *cfg);
