/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "event/text.h"

#include "base/buf.h"
#include "base/err.h"
#include "wire/name.h"

int tt_text_from_name(struct tt_span name, struct tt_arena *arena, struct tt_str *text)
{
    size_t room = 4u * name.len; /* \DDD for every byte */
    char *at = tt_arena_take(arena, room);
    struct tt_buf buf = tt_buf_over(at, room);

    if (at == NULL)
        return TT_ENOMEM;
    tt_name_format(&buf, name.bytes, name.len);
    *text = (struct tt_str){buf.data, (uint32_t)buf.len};
    return TT_OK;
}

int tt_text_from_bytes(struct tt_span bytes, struct tt_arena *arena, struct tt_str *text)
{
    size_t room = TT_MIN(3u * bytes.len, TT_OBS_TEXT_MAX); /* a replaced byte becomes three */
    char *at;

    *text = (struct tt_str){NULL, 0};
    if (bytes.len == 0)
        return TT_OK;
    at = tt_arena_take(arena, room);
    if (at == NULL)
        return TT_ENOMEM;
    *text = (struct tt_str){at, (uint32_t)tt_str_clean(bytes.bytes, bytes.len, at, room)};
    return TT_OK;
}
