/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "ctl/tail_text.h"

#include <wchar.h>

static bool is_ascii(struct tt_str text)
{
    unsigned char seen = 0;

    for (uint32_t i = 0; i < text.len; i++)
        seen |= (unsigned char)text.ptr[i];
    return seen < 0x80;
}

/* Steps over one character of a tidy text; *columns grows. */
static uint32_t step(struct tt_str text, uint32_t at, unsigned *columns)
{
    uint32_t code;
    size_t len = tt_str_decode_utf8((const uint8_t *)text.ptr + at, text.len - at, &code);
    int width = len > 1 ? wcwidth((wchar_t)code) : 1;

    *columns += width > 0 ? (unsigned)width : 1;
    return at + (uint32_t)TT_MAX(len, (size_t)1);
}

void tt_tail_text_tidy(const struct tt_tail_view *view, struct tt_str text, struct tt_buf *out)
{
    char clean[TT_TAIL_TEXT_MAX];
    struct tt_str left = {clean, (uint32_t)tt_str_clean(text.ptr, text.len, clean, sizeof(clean))};

    for (uint32_t at = 0; at < left.len;) {
        uint32_t code;
        size_t len = tt_str_decode_utf8((const uint8_t *)clean + at, left.len - at, &code);

        if (len <= 1)
            tt_buf_char(out, clean[at]);
        else if (!view->is_utf8)
            tt_buf_char(out, '?');
        else if (wcwidth((wchar_t)code) > 0)
            tt_buf_bytes(out, clean + at, len);
        else
            tt_buf_text(out, "\xEF\xBF\xBD"); /* U+FFFD */
        at += (uint32_t)TT_MAX(len, (size_t)1);
    }
}

unsigned tt_tail_text_columns(struct tt_str text)
{
    unsigned columns = 0;

    if (is_ascii(text))
        return text.len;
    for (uint32_t at = 0; at < text.len;)
        at = step(text, at, &columns);
    return columns;
}

/* The longest beginning, and the longest end, of at most max columns. */
static struct tt_str head_of(struct tt_str text, unsigned max)
{
    uint32_t len = 0;
    unsigned columns = 0;

    for (uint32_t at = 0; at < text.len; len = at) {
        at = step(text, at, &columns);
        if (columns > max)
            break;
    }
    return (struct tt_str){text.ptr, len};
}

static struct tt_str end_of(struct tt_str text, unsigned max)
{
    unsigned all = tt_tail_text_columns(text), passed = 0;
    uint32_t at = 0;

    while (at < text.len && all - passed > max)
        at = step(text, at, &passed);
    return (struct tt_str){text.ptr + at, text.len - at};
}

static unsigned put_part(struct tt_buf *out, struct tt_str part)
{
    tt_buf_bytes(out, part.ptr, part.len);
    return tt_tail_text_columns(part);
}

static unsigned put_cut(const struct tt_tail_view *view, struct tt_str text, unsigned max,
                        enum tt_tail_cut where, struct tt_buf *out)
{
    const char *mark = view->is_utf8 ? "\xE2\x80\xA6" : "~"; /* an ellipsis */
    unsigned last = where == TT_TAIL_CUT_MIDDLE ? (max - 1) / 2 : 0, columns;

    columns = put_part(out, head_of(text, max - 1 - last));
    tt_buf_text(out, mark);
    return columns + 1 + put_part(out, end_of(text, last));
}

static void put_colour(const struct tt_tail_view *view, enum tt_tail_colour colour, struct tt_buf *out)
{
    if (!view->is_coloured || colour == TT_TAIL_PLAIN)
        return;
    if (colour == TT_TAIL_ALARM)
        tt_buf_text(out, "\033[1;31m");
    else
        tt_buf_format(out, "\033[%dm", (int)colour);
}

unsigned tt_tail_text_put(const struct tt_tail_view *view, struct tt_str text, unsigned max,
                          enum tt_tail_cut where, enum tt_tail_colour colour, struct tt_buf *out)
{
    unsigned columns;

    if (text.len == 0 || max == 0)
        return 0;
    put_colour(view, colour, out);
    columns = tt_tail_text_columns(text);
    if (columns <= max)
        tt_buf_bytes(out, text.ptr, text.len);
    else
        columns = put_cut(view, text, max, where, out);
    if (view->is_coloured && colour != TT_TAIL_PLAIN)
        tt_buf_text(out, "\033[0m");
    return columns;
}
