/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "ctl/tail_out.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/err.h"

int tt_tail_out_init(struct tt_tail_out *out)
{
    char *memory = malloc(TT_TAIL_OUT_CAP);
    sigset_t set;

    *out = (struct tt_tail_out){.buf = tt_buf_over(memory, TT_TAIL_OUT_CAP), .signal_fd = -1};
    if (memory == NULL)
        return TT_ENOMEM;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGHUP);
    sigaddset(&set, SIGWINCH);
    sigprocmask(SIG_BLOCK, &set, &out->old_mask);
    out->signal_fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
    if (out->signal_fd >= 0)
        return TT_OK;
    tt_tail_out_fini(out);
    return TT_EIO;
}

void tt_tail_out_fini(struct tt_tail_out *out)
{
    if (out->signal_fd >= 0)
        close(out->signal_fd);
    free(out->buf.data);
    out->buf.data = NULL;
    sigprocmask(SIG_SETMASK, &out->old_mask, NULL);
}

static void take_signals(struct tt_tail_out *out)
{
    struct signalfd_siginfo info;

    while (read(out->signal_fd, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
        if (info.ssi_signo == SIGWINCH)
            out->is_resized = true;
        else
            out->is_over = true;
    }
}

/* Returns what there is of `events` on fd. */
static short wait_for(struct tt_tail_out *out, int fd, short events, int limit_ms)
{
    struct pollfd set[] = {{out->signal_fd, POLLIN, 0}, {fd, events, 0}};

    if (poll(set, TT_COUNT(set), limit_ms) <= 0)
        return 0;
    if (set[0].revents != 0)
        take_signals(out);
    return set[1].revents;
}

bool tt_tail_out_wait(struct tt_tail_out *out, int fd, int limit_ms)
{
    return wait_for(out, fd, POLLIN, limit_ms) != 0;
}

/* A pipe that poll calls writable takes PIPE_BUF bytes without waiting. */
void tt_tail_out_flush(struct tt_tail_out *out)
{
    for (size_t at = 0; at < out->buf.len && !out->is_over;) {
        ssize_t written;

        if (wait_for(out, STDOUT_FILENO, POLLOUT, -1) == 0 || out->is_over)
            continue;
        written = write(STDOUT_FILENO, out->buf.data + at, TT_MIN(out->buf.len - at, (size_t)PIPE_BUF));
        if (written > 0)
            at += (size_t)written;
        else if (written < 0 && errno != EINTR && errno != EAGAIN)
            out->is_over = out->is_failed = true;
    }
    tt_buf_reset(&out->buf);
}
