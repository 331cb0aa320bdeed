/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/* Text: a view of bytes somebody else owns, cleaning of strings from outside, numbers with units. */

#include "base/compat.h"

/* A view: borrowed bytes, not terminated. ptr NULL means absent, len 0 with ptr set means empty. */
struct tt_str {
    const char *ptr;
    uint32_t len;
};

#define TT_STR(literal) ((struct tt_str){(literal), sizeof(literal) - 1})

/* A view of a terminated string; absent for NULL. Lends as long as text lives. Thread: any. */
struct tt_str tt_str_from(const char *text);

bool tt_str_equal(struct tt_str a, struct tt_str b);

/*
 * Makes a string from outside fit for every log line, terminal, label and alert: valid UTF-8 without
 * C0, DEL, C1, bidirectional controls and line or paragraph separators, each offending character or
 * byte replaced by U+FFFD, cut at a character border so that at most out_cap bytes are written.
 * Not terminated. Returns the bytes written. Source: design.md §3 "Names". Thread: any.
 */
size_t tt_str_clean(const void *in, size_t in_len, char *out, size_t out_cap);

/* Decodes one character (RFC 3629: shortest form, no surrogates, up to U+10FFFF) of at least one byte.
 * Returns its length, or 0 when the bytes at hand are not UTF-8. Thread: any. */
size_t tt_str_decode_utf8(const uint8_t *in, size_t len, uint32_t *code);

/*
 * Parses "4MiB", "512KiB", "1GiB" or plain bytes / "5ms", "15s", "2m", "1h", "1d" into bytes or
 * nanoseconds. A duration needs its unit. Whole text must match; no sign, no space, no fraction.
 * Fails: TT_ESYNTAX, TT_ERANGE (does not fit 63 bits). Thread: any.
 */
int tt_str_parse_size(struct tt_str text, uint64_t *bytes);
int tt_str_parse_duration(struct tt_str text, uint64_t *ns);

/* Parses a whole decimal number. Fails: TT_ESYNTAX, TT_ERANGE. Thread: any. */
int tt_str_parse_u64(struct tt_str text, uint64_t *value);
