/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/* The rows of books_fields.def as data, for whoever prints; what both writers of books share. */

#include "event/books.h"

#define TT_BOOKS_KINDS(X)                                                                          \
    X(ENUM)                                                                                        \
    X(U32)                                                                                         \
    X(EVENT_ID)                                                                                    \
    X(TIME)                                                                                        \
    X(TEXT)                                                                                        \
    X(FLAG)                                                                                        \
    X(MARK)                                                                                        \
    X(U64)                                                                                         \
    X(SEQUENCE)                                                                                    \
    X(HEX64)                                                                                       \
    X(PORTS)                                                                                       \
    X(COUNTS)                                                                                      \
    X(FILES)

enum tt_books_kind {
#define X(name) TT_BOOKS_##name,
    TT_BOOKS_KINDS(X) TT_BOOKS_KINDS_N
#undef X
};

struct tt_books_row {
    const char *id, *cap, *doc;
    uint8_t kind; /* enum tt_books_kind */
    uint8_t tag;
    char need; /* n always, y may be absent */
};

/* The record, an item of ports, an item of files; each ends with a row whose id is NULL. */
extern const struct tt_books_row tt_books_rows[], tt_books_port_rows[], tt_books_file_rows[];

/* At most so many ports and reasons are written; files share TT_BOOKS_FILES_ROOM bytes. */
enum { TT_BOOKS_PORTS_MAX = 1056, TT_BOOKS_REASONS_MAX = 32, TT_BOOKS_REASON_LEN = 64 };
enum { TT_BOOKS_FILES_ROOM = 32 * 1024, TT_BOOKS_SEQUENCE_BITS = 48 };

/* What did not fit. */
struct tt_books_cut {
    bool ports, files;
};

static inline uint64_t tt_books_sequence(uint64_t number)
{
    return number & (((uint64_t)1 << TT_BOOKS_SEQUENCE_BITS) - 1);
}

/* When a value is written, by the kind of its row. */
static inline bool tt_books_has_text(const char *text)
{
    return text != NULL && text[0] != '\0';
}
#define TT_BOOKS_HAS_ENUM(value) true
#define TT_BOOKS_HAS_U32(value) true
#define TT_BOOKS_HAS_EVENT_ID(value) true
#define TT_BOOKS_HAS_TIME(value) true
#define TT_BOOKS_HAS_TEXT(value) tt_books_has_text(value)
#define TT_BOOKS_HAS_FLAG(value) true
#define TT_BOOKS_HAS_MARK(value) (value)
#define TT_BOOKS_HAS_U64(value) true
#define TT_BOOKS_HAS_SEQUENCE(value) (port->last >= port->first)
#define TT_BOOKS_HAS_HEX64(value) ((value) != 0)
#define TT_BOOKS_HAS_PORTS(value) true
#define TT_BOOKS_HAS_COUNTS(value) true
#define TT_BOOKS_HAS_FILES(value) true
