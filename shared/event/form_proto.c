/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/* As form_json.c. Counts are maps: on the wire, messages of a reason (1) and a number (2). */

#include "event/form_value.h"
#include "event/enums.h"
#include "event/proto_put.h"

struct writer {
    const struct tt_form *record; /* the outermost form */
    const struct tt_event_origin *origin;
    struct tt_form_cuts cuts;
    bool is_full;
};

typedef uint8_t *(*put_f)(uint8_t *at, const struct tt_form_row *row, const void *base, struct writer *writer);

static uint8_t *put_form(uint8_t *at, const uint8_t *end, const struct tt_form *form, const void *item,
                         struct writer *writer);

/* Bytes of a count at worst: both keys and lengths, a reason, a number. */
enum { COUNT_ROOM = 4 + 2 + TT_FORM_REASON_LEN + 11, KEY_ROOM = 3, LEN_ROOM = 3 };

#define PUT(kind)                                                                                          \
    static uint8_t *put_##kind(uint8_t *at, const struct tt_form_row *row, const void *base,               \
                               struct writer *writer)
#define UNUSED ((void)row, (void)base, (void)writer)

PUT(KIND)
{
    UNUSED;
    return tt_proto_number(at, row->tag, writer->record->kind);
}

PUT(VERSION)
{
    UNUSED;
    return tt_proto_number(at, row->tag, TT_EVENT_SCHEMA_VERSION);
}

PUT(ENUM)
{
    UNUSED;
    return tt_proto_number(at, row->tag, tt_form_u8(row, base));
}

PUT(U32)
{
    UNUSED;
    return tt_proto_number(at, row->tag, tt_form_u32(row, base));
}

PUT(U64)
{
    UNUSED;
    return tt_proto_number(at, row->tag, tt_form_u64(row, base));
}

PUT(EVENT_ID)
{
    return tt_proto_id(at, row->tag, writer->origin->random, tt_form_u64(row, base));
}

PUT(TIME)
{
    UNUSED;
    return tt_proto_i64(at, row->tag, tt_form_u64(row, base));
}

PUT(TEXT)
{
    UNUSED;
    return tt_proto_text(at, row->tag, tt_form_text(row, base), row->cap);
}

PUT(CUT)
{
    UNUSED;
    return tt_proto_number(at, row->tag, true);
}

PUT(PORT)
{
    UNUSED;
    return tt_proto_number(at, row->tag, tt_form_u64(row, base) >> TT_FORM_SEQUENCE_BITS);
}

PUT(SEQUENCE)
{
    UNUSED;
    return tt_proto_number(at, row->tag, tt_form_sequence(row, base));
}

PUT(IP)
{
    const struct tt_ip *ip = tt_form_at(row, base);

    UNUSED;
    return tt_proto_bytes(at, row->tag, ip->bytes, ip->family == 4 ? 4 : 16);
}

PUT(NET)
{
    const struct tt_net *net = tt_form_at(row, base);
    size_t len = net->ip.family == 4 ? 4 : 16;
    uint8_t bytes[17];

    UNUSED;
    memcpy(bytes, net->ip.bytes, len);
    bytes[len] = net->prefix;
    return tt_proto_bytes(at, row->tag, bytes, len + 1);
}

PUT(TEXTS)
{
    const struct tt_str *texts = tt_form_pointer(row, base);
    unsigned n = TT_MIN(tt_form_n(row, base), (unsigned)TT_FORM_TEXTS_MAX);

    UNUSED;
    for (unsigned i = 0; i < n; i++)
        at = tt_proto_text(at, row->tag, texts[i], row->cap);
    return at;
}

PUT(COUNTS)
{
    const struct tt_form_count *counts = tt_form_pointer(row, base);
    unsigned n = tt_form_n(row, base);
    uint8_t item[COUNT_ROOM], *end;

    UNUSED;
    for (unsigned i = 0, written = 0; i < n && written < TT_FORM_REASONS_MAX; i++) {
        if (counts[i].n == 0)
            continue;
        end = tt_proto_text(item, 1, tt_str_from(counts[i].reason), TT_FORM_REASON_LEN);
        end = tt_proto_number(end, 2, counts[i].n);
        at = tt_proto_bytes(at, row->tag, item, (size_t)(end - item));
        written++;
    }
    return at;
}

PUT(LIST)
{
    const struct tt_form *form = row->items;
    const char *items = tt_form_pointer(row, base);
    unsigned n = tt_form_n(row, base), i = 0;
    const uint8_t *start = at;
    uint8_t item[TT_FORM_ITEM_MAX];

    for (; i < n && i < form->items_max; i++) {
        size_t len = (size_t)(put_form(item, item + sizeof(item), form, items + i * form->item_size, writer) - item);

        if (form->room > 0 && (size_t)(at - start) + len + 5 > form->room)
            break;
        at = tt_proto_bytes(at, row->tag, item, len);
    }
    if (i < n && writer->cuts.n < TT_COUNT(writer->cuts.offsets))
        writer->cuts.offsets[writer->cuts.n++] = row->offset;
    return at;
}

#define put_VIEW put_TEXT
#define put_NAME put_TEXT
#define put_TOPIC put_TEXT
#define put_FLAG put_ENUM
#define put_MARK put_ENUM
#define put_DUP put_ENUM
#define put_HEX64 put_TIME
#define put_TYPE put_U32
#define put_RCODE put_U32
#define X(name) [TT_FORM_##name] = put_##name,
static const put_f puts_of[TT_FORM_KINDS_N] = {TT_FORM_KINDS(X)};
#undef X

size_t tt_form_proto_room(const struct tt_form_row *row)
{
    switch (row->kind) {
    case TT_FORM_TEXT:
    case TT_FORM_VIEW:
    case TT_FORM_NAME:
    case TT_FORM_TOPIC:
        return KEY_ROOM + LEN_ROOM + row->cap;
    case TT_FORM_TEXTS:
        return TT_FORM_TEXTS_MAX * (KEY_ROOM + LEN_ROOM + (size_t)row->cap);
    case TT_FORM_COUNTS:
        return TT_FORM_REASONS_MAX * (KEY_ROOM + LEN_ROOM + (size_t)COUNT_ROOM);
    case TT_FORM_LIST:
        if (row->items->room > 0)
            return row->items->room;
        return row->items->items_max *
               (KEY_ROOM + LEN_ROOM + tt_form_sum(row->items, tt_form_proto_room));
    case TT_FORM_PORT:
        return 1 + 3; /* items have small tags */
    case TT_FORM_SEQUENCE:
        return 1 + 7;
    default: /* the longest: 17 bytes of an address and its prefix, or of an id, behind their length */
        return KEY_ROOM + 1 + 17;
    }
}

static uint8_t *put_form(uint8_t *at, const uint8_t *end, const struct tt_form *form, const void *item,
                         struct writer *writer)
{
    uint8_t *start = at;

    for (unsigned i = 0; i < form->rows_n; i++) {
        const struct tt_form_row *row = &form->rows[i];
        const void *base = row->is_of_origin ? (const void *)writer->origin : item;

        if (!tt_form_has(row, base, &writer->cuts))
            continue;
        if ((size_t)(end - at) < tt_form_proto_room(row)) {
            writer->is_full = true;
            return start;
        }
        at = puts_of[row->kind](at, row, base, writer);
    }
    return at;
}

void tt_form_to_proto(const struct tt_form *form, const void *record, const struct tt_event_origin *origin,
                      struct tt_buf *buf)
{
    struct writer writer = {.record = form, .origin = origin};
    char *start = tt_buf_room(buf, form->max);
    const uint8_t *end;

    if (start == NULL)
        return;
    end = put_form((uint8_t *)start, (uint8_t *)start + form->max, form, record, &writer);
    if (writer.is_full) {
        buf->overflow = true;
        end = (const uint8_t *)start;
    }
    buf->len -= form->max - (size_t)(end - (const uint8_t *)start);
}
