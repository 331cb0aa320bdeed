/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "wire/codes.h"

#include <strings.h>

#include "base/buf.h"
#include "base/err.h"

/* Forward: a switch over the rows, which the compiler turns into an indexed load. Back: a scan. */

struct code_row {
    uint16_t number;
    const char *word;
};

static const struct code_row types[] = {
#define T(id, number, word, doc) {number, word},
#include "wire/rrtypes.def"
#undef T
};

static const struct code_row classes[] = {
#define C(id, number, word, doc) {number, word},
#include "wire/classes.def"
#undef C
};

static const struct code_row rcodes[] = {
#define R(id, number, word, doc) {number, word},
#include "wire/rcodes.def"
#undef R
};

#define LONGEST(id, number, word, ...)                                                             \
    TT_STATIC_ASSERT(sizeof(word) - 1 <= TT_CODE_TEXT_MAX, "a mnemonic fits TT_CODE_TEXT_MAX");
#define T LONGEST
#include "wire/rrtypes.def"
#undef T
#define R LONGEST
#include "wire/rcodes.def"
#undef R

const char *tt_type_word(uint16_t type)
{
    switch (type) {
#define T(id, number, word, doc)                                                                   \
    case number:                                                                                   \
        return word;
#include "wire/rrtypes.def"
#undef T
    default:
        return NULL;
    }
}

const char *tt_class_word(uint16_t rr_class)
{
    switch (rr_class) {
#define C(id, number, word, doc)                                                                   \
    case number:                                                                                   \
        return word;
#include "wire/classes.def"
#undef C
    default:
        return NULL;
    }
}

const char *tt_rcode_word(uint16_t rcode)
{
    switch (rcode) {
#define R(id, number, word, doc)                                                                   \
    case number:                                                                                   \
        return word;
#include "wire/rcodes.def"
#undef R
    default:
        return NULL;
    }
}

const char *tt_opcode_word(uint8_t opcode)
{
    switch (opcode) {
#define O(id, number, word, doc)                                                                   \
    case number:                                                                                   \
        return word;
#include "wire/opcodes.def"
#undef O
    default:
        return NULL;
    }
}

const char *tt_ede_word(uint16_t code)
{
    switch (code) {
#define E(id, number, text)                                                                        \
    case number:                                                                                   \
        return text;
#include "wire/ede.def"
#undef E
    default:
        return NULL;
    }
}

/* One write, so that a buffer that is full holds all of it or nothing. */
static void format_code(struct tt_buf *buf, const char *word, const char *prefix, uint16_t number)
{
    char text[TT_CODE_TEXT_MAX];
    struct tt_buf whole = tt_buf_over(text, sizeof(text));

    if (word != NULL) {
        tt_buf_text(buf, word);
        return;
    }
    tt_buf_text(&whole, prefix);
    tt_buf_u64(&whole, number);
    tt_buf_bytes(buf, whole.data, whole.len);
}

void tt_type_format(struct tt_buf *buf, uint16_t type)
{
    format_code(buf, tt_type_word(type), "TYPE", type);
}

void tt_class_format(struct tt_buf *buf, uint16_t rr_class)
{
    format_code(buf, tt_class_word(rr_class), "CLASS", rr_class);
}

void tt_rcode_format(struct tt_buf *buf, uint16_t rcode)
{
    format_code(buf, tt_rcode_word(rcode), "RCODE", rcode);
}

void tt_opcode_format(struct tt_buf *buf, uint8_t opcode)
{
    format_code(buf, tt_opcode_word(opcode), "OPCODE", opcode);
}

static bool is_word(struct tt_str text, const char *word)
{
    return strlen(word) == text.len && strncasecmp(text.ptr, word, text.len) == 0;
}

static int parse_code(struct tt_str text, const struct code_row *rows, size_t rows_n,
                      const char *prefix, uint16_t *number)
{
    size_t prefix_len = strlen(prefix);
    uint64_t value;

    if (text.ptr == NULL)
        return TT_ESYNTAX;
    for (size_t i = 0; i < rows_n; i++) {
        if (is_word(text, rows[i].word)) {
            *number = rows[i].number;
            return 0;
        }
    }
    if (text.len <= prefix_len || strncasecmp(text.ptr, prefix, prefix_len) != 0)
        return TT_ESYNTAX;
    struct tt_str digits = {text.ptr + prefix_len, text.len - (uint32_t)prefix_len};
    if (tt_str_parse_u64(digits, &value) != 0 || value > UINT16_MAX)
        return TT_ESYNTAX;
    *number = (uint16_t)value;
    return 0;
}

int tt_type_parse(struct tt_str text, uint16_t *type)
{
    return parse_code(text, types, TT_COUNT(types), "TYPE", type);
}

int tt_class_parse(struct tt_str text, uint16_t *rr_class)
{
    return parse_code(text, classes, TT_COUNT(classes), "CLASS", rr_class);
}

int tt_rcode_parse(struct tt_str text, uint16_t *rcode)
{
    return parse_code(text, rcodes, TT_COUNT(rcodes), "RCODE", rcode);
}
