/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * `telltalectl tail`: from the tap's socket (sink/tap.h) to standard output, until the socket ends, a
 * signal says so, or enough was shown. One thread; the signals are read from a descriptor.
 */

#include "ctl/socket.h"
#include "ctl/tail_filter.h"
#include "ctl/tail_lines.h"
#include "ctl/tail_text.h"

/* What the user asked for. */
struct tt_tail_wish {
    struct tt_ctl_place place;
    struct tt_tail_filter filter;
    bool is_json; /* the lines as they came; else for people */
    bool is_coloured;
    bool is_follow; /* connect again when the host has gone */
    uint64_t limit; /* events to show; 0: no end */
};

/* Shows events, and at the end on standard error how many. Returns enum tt_ctl_status. */
int tt_tail_run(const struct tt_tail_wish *wish);
