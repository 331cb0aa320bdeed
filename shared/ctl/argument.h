/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/* Words of a command line that no subcommand can make something of. */

#include "ctl/telltalectl.h"

/* Says what is wrong with the word: an option that came last without its value, or nothing we know.
 * Returns TT_CTL_USAGE. */
int tt_ctl_refuse_argument(const struct tt_ctl_command *command, const char *argument);
