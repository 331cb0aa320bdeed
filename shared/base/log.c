/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/str.h"

#define LINE_MAX_LEN 1000

static void write_stderr(enum tt_log_level level, const char *line, void *arg)
{
    static const char *const names[] = {"error", "warning", "info", "debug"};

    (void)arg;
    fprintf(stderr, "telltale: %s: %s\n", names[level], line);
}

static tt_log_f log_writer = write_stderr;
static void *log_arg;

void tt_log_set(tt_log_f writer, void *arg)
{
    /* The writer before may be at work with its argument, which standard error does not need. */
    if (writer != NULL)
        __atomic_store_n(&log_arg, arg, __ATOMIC_RELAXED);
    __atomic_store_n(&log_writer, writer != NULL ? writer : write_stderr, __ATOMIC_RELEASE);
}

static void write_line(enum tt_log_level level, uint32_t left_out, const char *format, va_list args)
{
    char raw[LINE_MAX_LEN + 1], line[LINE_MAX_LEN + 1], note[40] = "";
    tt_log_f writer;
    int len = vsnprintf(raw, sizeof(raw), format, args);
    size_t used = len > 0 ? TT_MIN((size_t)len, sizeof(raw) - 1) : 0;

    /* The note has its room whatever the length of the line: its number is said only once. */
    if (left_out > 0)
        snprintf(note, sizeof(note), " (%u like it left out)", left_out);
    used = tt_str_clean(raw, used, line, LINE_MAX_LEN - strlen(note));
    memcpy(line + used, note, strlen(note) + 1);
    writer = __atomic_load_n(&log_writer, __ATOMIC_ACQUIRE);
    writer(level, line, __atomic_load_n(&log_arg, __ATOMIC_RELAXED));
}

void tt_log(enum tt_log_level level, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    write_line(level, 0, format, args);
    va_end(args);
}

bool tt_log_may(const struct tt_log_limit *limit)
{
    return tt_clock_mono_ns() >= __atomic_load_n(&limit->next_ns, __ATOMIC_RELAXED);
}

void tt_log_limited(struct tt_log_limit *limit, enum tt_log_level level, const char *format, ...)
{
    uint64_t now = tt_clock_mono_ns();
    uint64_t next = __atomic_load_n(&limit->next_ns, __ATOMIC_RELAXED);
    va_list args;

    if (now < next || !__atomic_compare_exchange_n(&limit->next_ns, &next, now + 1000000000u, false,
                                                   __ATOMIC_RELAXED, __ATOMIC_RELAXED)) {
        __atomic_fetch_add(&limit->left_out, 1, __ATOMIC_RELAXED);
        return;
    }
    va_start(args, format);
    write_line(level, __atomic_exchange_n(&limit->left_out, 0, __ATOMIC_RELAXED), format, args);
    va_end(args);
}
