/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "wire/rdata.h"

#include <string.h>

#include "base/err.h"
#include "wire/codes.h"
#include "wire/name.h"
#include "wire/rdata_layout.h"

static const char *marked_layout(uint16_t type)
{
    switch (type) {
#define R(id, layout)                                                                              \
    case TT_TYPE_##id:                                                                             \
        return layout;
#include "wire/rdata.def"
#undef R
    default:
        return NULL;
    }
}

/* In an update NONE and ANY stand for the zone's class, with RDATA or without (RFC 2136
 * section 2.5); a SIG(0) is of class ANY (RFC 2931 section 3). */
static bool is_meta_class(uint16_t rr_class)
{
    return rr_class == TT_CLASS_NONE || rr_class == TT_CLASS_ANY;
}

const char *tt_rdata_layout(uint16_t type, uint16_t rr_class, bool *is_generic)
{
    const char *layout = marked_layout(type);

    if (is_generic != NULL)
        *is_generic = layout == NULL || *layout == '#';
    if (layout == NULL)
        return NULL;
    if (*layout == '@') {
        if (rr_class != TT_CLASS_IN && !is_meta_class(rr_class))
            return NULL;
        layout++;
    }
    return *layout == '#' ? layout + 1 : layout;
}

/* Windows in strictly increasing order, 1 … 32 bytes each. */
static bool is_bitmap(const uint8_t *at, size_t left)
{
    int last = -1;

    while (left > 0) {
        if (left < 2 || at[0] <= last || at[1] == 0 || at[1] > 32 || left - 2 < at[1])
            return false;
        last = at[0];
        left -= 2u + at[1];
        at += 2u + at[1];
    }
    return true;
}

static bool is_strings(const uint8_t *at, size_t left)
{
    if (left == 0)
        return false;
    while (left > 0) {
        if (left - 1 < at[0])
            return false;
        left -= 1u + at[0];
        at += 1u + at[0];
    }
    return true;
}

static size_t fixed_len(char kind)
{
    switch (kind) {
    case '1':
        return 1;
    case '2':
    case 't':
        return 2;
    case '4':
    case 'T':
    case 'a':
        return 4;
    case 'e':
        return 6;
    case 'E':
    case 'g':
        return 8;
    case 'q':
        return 16;
    default:
        return 0;
    }
}

/* Fields that begin with a length byte. */
static bool counted_field(char kind, const uint8_t *at, size_t left, size_t *len)
{
    if (left == 0) {
        *len = 0;
        return kind == 'o';
    }
    *len = 1u + at[0];
    return *len <= left && (kind != 'k' || *len > 1);
}

bool tt_rdata_field(char kind, const uint8_t *at, size_t left, size_t *len)
{
    *len = left;
    switch (kind) {
    case 'n':
    case 'N':
        *len = tt_name_len(at, left);
        return *len > 0;
    case 's':
    case 'o':
    case 'k':
    case 'h':
    case 'H':
        return counted_field(kind, at, left, len);
    case 'S':
        return is_strings(at, left);
    case 'm':
        return is_bitmap(at, left);
    case 'p':
        return tt_svcb_fits(at, left);
    case 'b':
    case 'x':
    case 'u':
        return true;
    default:
        *len = fixed_len(kind);
        return *len <= left;
    }
}

/* Copies one field, its name uncompressed. 0, TT_EMALFORMED or TT_ELIMIT. */
static int read_field(char kind, struct tt_cursor *in, uint8_t *out, size_t cap, size_t *out_len)
{
    uint8_t name[TT_NAME_MAX], name_len;
    const uint8_t *field = name;
    size_t len;

    if (tt_rdata_is_name(kind)) {
        if (tt_name_read(in, name, &name_len) != 0)
            return TT_EMALFORMED;
        len = name_len;
    } else {
        if (!tt_rdata_field(kind, in->bytes + in->at, tt_cursor_left(in), &len))
            return TT_EMALFORMED;
        field = tt_cursor_bytes(in, len);
    }
    if (len > cap - *out_len)
        return TT_ELIMIT;
    if (len > 0)
        memcpy(out + *out_len, field, len);
    *out_len += len;
    return 0;
}

/* Addresses are most of what is read: copied without a look at the layout that says the same. */
static inline bool read_address(struct tt_cursor *cursor, uint16_t type, uint16_t rr_class,
                                uint16_t rdata_len, uint8_t *out, size_t cap)
{
    size_t len = type == TT_TYPE_A ? 4 : 16;

    if ((type != TT_TYPE_A && type != TT_TYPE_AAAA) || rr_class != TT_CLASS_IN ||
        rdata_len != len || cap < len || tt_cursor_left(cursor) < len)
        return false;
    if (len == 4)
        memcpy(out, cursor->bytes + cursor->at, 4);
    else
        memcpy(out, cursor->bytes + cursor->at, 16);
    cursor->at += len;
    return true;
}

int tt_rdata_read(struct tt_cursor *cursor, uint16_t type, uint16_t rr_class, uint16_t rdata_len,
                  uint8_t *out, size_t cap, uint16_t *out_len)
{
    const char *layout;
    struct tt_cursor in = *cursor;
    size_t len = 0;

    if (TT_LIKELY(read_address(cursor, type, rr_class, rdata_len, out, cap))) {
        *out_len = rdata_len;
        return 0;
    }
    *out_len = 0;
    layout = tt_rdata_layout(type, rr_class, NULL);
    if (tt_cursor_bytes(cursor, rdata_len) == NULL)
        return TT_ETRUNCATED;
    in.len = cursor->at;
    cap = TT_MIN(cap, (size_t)TT_RDATA_MAX);
    if (layout == NULL || (rdata_len == 0 && is_meta_class(rr_class)))
        layout = "x";
    for (; *layout != '\0'; layout++) {
        int error = read_field(*layout, &in, out, cap, &len);
        if (error != 0)
            return error;
    }
    if (tt_cursor_left(&in) > 0)
        return TT_EMALFORMED;
    *out_len = (uint16_t)len;
    return 0;
}

bool tt_rdata_fits(uint16_t type, uint16_t rr_class, const uint8_t *rdata, size_t len)
{
    const char *layout = tt_rdata_layout(type, rr_class, NULL);
    size_t at = 0, field_len;

    if (layout == NULL || (len == 0 && is_meta_class(rr_class)))
        return len <= TT_RDATA_MAX;
    for (; *layout != '\0'; layout++) {
        if (!tt_rdata_field(*layout, rdata + at, len - at, &field_len))
            return false;
        at += field_len;
    }
    return at == len && len <= TT_RDATA_MAX;
}

/* Only names change. */
static bool has_case(const char *layout)
{
    return layout != NULL &&
           (layout[0] == 'n' || (layout[0] != '\0' && strchr(layout + 1, 'n') != NULL));
}

bool tt_rdata_has_case(uint16_t type, uint16_t rr_class)
{
    return has_case(tt_rdata_layout(type, rr_class, NULL));
}

int tt_rdata_canonical(uint16_t type, uint16_t rr_class, const uint8_t *rdata, size_t len,
                       uint8_t *out, size_t cap, uint16_t *out_len)
{
    const char *layout = tt_rdata_layout(type, rr_class, NULL);
    size_t at = 0, field_len;

    *out_len = 0;
    if (len > cap || len > TT_RDATA_MAX)
        return TT_ELIMIT;
    if (len > 0)
        memmove(out, rdata, len);
    *out_len = (uint16_t)len;
    if (!has_case(layout) || !tt_rdata_fits(type, rr_class, out, len))
        return 0;
    for (; *layout != '\0' && at < len; layout++) {
        tt_rdata_field(*layout, out + at, len - at, &field_len);
        if (*layout == 'n')
            tt_name_lower(out + at, field_len);
        at += field_len;
    }
    return 0;
}
