/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "event/form.h"

#include <stddef.h>

#include "conf/conf.h"
#include "event/aggregate.h"
#include "event/alert.h"
#include "event/books.h"
#include "event/form_value.h"
#include "event/words.h"

/* The type of a member by the kind of its row; that of the member is compared in size. */
typedef uint64_t form_KIND, form_VERSION, form_DUP, form_U64, form_EVENT_ID, form_TIME, form_PORT,
    form_SEQUENCE, form_HEX64;
typedef uint8_t form_ENUM, form_TOPIC;
typedef uint32_t form_U32;
typedef const char *form_TEXT;
typedef struct tt_str form_VIEW, form_NAME;
typedef bool form_FLAG, form_MARK;
typedef struct tt_ip form_IP;
typedef struct tt_net form_NET;
typedef int32_t form_TYPE, form_RCODE;
typedef const void *form_TEXTS, *form_COUNTS, *form_LIST, *form_CUT;

#define SIZE_OF(type, member) sizeof(((type *)0)->member)
#define OFFSET(type, kind, member)                                                                           \
    (offsetof(type, member) + 0 * sizeof(char[SIZE_OF(type, member) == sizeof(form_##kind) ? 1 : -1]))

/* What a kind makes of the column cap: bytes, words of an enumeration, a form. */
#define NOTHING(ignored) .cap = 0
#define BYTES(cap_) .cap = cap_
#define WORDS(cap) .words = tt_##cap##_words, .words_n = TT_COUNT(tt_##cap##_words)
#define ITEMS(cap) .items = &form_##cap
#define CAP_KIND WORDS
#define CAP_VERSION NOTHING
#define CAP_DUP WORDS
#define CAP_ENUM WORDS
#define CAP_U32 NOTHING
#define CAP_U64 NOTHING
#define CAP_EVENT_ID NOTHING
#define CAP_TIME NOTHING
#define CAP_TEXT BYTES
#define CAP_VIEW BYTES
#define CAP_NAME BYTES
#define CAP_TOPIC BYTES
#define CAP_FLAG NOTHING
#define CAP_MARK NOTHING
#define CAP_PORT NOTHING
#define CAP_SEQUENCE NOTHING
#define CAP_HEX64 NOTHING
#define CAP_IP NOTHING
#define CAP_NET NOTHING
#define CAP_TYPE NOTHING
#define CAP_RCODE NOTHING
#define CAP_TEXTS BYTES
#define CAP_COUNTS NOTHING
#define CAP_LIST ITEMS
#define CAP_CUT NOTHING

#define N_NONE(type, member) 0
#define N_THERE(type, member) offsetof(type, member##_n)
#define N_KIND N_NONE
#define N_VERSION N_NONE
#define N_DUP N_NONE
#define N_ENUM N_NONE
#define N_U32 N_NONE
#define N_U64 N_NONE
#define N_EVENT_ID N_NONE
#define N_TIME N_NONE
#define N_TEXT N_NONE
#define N_VIEW N_NONE
#define N_NAME N_NONE
#define N_TOPIC N_NONE
#define N_FLAG N_NONE
#define N_MARK N_NONE
#define N_PORT N_NONE
#define N_SEQUENCE N_NONE
#define N_HEX64 N_NONE
#define N_IP N_NONE
#define N_NET N_NONE
#define N_TYPE N_NONE
#define N_RCODE N_NONE
#define N_TEXTS N_THERE
#define N_COUNTS N_THERE
#define N_LIST N_THERE
#define N_CUT N_NONE

#define ROW(type, from_origin, id_, kind_, cap_, tag_, need_, member, doc_)                                  \
    {.id = #id_,                                                                                             \
     .cap_text = #cap_,                                                                                      \
     .doc = doc_,                                                                                            \
     CAP_##kind_(cap_),                                                                                      \
     .offset = (uint16_t)OFFSET(type, kind_, member),                                                        \
     .n_offset = (uint16_t)N_##kind_(type, member),                                                          \
     .tag = tag_,                                                                                            \
     .kind = TT_FORM_##kind_,                                                                                \
     .need = #need_[0],                                                                                      \
     .is_of_origin = from_origin},
#define O(...) ROW(struct tt_event_origin, true, __VA_ARGS__)
#define ROWS_OF(table) .rows = table, .rows_n = TT_COUNT(table)

#define B(...)
#define BF(...)
#define BP(...) ROW(struct tt_books_port, false, __VA_ARGS__)
static const struct tt_form_row port_rows[] = {
#include "event/books_fields.def"
};
#undef BP
#undef BF
#define BP(...)
#define BF(...) ROW(struct tt_books_file, false, __VA_ARGS__)
static const struct tt_form_row file_rows[] = {
#include "event/books_fields.def"
};
#undef B
#undef BF

enum { PORTS_MAX = 1056, FILES_ROOM = 32 * 1024 };

static const struct tt_form form_books_port = {.name = "books_port",
                                               .message = "BooksPort",
                                               .doc = "One writer of a core.",
                                               ROWS_OF(port_rows),
                                               .item_size = sizeof(struct tt_books_port),
                                               .items_max = PORTS_MAX};
static const struct tt_form form_books_file = {.name = "books_file",
                                               .message = "BooksFile",
                                               .doc = "A data file.",
                                               ROWS_OF(file_rows),
                                               .item_size = sizeof(struct tt_books_file),
                                               .items_max = UINT32_MAX,
                                               .room = FILES_ROOM};

#define RECORD_TIME "when the counts were taken (UTC)"
#define B(...) ROW(struct tt_books, false, __VA_ARGS__)
#define BF(...)
#define H B
static const struct tt_form_row books_rows[] = {
#include "event/head_fields.def"
#include "event/books_fields.def"
};
#undef H
#undef B
#undef RECORD_TIME

const struct tt_form tt_form_books = {
    .name = "books",
    .message = "BooksRecord",
    .doc = "A record of kind books: what became of the records of one sink and topic.",
    ROWS_OF(books_rows),
    .kind = TT_record_kind_BOOKS,
    .max = TT_BOOKS_MAX};

#define A(...)
#define AE(...) ROW(struct tt_alert_evidence, false, __VA_ARGS__)
static const struct tt_form_row evidence_rows[] = {
#include "event/alert_fields.def"
};
#undef A
#undef AE

static const struct tt_form form_alert_evidence = {.name = "alert_evidence",
                                                   .message = "AlertEvidence",
                                                   .doc = "What an alert rests on.",
                                                   ROWS_OF(evidence_rows),
                                                   .item_size = sizeof(struct tt_alert_evidence),
                                                   .items_max = 16};

#define RECORD_TIME "when the alert came into this state, or was said again (UTC)"
#define A(...) ROW(struct tt_alert, false, __VA_ARGS__)
#define AE(...)
#define H A
static const struct tt_form_row alert_rows[] = {
#include "event/head_fields.def"
#include "event/alert_fields.def"
};
#undef H
#undef RECORD_TIME

const struct tt_form tt_form_alert = {.name = "alert",
                                      .message = "AlertRecord",
                                      .doc = "A record of kind alert: the state of one alert.",
                                      ROWS_OF(alert_rows),
                                      .kind = TT_record_kind_ALERT,
                                      .max = TT_ALERT_MAX};

#define RECORD_TIME                                                                                          \
    "end of the window, or when it was cut short: a new configuration, the end of the process (UTC)"
#define G(...) ROW(struct tt_aggregate, false, __VA_ARGS__)
#define H G
static const struct tt_form_row aggregate_rows[] = {
#include "event/head_fields.def"
#include "event/aggregate_fields.def"
};

const struct tt_form tt_form_aggregate = {
    .name = "aggregate",
    .message = "AggregateRecord",
    .doc = "A record of kind aggregate: how many queries of clients one group had in one window.",
    ROWS_OF(aggregate_rows),
    .kind = TT_record_kind_AGGREGATE,
    .max = TT_AGGREGATE_MAX};

const struct tt_form *const tt_forms[TT_FORMS_N] = {&tt_form_books, &tt_form_alert, &tt_form_aggregate};
