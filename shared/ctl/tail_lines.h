/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/* Bytes of a stream to whole lines. A line that is longer than any record is left out and counted. */

#include "base/compat.h"
#include "base/str.h"

struct tt_tail_lines {
    char *data;       /* owned */
    size_t from, to;  /* what is not taken yet */
    bool is_skipping; /* within a line that is too long */
    uint64_t overlong;
};

/* Room for a record of event/json.h and what comes behind it. Fails: TT_ENOMEM. */
int tt_tail_lines_init(struct tt_tail_lines *lines);
void tt_tail_lines_fini(struct tt_tail_lines *lines);

/* Forgets what came so far, for another stream. */
void tt_tail_lines_reset(struct tt_tail_lines *lines);

/* One read: the bytes that came, 0 at the end, a negative TT_E* (TT_EAGAIN: nothing there now). All
 * whole lines must have been taken before. */
int tt_tail_lines_fill(struct tt_tail_lines *lines, int fd);

/* Takes a line, without its newline; false: there is none yet. Lends until the next fill. */
bool tt_tail_lines_next(struct tt_tail_lines *lines, struct tt_str *line);
