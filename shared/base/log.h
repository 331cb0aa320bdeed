/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * Log lines go through the host's own log. Every line passes tt_str_clean, so nothing from outside
 * can write a control character into a log or terminal.
 */

#include "base/compat.h"

enum tt_log_level { TT_LOG_ERROR, TT_LOG_WARNING, TT_LOG_INFO, TT_LOG_DEBUG };

/* The host's writer: one cleaned, terminated line without newline. Must be callable from any thread. */
typedef void (*tt_log_f)(enum tt_log_level level, const char *line, void *arg);

/* Sets the writer; NULL: standard error. Thread: one at a time; while others log, only to the same
 * writer and argument again or to NULL, and a line on its way may still reach the writer before. */
void tt_log_set(tt_log_f writer, void *arg);

/* Writes one line of at most 1,000 bytes. Never on a host's worker thread. Thread: any other. */
void tt_log(enum tt_log_level level, const char *format, ...) TT_PRINTF(2, 3);

/* At most one line a second of one call site; what was left out is said by the next one. */
struct tt_log_limit {
    uint64_t next_ns; /* both by atomic access only */
    uint32_t left_out;
};
void tt_log_limited(struct tt_log_limit *limit, enum tt_log_level level, const char *format, ...)
    TT_PRINTF(3, 4);

/* True when the next line would be written, and not left out. Thread: any. */
bool tt_log_may(const struct tt_log_limit *limit);
