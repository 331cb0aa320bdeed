/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/* As json.c: the rows of books_fields.def expand into a straight line of keys and values. */

#include "event/books_rows.h"
#include "event/json_put.h"
#include "event/words.h"

/* Bytes of a value at worst. */
#define ROOM_ENUM(cap) 64
#define ROOM_U32(cap) TT_JSON_U32_MAX
#define ROOM_EVENT_ID(cap) TT_JSON_ID_MAX
#define ROOM_TIME(cap) TT_JSON_TIME_MAX
#define ROOM_TEXT(cap) TT_JSON_TEXT_MAX(cap)
#define ROOM_FLAG(cap) 5
#define ROOM_MARK(cap) 5
#define ROOM_U64(cap) TT_JSON_U64_MAX
#define ROOM_SEQUENCE(cap) 15
#define ROOM_HEX64(cap) TT_JSON_HEX64_MAX
#define ROOM_PORTS(cap) (2 + TT_BOOKS_PORTS_MAX * PORT_ROOM)
#define ROOM_COUNTS(cap)                                                                           \
    (2 + TT_BOOKS_REASONS_MAX * (TT_JSON_TEXT_MAX(TT_BOOKS_REASON_LEN) + 2 + TT_JSON_U64_MAX))
#define ROOM_FILES(cap) (2 + TT_BOOKS_FILES_ROOM)
#define ROOM(id, kind, cap) +(int)sizeof(",\"" #id "\":") + ROOM_##kind(cap)

enum {
    PORT_ROOM = 2
#define B(...)
#define BP(id, kind, cap, ...) ROOM(id, kind, cap)
#define BF(...)
#include "event/books_fields.def"
#undef BP
#undef BF
    ,
    FILE_ROOM = 2
#define BP(...)
#define BF(id, kind, cap, ...) ROOM(id, kind, cap)
#include "event/books_fields.def"
#undef B
#undef BF
    ,
    JSON_ROOM = 2
#define B(id, kind, cap, ...) ROOM(id, kind, cap)
#define BF(...)
#include "event/books_fields.def"
#undef B
#undef BP
#undef BF
};
TT_STATIC_ASSERT(JSON_ROOM <= (int)TT_BOOKS_MAX, "the longest record fits TT_BOOKS_MAX");

static char *put_word(char *at, const struct tt_str *words, size_t words_n, unsigned value)
{
    return tt_json_word(at, words[value < words_n ? value : 0]);
}

static char *put_bool(char *at, bool value)
{
    return value ? TT_JSON_LITERAL(at, "true") : TT_JSON_LITERAL(at, "false");
}

#define PUT_ENUM(id, value, cap) put_word(at, tt_##cap##_words, TT_COUNT(tt_##cap##_words), value)
#define PUT_U32(id, value, cap) tt_json_u32(at, value)
#define PUT_EVENT_ID(id, value, cap) tt_json_id(at, origin->random, value)
#define PUT_TIME(id, value, cap) tt_json_time(at, value)
#define PUT_TEXT(id, value, cap) tt_json_text(at, tt_str_from(value), cap)
#define PUT_FLAG(id, value, cap) put_bool(at, value)
#define PUT_MARK(id, value, cap) put_bool(at, value)
#define PUT_U64(id, value, cap) tt_json_u64(at, value)
#define PUT_SEQUENCE(id, value, cap) tt_json_u64(at, tt_books_sequence(value))
#define PUT_HEX64(id, value, cap) tt_json_hex64(at, value)
#define PUT_PORTS(id, value, cap) put_ports(at, books, cut)
#define PUT_COUNTS(id, value, cap) put_counts(at, value, books->id##_n)
#define PUT_FILES(id, value, cap) put_files(at, books, cut)
#define PUT(id, kind, cap, value)                                                                  \
    if (TT_BOOKS_HAS_##kind(value)) {                                                              \
        at = TT_JSON_LITERAL(at, ",\"" #id "\":");                                                 \
        at = PUT_##kind(id, value, cap);                                                           \
    }

/* Every object has a first key that is always there: its comma becomes the brace. */
static char *put_port(char *at, const struct tt_books_port *port)
{
    char *start = at;

#define B(...)
#define BP(id, kind, cap, tag, need, value, doc) PUT(id, kind, cap, value)
#define BF(...)
#include "event/books_fields.def"
#undef BP
#undef BF
    *start = '{';
    *at++ = '}';
    return at;
}

static char *put_file(char *at, const struct tt_books_file *file)
{
    char *start = at;

#define BP(...)
#define BF(id, kind, cap, tag, need, value, doc) PUT(id, kind, cap, value)
#include "event/books_fields.def"
#undef B
#undef BP
#undef BF
    *start = '{';
    *at++ = '}';
    return at;
}

static char *put_ports(char *at, const struct tt_books *books, struct tt_books_cut *cut)
{
    cut->ports = books->ports_n > TT_BOOKS_PORTS_MAX;
    *at++ = '[';
    for (unsigned i = 0; i < books->ports_n && i < TT_BOOKS_PORTS_MAX; i++) {
        if (i > 0)
            *at++ = ',';
        at = put_port(at, &books->ports[i]);
    }
    *at++ = ']';
    return at;
}

static char *put_counts(char *at, const struct tt_books_count *counts, unsigned n)
{
    char *start = at++;

    for (unsigned i = 0, written = 0; i < n && written < TT_BOOKS_REASONS_MAX; i++) {
        if (counts[i].n == 0)
            continue;
        if (written++ > 0)
            *at++ = ',';
        at = tt_json_text(at, tt_str_from(counts[i].reason), TT_BOOKS_REASON_LEN);
        *at++ = ':';
        at = tt_json_u64(at, counts[i].n);
    }
    *start = '{';
    *at++ = '}';
    return at;
}

static char *put_files(char *at, const struct tt_books *books, struct tt_books_cut *cut)
{
    char *start = at++, item[FILE_ROOM];

    for (unsigned i = 0; i < books->files_n && !cut->files; i++) {
        size_t len = (size_t)(put_file(item, &books->files[i]) - item);
        cut->files = (size_t)(at - start) + len + 1 > TT_BOOKS_FILES_ROOM;
        if (cut->files)
            break;
        if (i > 0)
            *at++ = ',';
        at = tt_json_bytes(at, item, len);
    }
    *start = '[';
    *at++ = ']';
    return at;
}

static char *put_record(char *at, const struct tt_books *books,
                        const struct tt_event_origin *origin, struct tt_books_cut *cut)
{
#define B(id, kind, cap, tag, need, value, doc) PUT(id, kind, cap, value)
#define BP(...)
#define BF(...)
#include "event/books_fields.def"
#undef B
#undef BP
#undef BF
    return at;
}

void tt_books_to_json(const struct tt_books *books, const struct tt_event_origin *origin,
                      struct tt_buf *buf)
{
    struct tt_books_cut cut = {false, false};
    char *start = tt_buf_room(buf, TT_BOOKS_MAX), *at;

    if (start == NULL)
        return;
    at = put_record(start, books, origin, &cut);
    *start = '{';
    *at++ = '}';
    buf->len -= TT_BOOKS_MAX - (size_t)(at - start);
}
