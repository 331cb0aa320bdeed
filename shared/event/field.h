/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * The fields of a record of kind dns: their numbers, sets of them, and the rows of event_fields.def
 * as data for whoever prints (schemas, documentation) or checks (tests). Hot code expands the rows
 * itself.
 */

#include "base/compat.h"
#include "conf/conf.h"

enum tt_field {
#define F(id, ...) TT_FIELD_##id,
#include "event/event_fields.def"
#undef F
    TT_FIELDS_N
};

/* A set of fields. */
struct tt_fields {
    uint64_t bits[2];
};

TT_STATIC_ASSERT(TT_FIELDS_N <= 128, "a set of fields has 128 bits");

static inline bool tt_fields_have(const struct tt_fields *fields, enum tt_field field)
{
    return fields->bits[field / 64] >> (field % 64) & 1;
}

static inline void tt_fields_add(struct tt_fields *fields, enum tt_field field)
{
    fields->bits[field / 64] |= (uint64_t)1 << (field % 64);
}

static inline void tt_fields_drop(struct tt_fields *fields, enum tt_field field)
{
    fields->bits[field / 64] &= ~((uint64_t)1 << (field % 64));
}

#define TT_FIELD_KINDS(X)                                                                          \
    X(BOOL)                                                                                        \
    X(U8)                                                                                          \
    X(U16)                                                                                         \
    X(U32)                                                                                         \
    X(F32)                                                                                         \
    X(ENUM)                                                                                        \
    X(TYPE)                                                                                        \
    X(CLASS)                                                                                       \
    X(RCODE)                                                                                       \
    X(OPCODE)                                                                                      \
    X(TIME)                                                                                        \
    X(EVENT_ID)                                                                                    \
    X(TRANSACTION_ID)                                                                              \
    X(HEX64)                                                                                       \
    X(IP)                                                                                          \
    X(NET)                                                                                         \
    X(TEXT)                                                                                        \
    X(NAME)                                                                                        \
    X(TEXTS)                                                                                       \
    X(NAMES)                                                                                       \
    X(IPS)                                                                                         \
    X(U32S)

enum tt_field_kind {
#define X(name) TT_KIND_##name,
    TT_FIELD_KINDS(X) TT_KINDS_N
#undef X
};

enum tt_field_stage { TT_STAGE_RAW, TT_STAGE_NORMALIZED, TT_STAGE_ENRICHED };
enum tt_field_origin { TT_ORIGIN_OBSERVED, TT_ORIGIN_COMPUTED, TT_ORIGIN_FEED };
enum tt_field_class { TT_PRIVATE_PERSONAL, TT_PRIVATE_DERIVED, TT_PRIVATE_NONE };

/* One row of event_fields.def; the columns are explained there. */
struct tt_field_row {
    const char *id;
    uint8_t kind; /* enum tt_field_kind */
    uint8_t stage; /* enum tt_field_stage */
    uint8_t origin; /* enum tt_field_origin */
    uint8_t privacy; /* enum tt_field_class */
    uint16_t tag;
    const char *cap; /* number, or name of the enumeration, as text */
    const char *hosts; /* four letters of n y - */
    const char *unit, *source, *from, *word, *doc;
};

extern const struct tt_field_row tt_field_rows[TT_FIELDS_N];

/* The words of the columns stage, origin and privacy. Lends for ever. Thread: any. */
const char *tt_field_stage_word(unsigned stage);
const char *tt_field_origin_word(unsigned origin);
const char *tt_field_class_word(unsigned privacy);

/* Every field that a topic carries, before any privacy policy. Empty for topics of other kinds. */
struct tt_fields tt_fields_of_topic(enum tt_topic topic);
