/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "enrich/geo_value.h"

#include <string.h>

#include "base/err.h"

enum { VALUES_OF_RECORD_MAX = 8192 };

/* The n bytes from *at as a number; moves on. False: the section ends before. */
static bool read_bytes(const struct tt_geo_section *section, size_t *at, unsigned n,
                       uint64_t *number)
{
    if (*at > section->len || section->len - *at < n)
        return false;
    *number = 0;
    for (unsigned i = 0; i < n; i++)
        *number = *number << 8 | section->bytes[(*at)++];
    return true;
}

/* "Pointers": the first byte holds the length and the highest bits. */
static bool read_pointer(const struct tt_geo_section *section, uint8_t first, size_t *at,
                         uint32_t *target)
{
    static const uint32_t bases[4] = {0, 2048, 526336, 0};
    unsigned length = first >> 3 & 3;
    uint64_t low;

    if (!read_bytes(section, at, length + 1, &low))
        return false;
    if (length < 3)
        low += ((uint64_t)(first & 7) << 8 * (length + 1)) + bases[length];
    *target = (uint32_t)low;
    return true;
}

/* "Payload Size": 29, 30 and 31 say that one, two or three bytes follow. */
static bool read_size(const struct tt_geo_section *section, uint8_t first, size_t *at,
                      uint32_t *size)
{
    static const uint32_t bases[3] = {29, 285, 65821};
    unsigned low = first & 31;
    uint64_t more;

    *size = low;
    if (low < 29)
        return true;
    if (!read_bytes(section, at, low - 28, &more))
        return false;
    *size = bases[low - 29] + (uint32_t)more;
    return true;
}

static bool has_payload(uint8_t type)
{
    return type != TT_GEO_MAP && type != TT_GEO_ARRAY && type != TT_GEO_BOOLEAN;
}

/* One value as it stands; of a pointer, size is the target. */
static bool read_plain(const struct tt_geo_section *section, size_t at, struct tt_geo_value *value)
{
    uint64_t first, extended;

    if (!read_bytes(section, &at, 1, &first))
        return false;
    value->type = (uint8_t)(first >> 5);
    if (value->type == TT_GEO_POINTER) {
        bool is_whole = read_pointer(section, (uint8_t)first, &at, &value->size);
        value->at = value->next = at;
        return is_whole;
    }
    if (value->type == TT_GEO_EXTENDED) {
        if (!read_bytes(section, &at, 1, &extended) || extended > 8)
            return false;
        value->type = (uint8_t)(extended + 7);
    }
    /* Deprecated, never used, and nobody says how long they are. */
    if (value->type == TT_GEO_CONTAINER || value->type == TT_GEO_END)
        return false;
    if (!read_size(section, (uint8_t)first, &at, &value->size))
        return false;
    value->at = value->next = at;
    if (!has_payload(value->type))
        return true;
    value->next += value->size;
    return section->len - at >= value->size;
}

bool tt_geo_value_read(const struct tt_geo_section *section, size_t at, struct tt_geo_value *value)
{
    if (!read_plain(section, at, value))
        return false;
    if (value->type != TT_GEO_POINTER)
        return true;
    size_t next = value->next;
    bool is_read = read_plain(section, value->size, value) && value->type != TT_GEO_POINTER;
    value->next = next;
    return is_read;
}

/* How many values stand inside one. */
static uint64_t count_inner(const struct tt_geo_value *value)
{
    return value->type == TT_GEO_MAP     ? 2ull * value->size
           : value->type == TT_GEO_ARRAY ? value->size
                                         : 0;
}

/* Moves over one value with all that stands in it. What pointers lead to is not looked at. */
static bool skip(const struct tt_geo_section *section, size_t *at, unsigned *budget)
{
    struct tt_geo_value value;

    for (uint64_t left = 1; left > 0; left--) {
        if (*budget == 0 || !read_plain(section, *at, &value))
            return false;
        --*budget;
        *at = value.next;
        left += count_inner(&value);
    }
    return true;
}

static bool find_in_map(const struct tt_geo_section *section, struct tt_str step,
                        struct tt_geo_value *value, unsigned *budget)
{
    size_t at = value->at;
    struct tt_geo_value key;

    for (uint32_t i = 0, n = value->size; i < n; i++) {
        if (!tt_geo_value_read(section, at, &key) || key.type != TT_GEO_TEXT)
            return false;
        at = key.next;
        if (key.size == step.len && memcmp(section->bytes + key.at, step.ptr, step.len) == 0)
            return tt_geo_value_read(section, at, value);
        if (!skip(section, &at, budget))
            return false;
    }
    return false;
}

static bool find_in_array(const struct tt_geo_section *section, struct tt_str step,
                          struct tt_geo_value *value, unsigned *budget)
{
    size_t at = value->at;
    uint64_t place;

    if (tt_str_parse_u64(step, &place) != TT_OK || place >= value->size)
        return false;
    while (place-- > 0)
        if (!skip(section, &at, budget))
            return false;
    return tt_geo_value_read(section, at, value);
}

bool tt_geo_value_find(const struct tt_geo_section *section, size_t at,
                       const struct tt_geo_path *path, struct tt_geo_value *value)
{
    unsigned budget = VALUES_OF_RECORD_MAX;
    bool is_found = tt_geo_value_read(section, at, value);

    for (unsigned i = 0; i < path->steps_n && is_found; i++) {
        if (value->type == TT_GEO_MAP)
            is_found = find_in_map(section, path->steps[i], value, &budget);
        else
            is_found = value->type == TT_GEO_ARRAY &&
                       find_in_array(section, path->steps[i], value, &budget);
    }
    return is_found;
}

bool tt_geo_value_number(const struct tt_geo_section *section, const struct tt_geo_value *value,
                         uint64_t *number)
{
    size_t at = value->at;
    bool is_signed = value->type == TT_GEO_INT32;
    unsigned size_max = value->type == TT_GEO_UINT16                ? 2
                        : value->type == TT_GEO_UINT64              ? 8
                        : is_signed || value->type == TT_GEO_UINT32 ? 4
                                                                    : 0;

    if (size_max == 0 || value->size > size_max || !read_bytes(section, &at, value->size, number))
        return false;
    return !is_signed || *number <= INT32_MAX;
}

struct tt_str tt_geo_value_text(const struct tt_geo_section *section,
                                const struct tt_geo_value *value)
{
    struct tt_str none = {NULL, 0};

    if (value->type != TT_GEO_TEXT)
        return none;
    return (struct tt_str){(const char *)section->bytes + value->at, value->size};
}

int tt_geo_path_parse(const char *text, struct tt_geo_path *path)
{
    path->steps_n = 0;
    for (;;) {
        size_t len = strcspn(text, ".");
        if (len == 0)
            return TT_ESYNTAX;
        if (path->steps_n == TT_GEO_STEPS_MAX)
            return TT_ELIMIT;
        path->steps[path->steps_n++] = (struct tt_str){text, (uint32_t)len};
        if (text[len] == '\0')
            return TT_OK;
        text += len + 1;
    }
}
