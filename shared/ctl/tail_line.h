/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * One event as one line for people. Columns that the width has no room for are left out; then come
 * the name and, behind it, what there is to say: threat, reason, owner, answer. Thread: any.
 */

#include <jansson.h>

#include "ctl/tail_text.h"

/* Bytes that one line may take, colours and newline included. */
enum { TT_TAIL_LINE_MAX = 16384 };

/* The titles of the columns, and a newline. */
void tt_tail_line_header(const struct tt_tail_view *view, struct tt_buf *out);

/* An event and a newline, never wider than the view. Any JSON object is fine; what is not an event is
 * shown as its kind alone. */
void tt_tail_line_format(const struct tt_tail_view *view, const json_t *event, struct tt_buf *out);
