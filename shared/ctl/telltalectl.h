/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * telltalectl, the operator's tool. A subcommand is one row of the table in telltalectl.c, which is
 * the help text as well. Exit status: 0 fine, 1 refused or failed, 2 called wrongly.
 */

#include "base/compat.h"

enum tt_ctl_status { TT_CTL_FINE = 0, TT_CTL_FAILED = 1, TT_CTL_USAGE = 2 };

struct tt_ctl_command {
    const char *name;
    const char *arguments;
    const char *summary;
    const char *examples; /* whole lines */
    /* argv[0] is the subcommand. Returns enum tt_ctl_status. */
    int (*run)(const struct tt_ctl_command *command, int argc, char **argv);
};

int tt_ctl_check(const struct tt_ctl_command *command, int argc, char **argv);
int tt_ctl_describe(const struct tt_ctl_command *command, int argc, char **argv);
int tt_ctl_status(const struct tt_ctl_command *command, int argc, char **argv);
int tt_ctl_switch(const struct tt_ctl_command *command, int argc, char **argv); /* off, on, reload */
int tt_ctl_sink(const struct tt_ctl_command *command, int argc, char **argv);
int tt_ctl_tail(const struct tt_ctl_command *command, int argc, char **argv);
int tt_ctl_spool(const struct tt_ctl_command *command, int argc, char **argv);
int tt_ctl_replay(const struct tt_ctl_command *command, int argc, char **argv);

/* Says what is wrong and how the subcommand is called, on standard error. Returns TT_CTL_USAGE. */
int tt_ctl_refuse(const struct tt_ctl_command *command, const char *format, ...) TT_PRINTF(2, 3);
