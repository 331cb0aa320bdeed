/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "ctl/replay_progress.h"

#include <stdio.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"

#define SECOND_NS UINT64_C(1000000000)

enum { BAR_WIDTH = 30, REDRAW_NS = 200 * 1000 * 1000, FIRST_S = 2, LINE_S = 5 };

void tt_replay_progress_start(struct tt_replay_progress *progress, uint64_t size)
{
    uint64_t now_ns = tt_clock_mono_ns();

    *progress = (struct tt_replay_progress){.size = size,
                                            .started_ns = now_ns,
                                            .shown_ns = now_ns,
                                            .is_terminal = isatty(STDERR_FILENO) == 1};
}

static void put_bar(struct tt_buf *buf, unsigned percent)
{
    tt_buf_char(buf, '[');
    for (unsigned i = 0; i < BAR_WIDTH; i++)
        tt_buf_char(buf, i * 100 < percent * BAR_WIDTH ? '#' : '.');
    tt_buf_text(buf, "] ");
}

static void show(const struct tt_replay_progress *progress, uint64_t now_ns, uint64_t bytes,
                 uint64_t events)
{
    char text[256];
    struct tt_buf buf = tt_buf_over(text, sizeof(text));
    double seconds = (double)(now_ns - progress->started_ns) / 1e9;
    double share = progress->size > 0 ? TT_MIN((double)bytes / (double)progress->size, 1.0) : 0;

    if (progress->is_terminal && progress->size > 0)
        put_bar(&buf, (unsigned)(share * 100));
    if (progress->size > 0)
        tt_buf_format(&buf, "%3u %%, ", (unsigned)(share * 100));
    tt_buf_format(&buf, "%llu events, %.0f events/s", (unsigned long long)events,
                  (double)events / seconds);
    if (share > 0)
        tt_buf_format(&buf, ", %.0f s to go", seconds / share - seconds);
    if (progress->is_terminal)
        fprintf(stderr, "\r\033[K%s", tt_buf_cstr(&buf));
    else
        fprintf(stderr, "telltalectl replay: %s\n", tt_buf_cstr(&buf));
}

void tt_replay_progress_show(struct tt_replay_progress *progress, uint64_t bytes, uint64_t events)
{
    uint64_t now_ns = tt_clock_mono_ns();
    uint64_t pause_ns = progress->is_terminal                        ? (uint64_t)REDRAW_NS
                        : progress->shown_ns == progress->started_ns ? FIRST_S * SECOND_NS
                                                                     : LINE_S * SECOND_NS;

    if (now_ns - progress->shown_ns < pause_ns)
        return;
    progress->shown_ns = now_ns;
    progress->is_open = progress->is_terminal;
    show(progress, now_ns, bytes, events);
}

void tt_replay_progress_clear(struct tt_replay_progress *progress)
{
    if (progress->is_open)
        fputs("\r\033[K", stderr);
    progress->is_open = false;
}
