/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "wire/edns.h"

#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "wire/cursor.h"

int tt_ecs_read(struct tt_ecs *ecs, const uint8_t *option, size_t len)
{
    struct tt_cursor cursor = tt_cursor_over(option, len);
    uint16_t family = tt_cursor_u16(&cursor);
    uint8_t source = tt_cursor_u8(&cursor), scope = tt_cursor_u8(&cursor);
    size_t octets_n = (source + 7u) / 8;
    unsigned bits_max = family == 1 ? 32 : family == 2 ? 128 : 0;

    memset(ecs, 0, sizeof(*ecs));
    if (cursor.failed || family > 2 || source > bits_max || scope > bits_max)
        return TT_EMALFORMED;
    if (tt_cursor_left(&cursor) != octets_n)
        return TT_EMALFORMED;
    if (source % 8 != 0 && (option[len - 1] & 0xFF >> source % 8) != 0)
        return TT_EMALFORMED;
    ecs->ip.family = family == 1 ? 4 : family == 2 ? 6 : 0;
    ecs->source_prefix = source;
    ecs->scope_prefix = scope;
    if (octets_n > 0)
        memcpy(ecs->ip.bytes, option + 4, octets_n);
    return 0;
}

void tt_ecs_format(struct tt_buf *buf, const struct tt_ecs *ecs)
{
    if (ecs->ip.family == 0)
        return;
    tt_ip_format(buf, &ecs->ip);
    tt_buf_char(buf, '/');
    tt_buf_u64(buf, ecs->source_prefix);
}

static void read_ecs(struct tt_edns *edns, const uint8_t *data, size_t len)
{
    struct tt_ecs ecs;

    if (tt_ecs_read(&ecs, data, len) != 0) {
        edns->has_bad_ecs = true;
    } else if (!edns->has_ecs) {
        edns->has_ecs = true;
        edns->ecs = ecs;
    }
}

static void read_ede(struct tt_edns *edns, const uint8_t *data, size_t len)
{
    if (len < 2) {
        edns->is_cut = true;
        return;
    }
    if (edns->ede_n++ > 0)
        return;
    edns->ede_code = (uint16_t)(data[0] << 8 | data[1]);
    edns->ede_text = data + 2;
    edns->ede_text_len = (uint16_t)(len - 2);
    /* RFC 8914 section 2: a terminating NUL is not part of the text, if one was sent. */
    if (len > 2 && data[len - 1] == 0)
        edns->ede_text_len--;
}

static void read_option(struct tt_edns *edns, uint16_t code, const uint8_t *data, size_t len)
{
    edns->options_n++;
    switch (code) {
    case TT_EDNS_ECS:
        read_ecs(edns, data, len);
        break;
    case TT_EDNS_EDE:
        read_ede(edns, data, len);
        break;
    case TT_EDNS_COOKIE:
        /* RFC 7873 section 4: a client cookie of 8, then no or 8 … 32 bytes of the server's. */
        edns->has_cookie = edns->has_cookie || len == 8 || (len >= 16 && len <= 40);
        break;
    default:
        break;
    }
}

int tt_edns_read(struct tt_edns *edns, uint16_t udp_size, uint32_t ttl, const uint8_t *rdata,
                 size_t len)
{
    struct tt_cursor cursor = tt_cursor_over(rdata, len);

    memset(edns, 0, sizeof(*edns));
    edns->udp_size = udp_size;
    edns->extended_rcode = (uint8_t)(ttl >> 24);
    edns->version = (uint8_t)(ttl >> 16);
    edns->flags = (uint16_t)ttl;
    while (tt_cursor_left(&cursor) > 0) {
        uint16_t code = tt_cursor_u16(&cursor), data_len = tt_cursor_u16(&cursor);
        const uint8_t *data = tt_cursor_bytes(&cursor, data_len);
        if (data != NULL)
            read_option(edns, code, data, data_len);
    }
    edns->is_cut = edns->is_cut || cursor.failed;
    return edns->is_cut ? TT_EMALFORMED : 0;
}
