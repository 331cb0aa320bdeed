/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "ctl/tail_line.h"

#include "ctl/tail_cell.h"

/* The columns before the name: shown in views of `from` to `until` columns. */
static const struct column {
    const char *title;
    tt_tail_cell_f *fill;
    uint8_t width;
    bool is_right; /* numbers */
    unsigned from, until;
} columns[] = {
    {"time", tt_tail_cell_clock, 8, false, 0, 119},
    {"time", tt_tail_cell_time, 12, false, 120, UINT32_MAX},
    {"result", tt_tail_cell_fate, 8, false, 0, UINT32_MAX},
    {"cache", tt_tail_cell_cache, 5, false, 70, UINT32_MAX},
    {"latency", tt_tail_cell_latency, 7, true, 50, UINT32_MAX},
    {"client", tt_tail_cell_peer, 18, false, 96, 199},
    {"client", tt_tail_cell_peer, 26, false, 200, UINT32_MAX},
    {"from", tt_tail_cell_place, 11, false, 120, UINT32_MAX},
    {"via", tt_tail_cell_transport, 3, false, 110, UINT32_MAX},
    {"dnssec", tt_tail_cell_dnssec, 8, false, 140, UINT32_MAX},
    {"type", tt_tail_cell_type, 6, false, 0, UINT32_MAX},
    {"", tt_tail_cell_mark, 1, false, 0, UINT32_MAX},
};

/* The share of the name in what the columns leave: more where that is little. A name that is longer
 * gets what the notes do not need. */
enum { NAME_WIDTH_MAX = 48, NARROW = 60, NAME_SHARE_NARROW = 55, NAME_SHARE = 45, NOTE_GAP = 2 };

static bool is_shown(const struct column *column, const struct tt_tail_view *view)
{
    return view->width >= column->from && view->width <= column->until;
}

static void pad(struct tt_buf *out, unsigned n)
{
    while (n-- > 0)
        tt_buf_char(out, ' ');
}

/* One column and the space behind it. Returns what it took. */
static unsigned put_column(const struct tt_tail_view *view, const struct column *column, struct tt_str text,
                           enum tt_tail_colour colour, struct tt_buf *out)
{
    unsigned empty = column->width - TT_MIN(tt_tail_text_columns(text), (unsigned)column->width);

    if (column->is_right)
        pad(out, empty);
    tt_tail_text_put(view, text, column->width, TT_TAIL_CUT_MIDDLE, colour, out);
    pad(out, (column->is_right ? 0 : empty) + 1);
    return column->width + 1U;
}

/* Ends the line behind its last word. */
static void end_line(struct tt_buf *out)
{
    while (out->len > 0 && out->data[out->len - 1] == ' ')
        out->len--;
    tt_buf_char(out, '\n');
}

static unsigned name_width(unsigned room)
{
    unsigned share = room < NARROW ? NAME_SHARE_NARROW : NAME_SHARE;

    return TT_MIN(room * share / 100, (unsigned)NAME_WIDTH_MAX);
}

void tt_tail_line_header(const struct tt_tail_view *view, struct tt_buf *out)
{
    unsigned taken = 0, name;

    for (size_t i = 0; i < TT_COUNT(columns); i++) {
        if (is_shown(&columns[i], view))
            taken += put_column(view, &columns[i], tt_str_from(columns[i].title), TT_TAIL_DIM, out);
    }
    name = name_width(view->width - taken);
    tt_tail_text_put(view, TT_STR("name"), name, TT_TAIL_CUT_END, TT_TAIL_DIM, out);
    pad(out, name - TT_MIN(name, 4U) + NOTE_GAP);
    tt_tail_text_put(view, TT_STR("answer"), view->width - taken - name - NOTE_GAP, TT_TAIL_CUT_END,
                     TT_TAIL_DIM, out);
    end_line(out);
}

/* The notes into the room there is; those that do not fit whole are cut, then left out. */
static void put_notes(const struct tt_tail_view *view, const struct tt_tail_cell *notes, unsigned room,
                      struct tt_buf *out)
{
    unsigned gap = 0;

    for (size_t i = 0; i < TT_TAIL_NOTES_N && room > gap + 1; i++) {
        if (notes[i].text.len == 0)
            continue;
        pad(out, gap);
        room -= gap;
        room -= tt_tail_text_put(view, notes[i].text, room, TT_TAIL_CUT_END, notes[i].colour, out);
        gap = NOTE_GAP;
    }
}

/* The name in its column; longer ones also take what the notes leave free. */
static void put_name(const struct tt_tail_view *view, const json_t *event, unsigned room, struct tt_buf *out)
{
    struct tt_tail_cell name, notes[TT_TAIL_NOTES_N];
    unsigned width = name_width(room), wanted = 0, columns_n;

    tt_tail_cell_name(view, event, &name);
    for (size_t i = 0; i < TT_TAIL_NOTES_N; i++) {
        tt_tail_notes[i](view, event, &notes[i]);
        if (notes[i].text.len > 0)
            wanted += tt_tail_text_columns(notes[i].text) + NOTE_GAP;
    }
    if (wanted < room - width)
        width = TT_MAX(width, TT_MIN(room - wanted, tt_tail_text_columns(name.text)));
    columns_n = tt_tail_text_put(view, name.text, width, TT_TAIL_CUT_MIDDLE, name.colour, out);
    if (wanted == 0 || room < width + NOTE_GAP)
        return;
    pad(out, width - columns_n + NOTE_GAP);
    put_notes(view, notes, room - width - NOTE_GAP, out);
}

void tt_tail_line_format(const struct tt_tail_view *view, const json_t *event, struct tt_buf *out)
{
    unsigned taken = 0;

    for (size_t i = 0; i < TT_COUNT(columns); i++) {
        struct tt_tail_cell cell;

        if (!is_shown(&columns[i], view))
            continue;
        columns[i].fill(view, event, &cell);
        taken += put_column(view, &columns[i], cell.text, cell.colour, out);
    }
    put_name(view, event, view->width - taken, out);
    end_line(out);
}
