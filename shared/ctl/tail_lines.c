/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "ctl/tail_lines.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "event/json.h"

enum { LINES_CAP = 4 * TT_EVENT_JSON_MAX };

int tt_tail_lines_init(struct tt_tail_lines *lines)
{
    *lines = (struct tt_tail_lines){NULL, 0, 0, false, 0};
    lines->data = malloc(LINES_CAP);
    return lines->data != NULL ? TT_OK : TT_ENOMEM;
}

void tt_tail_lines_fini(struct tt_tail_lines *lines)
{
    free(lines->data);
    lines->data = NULL;
}

void tt_tail_lines_reset(struct tt_tail_lines *lines)
{
    lines->from = lines->to = 0;
    lines->is_skipping = false;
}

/* What is left moves to the front; a line that fills everything is given up. */
static void make_room(struct tt_tail_lines *lines)
{
    size_t left = lines->to - lines->from;

    if (left >= LINES_CAP) {
        lines->overlong += !lines->is_skipping;
        lines->is_skipping = true;
        left = 0;
    } else if (left > 0 && lines->from > 0) {
        memmove(lines->data, lines->data + lines->from, left);
    }
    lines->from = 0;
    lines->to = left;
}

int tt_tail_lines_fill(struct tt_tail_lines *lines, int fd)
{
    ssize_t got;

    make_room(lines);
    got = read(fd, lines->data + lines->to, LINES_CAP - lines->to);
    if (got < 0)
        return errno == EINTR || errno == EAGAIN ? TT_EAGAIN : tt_error_from_errno(errno);
    lines->to += (size_t)got;
    return (int)got;
}

bool tt_tail_lines_next(struct tt_tail_lines *lines, struct tt_str *line)
{
    while (lines->from < lines->to) {
        char *start = lines->data + lines->from;
        char *end = memchr(start, '\n', lines->to - lines->from);
        bool was_skipping = lines->is_skipping;

        if (end == NULL)
            return false;
        lines->from += (size_t)(end - start) + 1;
        lines->is_skipping = false;
        if (was_skipping)
            continue;
        *line = (struct tt_str){start, (uint32_t)(end - start)};
        return true;
    }
    return false;
}
