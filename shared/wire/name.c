/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "wire/name.h"

#include <string.h>

#include "base/buf.h"
#include "base/err.h"

#define EACH_BYTE(value) (0x0101010101010101u * (uint64_t)(value))

/* The top bit of each byte that is 0. Exact, whatever its neighbours are. */
static inline uint64_t zeros(uint64_t word)
{
    return ~(((word & EACH_BYTE(0x7f)) + EACH_BYTE(0x7f)) | word | EACH_BYTE(0x7f));
}

/* The top bit of each byte from `from` to `to`, both ASCII; word has no byte over 0x7F. */
static inline uint64_t within(uint64_t word, uint8_t from, uint8_t to)
{
    return (word + EACH_BYTE(0x80 - from)) & ~(word + EACH_BYTE(0x7f - to)) & EACH_BYTE(0x80);
}

static uint8_t lower(uint8_t c)
{
    return c >= 'A' && c <= 'Z' ? (uint8_t)(c | 0x20) : c;
}

static int fail(struct tt_cursor *cursor, int error)
{
    cursor->failed = true;
    return error;
}

/* Copies a label with its length byte. Most are short, and a copy of fixed length takes no call: it
 * may write behind the label, within out, what the next one writes again. */
static inline void copy_label(uint8_t *out, size_t len, const uint8_t *label, size_t label_len,
                              size_t left)
{
    if (TT_LIKELY(label_len <= 16 && left >= 16 && len + 16 <= TT_NAME_MAX))
        memcpy(out + len, label, 16);
    else
        memcpy(out + len, label, label_len);
}

/*
 * `run` is where the labels at hand began: each pointer leads to a lower one, so a name cannot come
 * back to itself. The count of pointers bounds chains of pointers that carry no label.
 */
int tt_name_read(struct tt_cursor *cursor, uint8_t *out, uint8_t *out_len)
{
    const uint8_t *bytes = cursor->bytes;
    size_t at = cursor->at, run = at, behind = 0, len = 0;
    unsigned pointers = 0;

    if (cursor->failed)
        return TT_ETRUNCATED;
    for (;;) {
        if (at >= cursor->len)
            return fail(cursor, TT_ETRUNCATED);
        unsigned c = bytes[at];
        if (c > TT_NAME_LABEL_MAX) {
            if (c < 0xC0)
                return fail(cursor, TT_EMALFORMED);
            if (cursor->len - at < 2)
                return fail(cursor, TT_ETRUNCATED);
            size_t target = (size_t)(c & 0x3F) << 8 | bytes[at + 1];
            if (behind == 0)
                behind = at + 2;
            if (target >= run || ++pointers > TT_NAME_POINTERS_MAX)
                return fail(cursor, TT_EMALFORMED);
            at = run = target;
            continue;
        }
        if (cursor->len - at < c + 1)
            return fail(cursor, TT_ETRUNCATED);
        if (len + c + 1 > TT_NAME_MAX)
            return fail(cursor, TT_EMALFORMED);
        copy_label(out, len, bytes + at, c + 1, cursor->len - at);
        len += c + 1;
        at += c + 1;
        if (c == 0)
            break;
    }
    cursor->at = behind != 0 ? behind : at;
    *out_len = (uint8_t)len;
    return 0;
}

size_t tt_name_len(const uint8_t *wire, size_t max)
{
    size_t at = 0;

    max = TT_MIN(max, (size_t)TT_NAME_MAX);
    while (at < max) {
        size_t c = wire[at];
        if (c > TT_NAME_LABEL_MAX)
            return 0;
        at += c + 1;
        if (c == 0)
            return at;
    }
    return 0;
}

void tt_name_lower(uint8_t *wire, size_t len)
{
    size_t i = 0;

    /* A length byte is at most 63 and so never a capital letter. */
    for (; i + 8 <= len; i += 8) {
        uint64_t word, ascii;

        memcpy(&word, wire + i, sizeof(word));
        ascii = word & EACH_BYTE(0x7f);
        word |= (within(ascii, 'A', 'Z') & ~word) >> 2;
        memcpy(wire + i, &word, sizeof(word));
    }
    for (; i < len; i++)
        wire[i] = lower(wire[i]);
}

bool tt_name_equal(const uint8_t *a, size_t a_len, const uint8_t *b, size_t b_len)
{
    if (a_len != b_len)
        return false;
    /* Owners in one message are mostly spelt alike, or even the very same bytes. */
    if (a == b || memcmp(a, b, a_len) == 0)
        return true;
    for (size_t i = 0; i < a_len; i++)
        if (lower(a[i]) != lower(b[i]))
            return false;
    return true;
}

unsigned tt_name_labels(const uint8_t *wire, size_t len)
{
    unsigned labels_n = 0;

    for (size_t at = 0; at < len && wire[at] != 0; at += wire[at] + 1u)
        labels_n++;
    return labels_n;
}

static char *format_byte(char *out, uint8_t c)
{
    if (c < 0x21 || c > 0x7E) {
        *out++ = '\\';
        *out++ = (char)('0' + c / 100);
        *out++ = (char)('0' + c / 10 % 10);
        *out++ = (char)('0' + c % 10);
        return out;
    }
    if (c == '.' || c == '\\')
        *out++ = '\\';
    *out++ = (char)lower(c);
    return out;
}

/* Eight bytes of a text in lower case; false when one of them needs an escape. Dots are counted. */
static inline bool lower_word(uint64_t *word, unsigned *dots_n)
{
    uint64_t capitals;

    if ((*word & EACH_BYTE(0x80)) != 0 || within(*word, 0x21, 0x7E) != EACH_BYTE(0x80) ||
        zeros(*word ^ EACH_BYTE('\\')) != 0)
        return false;
    capitals = within(*word, 'A', 'Z');
    *word |= capitals >> 2;
    *dots_n += (unsigned)((zeros(*word ^ EACH_BYTE('.')) >> 7) * EACH_BYTE(1) >> 56);
    return true;
}

/* The text of a name whose labels need no escape: len - 2 bytes at text, which has room for 8 more.
 * False: they do. wire: a valid name other than the root. */
static bool format_plain(char *text, const uint8_t *wire, size_t len)
{
    unsigned labels_n = 0, dots_n = 0;

    memcpy(text, wire + 1, len - 1);
    memset(text + len - 2, '-', 8);
    for (size_t at = wire[0] + 1u; wire[at] != 0; at += wire[at] + 1u, labels_n++)
        text[at - 1] = '.';
    for (size_t at = 0; at < len - 2; at += 8) {
        uint64_t word;

        memcpy(&word, text + at, sizeof(word));
        if (!lower_word(&word, &dots_n))
            return false;
        memcpy(text + at, &word, sizeof(word));
    }
    return dots_n == labels_n;
}

static size_t format_escaped(char *text, const uint8_t *wire)
{
    char *out = text;

    for (size_t at = 0; wire[at] != 0; at += wire[at] + 1u) {
        if (at > 0)
            *out++ = '.';
        for (size_t i = 1; i <= wire[at]; i++)
            out = format_byte(out, wire[at + i]);
    }
    return (size_t)(out - text);
}

void tt_name_format(struct tt_buf *buf, const uint8_t *wire, size_t len)
{
    char text[TT_NAME_TEXT_MAX];

    if (len == 0 || tt_name_len(wire, len) != len)
        return;
    if (len == 1)
        tt_buf_char(buf, '.');
    else if (TT_LIKELY(format_plain(text, wire, len)))
        tt_buf_bytes(buf, text, len - 2);
    else
        tt_buf_bytes(buf, text, format_escaped(text, wire));
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* One byte of a label, its escape resolved. Returns the characters used, 0 for a bad escape. */
static size_t parse_byte(const char *text, size_t len, uint8_t *byte)
{
    if (text[0] != '\\') {
        *byte = (uint8_t)text[0];
        return 1;
    }
    if (len < 2)
        return 0;
    if (!is_digit(text[1])) {
        *byte = (uint8_t)text[1];
        return 2;
    }
    if (len < 4 || !is_digit(text[2]) || !is_digit(text[3]))
        return 0;
    int value = (text[1] - '0') * 100 + (text[2] - '0') * 10 + text[3] - '0';
    *byte = (uint8_t)value;
    return value > 255 ? 0 : 4;
}

int tt_name_parse(struct tt_str text, uint8_t *out, uint8_t *out_len)
{
    size_t len = 1, label = 0; /* label: where the length byte of the open label stands */

    if (text.ptr == NULL || text.len == 0)
        return TT_ESYNTAX;
    if (text.len == 1 && text.ptr[0] == '.')
        text.len = 0;
    for (size_t at = 0; at < text.len;) {
        if (text.ptr[at] == '.') {
            if (len == label + 1)
                return TT_ESYNTAX;
            if (len >= TT_NAME_MAX)
                return TT_ELIMIT;
            out[label] = (uint8_t)(len - label - 1);
            label = len++;
            at++;
            continue;
        }
        if (len >= TT_NAME_MAX)
            return TT_ELIMIT;
        size_t used = parse_byte(text.ptr + at, text.len - at, &out[len]);
        if (used == 0 || len - label > TT_NAME_LABEL_MAX)
            return TT_ESYNTAX;
        len++;
        at += used;
    }
    out[label] = (uint8_t)(len - label - 1);
    if (out[label] != 0) {
        if (len >= TT_NAME_MAX)
            return TT_ELIMIT;
        out[len++] = 0;
    }
    *out_len = (uint8_t)len;
    return 0;
}
