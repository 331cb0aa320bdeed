/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * The rare records (every kind but dns) as tables: a form is the rows of one .def, from which both writers
 * and all schemas work at run time. A new kind of record is a struct, a .def and a form in form.c. Records of
 * kind dns have writers of their own, expanded into straight-line code, because there are millions of them.
 */

#include "base/buf.h"
#include "event/event.h"

/*
 * What a member is, and when it is absent where its row says that it may be.
 *
 *   KIND, VERSION     of the record; no member
 *   DUP               nothing writes it here: event/mark.h puts it into a record that is sent again
 *   ENUM              uint8_t, words of enums.def; 0: absent
 *   U32, U64          uint32_t, uint64_t
 *   EVENT_ID          uint64_t: the number behind the core's random
 *   TIME              uint64_t: µs since 1970; 0: absent
 *   TEXT              const char *; NULL or "": absent, also where it must be there
 *   VIEW, NAME        struct tt_str, any text or a name of wire/name.h; ptr NULL: absent
 *   TOPIC             uint8_t: enum tt_topic
 *   FLAG, MARK        bool; true or false, true or absent
 *   PORT              uint64_t: its upper 16 bits
 *   SEQUENCE          uint64_t: its lower 48 bits; of an item that begins with first and last: absent when
 *                     last < first
 *   HEX64             uint64_t; 0: absent
 *   IP, NET           struct tt_ip, struct tt_net; family 0: absent
 *   TYPE, RCODE       int32_t; negative: absent
 *   TEXTS             const struct tt_str *; its number is the member of that name with _n. Empty: absent
 *   COUNTS            const struct tt_form_count *, as TEXTS; rows of 0 left out; never absent
 *   LIST              items of another form, as TEXTS; never absent
 *   CUT               the member of a LIST: true when items were left out, else absent
 */
#define TT_FORM_KINDS(X)                                                                                   \
    X(KIND)                                                                                                \
    X(VERSION)                                                                                             \
    X(DUP)                                                                                                 \
    X(ENUM)                                                                                                \
    X(U32)                                                                                                 \
    X(U64)                                                                                                 \
    X(EVENT_ID)                                                                                            \
    X(TIME)                                                                                                \
    X(TEXT)                                                                                                \
    X(VIEW)                                                                                                \
    X(NAME)                                                                                                \
    X(TOPIC)                                                                                               \
    X(FLAG)                                                                                                \
    X(MARK)                                                                                                \
    X(PORT)                                                                                                \
    X(SEQUENCE)                                                                                            \
    X(HEX64)                                                                                               \
    X(IP)                                                                                                  \
    X(NET)                                                                                                 \
    X(TYPE)                                                                                                \
    X(RCODE)                                                                                               \
    X(TEXTS)                                                                                               \
    X(COUNTS)                                                                                              \
    X(LIST)                                                                                                \
    X(CUT)

enum tt_form_kind {
#define X(name) TT_FORM_##name,
    TT_FORM_KINDS(X) TT_FORM_KINDS_N
#undef X
};

/* A reason and how many; reason lends. */
struct tt_form_count {
    const char *reason;
    uint64_t n;
};

struct tt_form;

/* One row of a .def; the columns are explained in head_fields.def. */
struct tt_form_row {
    const char *id, *cap_text, *doc;
    const struct tt_str *words; /* of ENUM */
    const struct tt_form *items; /* of LIST */
    uint16_t words_n;
    uint16_t cap; /* bytes of a text */
    uint16_t offset, n_offset;
    uint16_t tag;
    uint8_t kind; /* enum tt_form_kind */
    char need; /* n always there, y may be absent */
    bool is_of_origin; /* the member is one of struct tt_event_origin */
};

struct tt_form {
    const char *name, *message; /* in the JSON Schema, in telltale.proto */
    const char *doc;
    const struct tt_form_row *rows;
    unsigned rows_n;
    uint8_t kind; /* enum tt_record_kind; 0: items of a list */
    size_t max; /* of a record: bytes of either encoding at worst */
    size_t item_size; /* of items: bytes of the struct */
    unsigned items_max; /* of items: more are left out */
    size_t room; /* of items: all of them together in bytes of the encoding, 0: no matter */
};

extern const struct tt_form tt_form_books, tt_form_alert, tt_form_aggregate;

/* Every kind of record, in the order of the documentation. */
enum { TT_FORMS_N = 3 };
extern const struct tt_form *const tt_forms[TT_FORMS_N];

/* Bounds of COUNTS and TEXTS. */
enum { TT_FORM_REASONS_MAX = 32, TT_FORM_REASON_LEN = 64, TT_FORM_TEXTS_MAX = 32 };

/*
 * Appends a record, the struct of its form, in one of the encodings. Overflow is set and nothing written
 * when the buffer has less room than form->max. Thread: any.
 */
void tt_form_to_json(const struct tt_form *form, const void *record, const struct tt_event_origin *origin,
                     struct tt_buf *buf);
void tt_form_to_proto(const struct tt_form *form, const void *record, const struct tt_event_origin *origin,
                      struct tt_buf *buf);

/* Bytes of a row at worst, its key included; of all rows of a form. For tests, and for the writers. */
size_t tt_form_json_room(const struct tt_form_row *row);
size_t tt_form_proto_room(const struct tt_form_row *row);
size_t tt_form_sum(const struct tt_form *form, size_t (*room)(const struct tt_form_row *row));
