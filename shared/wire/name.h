/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * Names. Wire form: uncompressed labels, each a length byte (0 … 63) and its bytes, ended by the root
 * label, at most 255 bytes in all (RFC 1035 section 3.1). Text form (design.md section 3 "Names"):
 * lower case, labels joined by dots, no trailing dot except the root ".", `\.` and `\\` for a dot or
 * backslash inside a label, `\DDD` for every byte outside 0x21 … 0x7E, nothing else escaped. Two
 * names have the same text exactly when they are equal but for ASCII case.
 * No function allocates. Thread: any.
 */

#include "base/compat.h"
#include "base/str.h"
#include "wire/cursor.h"

struct tt_buf;

enum {
    TT_NAME_MAX = 255, /* bytes of the wire form, root label included */
    TT_NAME_LABEL_MAX = 63,
    TT_NAME_LABELS_MAX = 127, /* without the root label */
    TT_NAME_POINTERS_MAX = 127, /* followed in one name; a name has no more labels to point to */
    /* Bytes of the text form, no terminator: labels of 63, 63, 63 and 61 bytes, all escaped. */
    TT_NAME_TEXT_MAX = 250 * 4 + 3,
};

/*
 * Reads a name at the cursor, follows compression pointers (RFC 1035 section 4.1.4) within
 * cursor->bytes and leaves the cursor behind the name's last byte in place. out: at least TT_NAME_MAX
 * bytes, gets the uncompressed wire form, case kept. A pointer must lead before the start of the
 * labels it ends, so loops and forward pointers are refused; time is bounded by a constant.
 * Fails, with cursor->failed set and out, *out_len undefined: TT_ETRUNCATED (the bytes end inside the
 * name), TT_EMALFORMED (label type 01 or 10, more than 255 bytes, a pointer that is refused).
 */
int tt_name_read(struct tt_cursor *cursor, uint8_t *out, uint8_t *out_len);

/* Length of the uncompressed wire name at `wire` within max bytes, its root label included; 0 when
 * there is none (cut, a label longer than 63 or a pointer, more than 255 bytes). */
size_t tt_name_len(const uint8_t *wire, size_t max);

/* Makes A-Z lower case in place (RFC 4343); len from tt_name_len or tt_name_read. */
void tt_name_lower(uint8_t *wire, size_t len);

/* Equal but for ASCII case. */
bool tt_name_equal(const uint8_t *a, size_t a_len, const uint8_t *b, size_t b_len);

/* Labels without the root label: 0 for the root. */
unsigned tt_name_labels(const uint8_t *wire, size_t len);

/* Writes the text form, at most TT_NAME_TEXT_MAX bytes. wire must be a valid name of len bytes; what
 * is none writes nothing. */
void tt_name_format(struct tt_buf *buf, const uint8_t *wire, size_t len);

/*
 * The wire form of a name in text form; a trailing dot is allowed, case is kept, `\X` stands for any X
 * that is no digit. out: at least TT_NAME_MAX bytes. Fails: TT_ESYNTAX (empty text or label, a label
 * over 63 bytes, a bad escape), TT_ELIMIT (more than 255 bytes).
 */
int tt_name_parse(struct tt_str text, uint8_t *out, uint8_t *out_len);
