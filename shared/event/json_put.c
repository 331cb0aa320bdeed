/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "event/json_put.h"

/* Copies text whose bytes are all printable ASCII or UTF-8, with a backslash before quotes and
 * backslashes. */
static char *put_escaped(char *at, const char *text, size_t len)
{
    size_t i = 0;

    for (; i + 8 <= len; i += 8) {
        uint64_t word;
        memcpy(&word, text + i, sizeof(word));
        if ((tt_plain_equal(word, '"') | tt_plain_equal(word, '\\')) != 0)
            break;
        memcpy(at, &word, sizeof(word));
        at += sizeof(word);
    }
    for (; i < len; i++) {
        if (text[i] == '"' || text[i] == '\\')
            *at++ = '\\';
        *at++ = text[i];
    }
    return at;
}

char *tt_json_text(char *at, struct tt_str text, size_t cap)
{
    char clean[4096];
    size_t len = TT_MIN((size_t)text.len, cap);

    *at++ = '"';
    if (TT_LIKELY(tt_plain_is(text.ptr, len))) {
        at = put_escaped(at, text.ptr, len);
    } else {
        len = tt_str_clean(text.ptr, text.len, clean, TT_MIN(sizeof(clean), cap));
        at = put_escaped(at, clean, len);
    }
    *at++ = '"';
    return at;
}
