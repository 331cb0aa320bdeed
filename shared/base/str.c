/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "base/str.h"

#include <string.h>

#include "base/err.h"

static const char replacement[] = "\xEF\xBF\xBD"; /* U+FFFD */

struct tt_str tt_str_from(const char *text)
{
    struct tt_str str = {text, text != NULL ? (uint32_t)strlen(text) : 0};
    return str;
}

bool tt_str_equal(struct tt_str a, struct tt_str b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

size_t tt_str_decode_utf8(const uint8_t *in, size_t len, uint32_t *code)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    size_t need = in[0] < 0x80 ? 1 : in[0] < 0xc2 ? 0 : in[0] < 0xe0 ? 2 : in[0] < 0xf0 ? 3 : in[0] < 0xf5 ? 4 : 0;

    if (need == 0 || need > len)
        return 0;
    *code = need == 1 ? in[0] : in[0] & (0x7fu >> need);
    for (size_t i = 1; i < need; i++) {
        if ((in[i] & 0xc0) != 0x80)
            return 0;
        *code = *code << 6 | (in[i] & 0x3f);
    }
    if (*code < least[need] || *code > 0x10ffff || (*code >= 0xd800 && *code < 0xe000))
        return 0;
    return need;
}

/* C0, DEL and C1; marks, embeddings, overrides and isolates of text direction; separators. */
static bool is_unsafe(uint32_t code)
{
    return code < 0x20 || (code >= 0x7f && code < 0xa0) || code == 0x061c || code == 0x200e ||
           code == 0x200f || (code >= 0x2028 && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069);
}

size_t tt_str_clean(const void *in, size_t in_len, char *out, size_t out_cap)
{
    const uint8_t *bytes = in;
    size_t used = 0;

    for (size_t at = 0; at < in_len;) {
        uint32_t code = 0;
        size_t len = tt_str_decode_utf8(bytes + at, in_len - at, &code);
        bool is_kept = len > 0 && !is_unsafe(code);
        size_t out_len = is_kept ? len : sizeof(replacement) - 1;

        if (out_cap - used < out_len)
            break;
        memcpy(out + used, is_kept ? (const char *)bytes + at : replacement, out_len);
        used += out_len;
        at += len > 0 ? len : 1;
    }
    return used;
}

/* The decimal digits at the start; the rest is left in *text. */
static int take_number(struct tt_str *text, uint64_t *value)
{
    uint32_t digits = 0;

    *value = 0;
    for (; digits < text->len && text->ptr[digits] >= '0' && text->ptr[digits] <= '9'; digits++) {
        uint64_t digit = (uint64_t)(text->ptr[digits] - '0');
        if (*value > (UINT64_MAX - digit) / 10)
            return TT_ERANGE;
        *value = *value * 10 + digit;
    }
    if (digits == 0)
        return TT_ESYNTAX;
    text->ptr += digits;
    text->len -= digits;
    return TT_OK;
}

int tt_str_parse_u64(struct tt_str text, uint64_t *value)
{
    int err = take_number(&text, value);

    return err == TT_OK && text.len > 0 ? TT_ESYNTAX : err;
}

struct unit {
    const char *name;
    uint64_t factor;
};

static int parse_with_unit(struct tt_str text, const struct unit *units, size_t units_n, uint64_t *out)
{
    uint64_t value;
    int err = take_number(&text, &value);

    if (err != TT_OK)
        return err;
    for (size_t i = 0; i < units_n; i++) {
        if (!tt_str_equal(text, tt_str_from(units[i].name)))
            continue;
        if (value > INT64_MAX / units[i].factor)
            return TT_ERANGE;
        *out = value * units[i].factor;
        return TT_OK;
    }
    return TT_ESYNTAX;
}

int tt_str_parse_size(struct tt_str text, uint64_t *bytes)
{
    static const struct unit units[] = {
        {"", 1}, {"KiB", 1024}, {"MiB", 1024 * 1024}, {"GiB", 1024 * 1024 * 1024}};

    return parse_with_unit(text, units, TT_COUNT(units), bytes);
}

int tt_str_parse_duration(struct tt_str text, uint64_t *ns)
{
    static const uint64_t second = 1000000000u;
    const struct unit units[] = {
        {"ms", 1000000u}, {"s", second}, {"m", 60 * second}, {"h", 3600 * second}, {"d", 86400 * second}};

    return parse_with_unit(text, units, TT_COUNT(units), ns);
}
