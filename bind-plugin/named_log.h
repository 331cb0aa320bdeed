/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * named's own log without a shim: what the loader has to say when none fits, and in plugin_check. The
 * functions and tables of the running libisc are found by name; where their form is not known, the
 * line goes to standard error.
 */

#include "telltale.h"

/* Writes one line; lctx: as named gave it, NULL is fine. Thread: one of named's. */
void tt_named_log(void *lctx, enum tt_log_level level, const char *line);
