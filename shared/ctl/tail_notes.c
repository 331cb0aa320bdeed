/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/* What stands behind the name. */

#include <string.h>

#include "ctl/tail_cell.h"

/* A text of the event, tidied, after `before`; nothing when it is absent. Returns whether it is there. */
static bool put(const struct tt_tail_view *view, const json_t *value, const char *before, struct tt_buf *buf)
{
    if (!json_is_string(value))
        return false;
    tt_buf_text(buf, before);
    tt_tail_text_tidy(view, (struct tt_str){json_string_value(value), (uint32_t)json_string_length(value)},
                      buf);
    return true;
}

static void finish(struct tt_tail_cell *cell, const struct tt_buf *buf, enum tt_tail_colour colour)
{
    cell->text = (struct tt_str){buf->data, (uint32_t)buf->len};
    cell->colour = colour;
}

static void show_threat(const struct tt_tail_view *view, const json_t *event, struct tt_tail_cell *cell)
{
    struct tt_buf buf = tt_buf_over(cell->memory, sizeof(cell->memory));

    if (put(view, json_object_get(event, "threat_list"), "", &buf))
        put(view, json_object_get(event, "threat_category"), " ", &buf);
    finish(cell, &buf, TT_TAIL_ALARM);
}

/* Why it did not go well: the first of these that the event has. */
static void show_reason(const struct tt_tail_view *view, const json_t *event, struct tt_tail_cell *cell)
{
    static const char *const reasons[] = {"drop_reason", "servfail_reason", "policy_action"};
    struct tt_buf buf = tt_buf_over(cell->memory, sizeof(cell->memory));
    bool is_there = false;

    for (size_t i = 0; i < TT_COUNT(reasons) && !is_there; i++)
        is_there = put(view, json_object_get(event, reasons[i]), i == 2 ? "policy:" : "", &buf);
    finish(cell, &buf, TT_TAIL_RED);
}

static void show_owner(const struct tt_tail_view *view, const json_t *event, struct tt_tail_cell *cell)
{
    struct tt_buf buf = tt_buf_over(cell->memory, sizeof(cell->memory));

    put(view, json_object_get(event, "zone_owner"), "@", &buf);
    finish(cell, &buf, TT_TAIL_MAGENTA);
}

/* The first two of a list, and how many more there are. */
static void put_list(const struct tt_tail_view *view, const json_t *list, struct tt_buf *buf)
{
    size_t n = json_array_size(list);

    for (size_t i = 0; i < n && i < 2; i++)
        put(view, json_array_get(list, i), buf->len > 0 ? " " : "", buf);
    if (n > 2)
        tt_buf_format(buf, " +%zu", n - 2);
}

static void show_answer(const struct tt_tail_view *view, const json_t *event, struct tt_tail_cell *cell)
{
    struct tt_buf buf = tt_buf_over(cell->memory, sizeof(cell->memory));
    const json_t *names = json_object_get(event, "answer_names");
    const json_t *count = json_object_get(event, "answer_count");
    size_t names_n = json_array_size(names);

    put_list(view, json_object_get(event, "answer_ips"), &buf);
    if (buf.len == 0)
        put_list(view, json_object_get(event, "answer_rdata"), &buf);
    if (names_n > 0)
        put(view, json_array_get(names, names_n - 1), buf.len > 0 ? " = " : "= ", &buf);
    if (buf.len == 0 && json_integer_value(count) > 0)
        tt_buf_format(&buf, json_integer_value(count) == 1 ? "%u record" : "%u records",
                      (unsigned)json_integer_value(count));
    finish(cell, &buf, TT_TAIL_PLAIN);
}

static void show_zone(const struct tt_tail_view *view, const json_t *event, struct tt_tail_cell *cell)
{
    struct tt_buf buf = tt_buf_over(cell->memory, sizeof(cell->memory));

    put(view, json_object_get(event, "upstream_zone"), "of ", &buf);
    finish(cell, &buf, TT_TAIL_DIM);
}

tt_tail_cell_f *const tt_tail_notes[] = {show_threat, show_reason, show_owner, show_answer, show_zone};
TT_STATIC_ASSERT(TT_COUNT(tt_tail_notes) == TT_TAIL_NOTES_N, "the header says how many");
