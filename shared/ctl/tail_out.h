/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * Standard output for a program that must never hang in a write: a terminal that was stopped or a pager
 * that does not read is waited for together with the signals. While this is open INT, TERM, HUP
 * and WINCH are blocked and read from a descriptor. One at a time in a process.
 */

#include <signal.h>

#include "base/buf.h"

enum { TT_TAIL_OUT_CAP = 512 << 10 };

struct tt_tail_out {
    struct tt_buf buf; /* owned */
    int signal_fd;
    sigset_t old_mask;
    bool is_over;    /* a signal ended it, or standard output cannot be written */
    bool is_failed;  /* the latter */
    bool is_resized; /* WINCH came; the reader sets it back */
};

/* Fails: TT_ENOMEM, TT_EIO. */
int tt_tail_out_init(struct tt_tail_out *out);
void tt_tail_out_fini(struct tt_tail_out *out);

/* Waits for fd (-1: for signals alone) to be readable, at most limit_ms (-1: for ever), and takes signals in.
 * Returns true when fd is readable. */
bool tt_tail_out_wait(struct tt_tail_out *out, int fd, int limit_ms);

/* Writes what the buffer holds; gives up, and the rest away, when it is over. */
void tt_tail_out_flush(struct tt_tail_out *out);
