/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * Numbers of the DNS and their mnemonics, one row each in rrtypes.def, classes.def, rcodes.def,
 * opcodes.def and ede.def. Source: the IANA registries "Domain Name System Parameters".
 * A number without a row is written TYPE65280, CLASS32, RCODE3000, OPCODE7 (RFC 3597 section 5).
 * No function allocates; lookups are one indexed load. Thread: any.
 */

#include "base/compat.h"
#include "base/str.h"

struct tt_buf;

enum tt_type {
#define T(id, number, word, doc) TT_TYPE_##id = number,
#include "wire/rrtypes.def"
#undef T
};

enum tt_class {
#define C(id, number, word, doc) TT_CLASS_##id = number,
#include "wire/classes.def"
#undef C
};

enum tt_rcode {
#define R(id, number, word, doc) TT_RCODE_##id = number,
#include "wire/rcodes.def"
#undef R
};

enum tt_opcode {
#define O(id, number, word, doc) TT_OPCODE_##id = number,
#include "wire/opcodes.def"
#undef O
};

enum tt_ede {
#define E(id, number, text) TT_EDE_##id = number,
#include "wire/ede.def"
#undef E
};

enum { TT_CODE_TEXT_MAX = 16 /* bytes of any mnemonic, no terminator */ };

/* The mnemonic, or NULL when the number has no row. Lends for ever. */
const char *tt_type_word(uint16_t type);
const char *tt_class_word(uint16_t rr_class);
const char *tt_rcode_word(uint16_t rcode);
const char *tt_opcode_word(uint8_t opcode);

/* The registered purpose of an extended error ("Stale Answer", RFC 8914 section 4), or NULL. */
const char *tt_ede_word(uint16_t code);

/* The mnemonic or the form for unknown numbers. rcode: extended rcode merged (RFC 6891 section 6.1.3);
 * 16 is BADVERS, as in a response without TSIG. */
void tt_type_format(struct tt_buf *buf, uint16_t type);
void tt_class_format(struct tt_buf *buf, uint16_t rr_class);
void tt_rcode_format(struct tt_buf *buf, uint16_t rcode);
void tt_opcode_format(struct tt_buf *buf, uint8_t opcode);

/* Either form, any ASCII case. Fails: TT_ESYNTAX. */
int tt_type_parse(struct tt_str text, uint16_t *type);
int tt_class_parse(struct tt_str text, uint16_t *rr_class);
int tt_rcode_parse(struct tt_str text, uint16_t *rcode);
