/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * What of an event stands in each column of a line, and what behind the name. All texts are tidy
 * (ctl/tail_text.h) and lend until the memory of the cell goes. Thread: any.
 */

#include <jansson.h>

#include "ctl/tail_text.h"

struct tt_tail_cell {
    char memory[TT_TAIL_TEXT_MAX];
    struct tt_str text;
    enum tt_tail_colour colour;
};

typedef void tt_tail_cell_f(const struct tt_tail_view *view, const json_t *event, struct tt_tail_cell *cell);

tt_tail_cell_f tt_tail_cell_clock, tt_tail_cell_time, tt_tail_cell_fate, tt_tail_cell_cache,
    tt_tail_cell_latency, tt_tail_cell_peer, tt_tail_cell_place, tt_tail_cell_transport, tt_tail_cell_type,
    tt_tail_cell_dnssec, tt_tail_cell_mark, tt_tail_cell_name;

/* What stands behind the name, in the order of importance; rows without text are left out. */
extern tt_tail_cell_f *const tt_tail_notes[];
enum { TT_TAIL_NOTES_N = 5 };
