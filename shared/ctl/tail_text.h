/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * Text in columns of a terminal. The calling thread's locale (uselocale) says how wide a character is;
 * what is not exactly one or two columns wide, and everything that tt_str_clean takes out, is shown as
 * one replacement character, so that no text moves the cursor by more than it seems to. Thread: any.
 */

#include "base/buf.h"
#include "base/str.h"

/* What a place may look like; 0 is plain. SGR parameters, ECMA-48 section 8.3.117. */
enum tt_tail_colour {
    TT_TAIL_PLAIN,
    TT_TAIL_BOLD = 1,
    TT_TAIL_DIM = 2,
    TT_TAIL_RED = 31,
    TT_TAIL_GREEN,
    TT_TAIL_YELLOW,
    TT_TAIL_BLUE,
    TT_TAIL_MAGENTA,
    TT_TAIL_CYAN,
    TT_TAIL_ALARM = 100, /* bold red */
};

/* How lines are made. width: columns of the terminal, at least TT_TAIL_WIDTH_MIN. */
struct tt_tail_view {
    unsigned width;
    bool is_coloured;
    bool is_utf8; /* else: ASCII alone */
};

enum { TT_TAIL_WIDTH_MIN = 40, TT_TAIL_WIDTH_MAX = 1000, TT_TAIL_TEXT_MAX = 2048 };

/* Where a text that is too long is cut. */
enum tt_tail_cut { TT_TAIL_CUT_END, TT_TAIL_CUT_MIDDLE };

/* Fit to be shown: cleaned, at most TT_TAIL_TEXT_MAX bytes, appended to *out. */
void tt_tail_text_tidy(const struct tt_tail_view *view, struct tt_str text, struct tt_buf *out);

/* Columns of a tidy text. */
unsigned tt_tail_text_columns(struct tt_str text);

/* Appends a tidy text in at most max columns, in a colour. Returns the columns it took. */
unsigned tt_tail_text_put(const struct tt_tail_view *view, struct tt_str text, unsigned max,
                          enum tt_tail_cut where, enum tt_tail_colour colour, struct tt_buf *out);
