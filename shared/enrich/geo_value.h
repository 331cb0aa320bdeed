/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * Values of a MaxMind DB, read without recursion and within bounds: what libmaxminddb does by
 * walking into every nested value may use up a stack or all memory when the file is broken. Source:
 * MaxMind DB File Format Specification 2.0, "Output Data Section". Thread: any.
 */

#include "base/str.h"

enum tt_geo_type {
    TT_GEO_EXTENDED = 0,
    TT_GEO_POINTER = 1,
    TT_GEO_TEXT = 2,
    TT_GEO_UINT16 = 5,
    TT_GEO_UINT32 = 6,
    TT_GEO_MAP = 7,
    TT_GEO_INT32 = 8,
    TT_GEO_UINT64 = 9,
    TT_GEO_ARRAY = 11,
    TT_GEO_CONTAINER = 12,
    TT_GEO_END = 13,
    TT_GEO_BOOLEAN = 14
};

/* Where pointers count from the first byte: the data section, or the metadata. */
struct tt_geo_section {
    const uint8_t *bytes;
    size_t len;
};

struct tt_geo_value {
    uint8_t type;  /* as in the file; never a pointer */
    uint32_t size; /* bytes of a text or number, pairs of a map, items of an array */
    size_t at;     /* its payload, inside the section */
    size_t next;   /* what follows where it was found: it, or the pointer to it */
};

enum { TT_GEO_STEPS_MAX = 8 };

/* "country.iso_code", split: keys of maps, or decimal places in arrays. Views. */
struct tt_geo_path {
    struct tt_str steps[TT_GEO_STEPS_MAX];
    unsigned steps_n;
};

/* Splits a text that outlives the path. Fails: TT_ESYNTAX (an empty step), TT_ELIMIT (too many). */
int tt_geo_path_parse(const char *text, struct tt_geo_path *path);

/* The value at an offset, through at most one pointer. False: it does not lie inside the section.
 */
bool tt_geo_value_read(const struct tt_geo_section *section, size_t at, struct tt_geo_value *value);

/* The value below the one at `at`. False: there is none, or the bytes on the way are broken or too
 * many. */
bool tt_geo_value_find(const struct tt_geo_section *section, size_t at,
                       const struct tt_geo_path *path, struct tt_geo_value *value);

/* A whole number of any unsigned type, or a signed one that is not negative. False: it is none. */
bool tt_geo_value_number(const struct tt_geo_section *section, const struct tt_geo_value *value,
                         uint64_t *number);

/* A text; ptr NULL: it is none. */
struct tt_str tt_geo_value_text(const struct tt_geo_section *section,
                                const struct tt_geo_value *value);
