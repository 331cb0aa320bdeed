/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/* As books_json.c. Counts are maps: on the wire, messages of a reason (1) and a number (2). */

#include "event/books_rows.h"
#include "event/enums.h"
#include "event/proto_put.h"

/* Bytes of a value and its key at worst. */
#define ROOM_ENUM(cap) 4
#define ROOM_U32(cap) 6
#define ROOM_EVENT_ID(cap) 19
#define ROOM_TIME(cap) 10
#define ROOM_TEXT(cap) (5 + (cap))
#define ROOM_FLAG(cap) 3
#define ROOM_MARK(cap) 3
#define ROOM_U64(cap) 12
#define ROOM_SEQUENCE(cap) 9
#define ROOM_HEX64(cap) 10
#define ROOM_PORTS(cap) (TT_BOOKS_PORTS_MAX * (4 + PORT_ROOM))
#define ROOM_COUNTS(cap) (TT_BOOKS_REASONS_MAX * COUNT_ROOM)
#define ROOM_FILES(cap) TT_BOOKS_FILES_ROOM

enum {
    COUNT_ROOM = 4 + 2 + TT_BOOKS_REASON_LEN + 11,
    PORT_ROOM = 0
#define B(...)
#define BP(id, kind, cap, ...) +ROOM_##kind(cap)
#define BF(...)
#include "event/books_fields.def"
#undef BP
#undef BF
    ,
    FILE_ROOM = 0
#define BP(...)
#define BF(id, kind, cap, ...) +ROOM_##kind(cap)
#include "event/books_fields.def"
#undef B
#undef BF
    ,
    PROTO_ROOM = 0
#define B(id, kind, cap, ...) +ROOM_##kind(cap)
#define BF(...)
#include "event/books_fields.def"
#undef B
#undef BP
#undef BF
};
TT_STATIC_ASSERT(PROTO_ROOM <= (int)TT_BOOKS_MAX, "the longest record fits TT_BOOKS_MAX");

#define PUT_ENUM(id, tag, value, cap) tt_proto_number(at, tag, value)
#define PUT_U32(id, tag, value, cap) tt_proto_number(at, tag, value)
#define PUT_EVENT_ID(id, tag, value, cap) tt_proto_id(at, tag, origin->random, value)
#define PUT_TIME(id, tag, value, cap) tt_proto_i64(at, tag, value)
#define PUT_TEXT(id, tag, value, cap) tt_proto_text(at, tag, tt_str_from(value), cap)
#define PUT_FLAG(id, tag, value, cap) tt_proto_number(at, tag, value)
#define PUT_MARK(id, tag, value, cap) tt_proto_number(at, tag, value)
#define PUT_U64(id, tag, value, cap) tt_proto_number(at, tag, value)
#define PUT_SEQUENCE(id, tag, value, cap) tt_proto_number(at, tag, tt_books_sequence(value))
#define PUT_HEX64(id, tag, value, cap) tt_proto_i64(at, tag, value)
#define PUT_PORTS(id, tag, value, cap) put_ports(at, tag, books, cut)
#define PUT_COUNTS(id, tag, value, cap) put_counts(at, tag, value, books->id##_n)
#define PUT_FILES(id, tag, value, cap) put_files(at, tag, books, cut)
#define PUT(id, kind, cap, tag, value)                                                             \
    if (TT_BOOKS_HAS_##kind(value))                                                                \
        at = PUT_##kind(id, tag, value, cap);

static uint8_t *put_port(uint8_t *at, const struct tt_books_port *port)
{
#define B(...)
#define BP(id, kind, cap, tag, need, value, doc) PUT(id, kind, cap, tag, value)
#define BF(...)
#include "event/books_fields.def"
#undef BP
#undef BF
    return at;
}

static uint8_t *put_file(uint8_t *at, const struct tt_books_file *file)
{
#define BP(...)
#define BF(id, kind, cap, tag, need, value, doc) PUT(id, kind, cap, tag, value)
#include "event/books_fields.def"
#undef B
#undef BP
#undef BF
    return at;
}

static uint8_t *put_ports(uint8_t *at, uint32_t tag, const struct tt_books *books,
                          struct tt_books_cut *cut)
{
    uint8_t item[PORT_ROOM];

    cut->ports = books->ports_n > TT_BOOKS_PORTS_MAX;
    for (unsigned i = 0; i < books->ports_n && i < TT_BOOKS_PORTS_MAX; i++)
        at = tt_proto_bytes(at, tag, item, (size_t)(put_port(item, &books->ports[i]) - item));
    return at;
}

static uint8_t *put_counts(uint8_t *at, uint32_t tag, const struct tt_books_count *counts,
                           unsigned n)
{
    uint8_t item[COUNT_ROOM], *end;

    for (unsigned i = 0, written = 0; i < n && written < TT_BOOKS_REASONS_MAX; i++) {
        if (counts[i].n == 0)
            continue;
        end = tt_proto_text(item, 1, tt_str_from(counts[i].reason), TT_BOOKS_REASON_LEN);
        end = tt_proto_number(end, 2, counts[i].n);
        at = tt_proto_bytes(at, tag, item, (size_t)(end - item));
        written++;
    }
    return at;
}

static uint8_t *put_files(uint8_t *at, uint32_t tag, const struct tt_books *books,
                          struct tt_books_cut *cut)
{
    const uint8_t *start = at;
    uint8_t item[FILE_ROOM];

    for (unsigned i = 0; i < books->files_n; i++) {
        size_t len = (size_t)(put_file(item, &books->files[i]) - item);
        cut->files = (size_t)(at - start) + len + 5 > TT_BOOKS_FILES_ROOM;
        if (cut->files)
            break;
        at = tt_proto_bytes(at, tag, item, len);
    }
    return at;
}

static uint8_t *put_record(uint8_t *at, const struct tt_books *books,
                           const struct tt_event_origin *origin, struct tt_books_cut *cut)
{
#define B(id, kind, cap, tag, need, value, doc) PUT(id, kind, cap, tag, value)
#define BP(...)
#define BF(...)
#include "event/books_fields.def"
#undef B
#undef BP
#undef BF
    return at;
}

void tt_books_to_proto(const struct tt_books *books, const struct tt_event_origin *origin,
                       struct tt_buf *buf)
{
    struct tt_books_cut cut = {false, false};
    char *start = tt_buf_room(buf, TT_BOOKS_MAX);
    const uint8_t *end;

    if (start == NULL)
        return;
    end = put_record((uint8_t *)start, books, origin, &cut);
    buf->len -= TT_BOOKS_MAX - (size_t)(end - (const uint8_t *)start);
}
