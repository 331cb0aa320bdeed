/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * RDATA, from one table of layouts (rdata.def): reading it out of a message with its names
 * uncompressed, its canonical form, its presentation form. A type without a row, or of a class the
 * row does not speak of, is opaque bytes (RFC 3597). No function allocates. Thread: any.
 */

#include "base/compat.h"
#include "wire/cursor.h"

struct tt_buf;

enum {
    TT_RDATA_MAX = 65535, /* bytes of RDATA, also when uncompressed */
    /* No text is longer than 88 bytes for each byte of RDATA and 64 more; the worst is a bitmap
     * full of types without mnemonic. Without a bitmap: 8 for each byte. */
    TT_RDATA_TEXT_PER_BYTE = 88,
    TT_RDATA_TEXT_EXTRA = 64,
};

/*
 * Copies RDATA out of a message with every name of the layout uncompressed, case kept. cursor
 * stands at the RDATA, whose rdata_len bytes it must hold; on success it stands behind them. Names
 * of every type in the table are uncompressed, also where senders must not compress (RFC 3597
 * section 4): a pointer there has no other meaning. Fails: TT_ETRUNCATED (rdata_len leaves the
 * message), TT_EMALFORMED (the bytes do not fit the layout; the cursor still passes over them and
 * has not failed), TT_ELIMIT (larger than cap or TT_RDATA_MAX; likewise).
 */
int tt_rdata_read(struct tt_cursor *cursor, uint16_t type, uint16_t rr_class, uint16_t rdata_len,
                  uint8_t *out, size_t cap, uint16_t *out_len);

/* True when the RDATA, names uncompressed, fits the layout of its type; opaque types always fit. */
bool tt_rdata_fits(uint16_t type, uint16_t rr_class, const uint8_t *rdata, size_t len);

/* True when the canonical form of such RDATA may differ from the RDATA. */
bool tt_rdata_has_case(uint16_t type, uint16_t rr_class);

/*
 * The canonical form of RDATA whose names are uncompressed: names in the types that RFC 4034
 * section 6.2 (3) lists, as RFC 6840 section 5.1 amends it, in lower case; all else as it is, and
 * all of it as it is when it does not fit its layout. out may be rdata. The length never changes.
 * Fails: TT_ELIMIT (cap).
 */
int tt_rdata_canonical(uint16_t type, uint16_t rr_class, const uint8_t *rdata, size_t len,
                       uint8_t *out, size_t cap, uint16_t *out_len);

/*
 * The presentation form of RDATA whose names are uncompressed, fields separated by one blank. Names
 * are written as everywhere (wire/name.h): lower case and without a trailing dot. Character strings
 * are quoted, with \" \\ and \DDD for every byte outside 0x20 … 0x7E. RDATA of a type without a
 * row, and RDATA that does not fit, is written as RFC 3597 section 5 says: \# length hex.
 */
void tt_rdata_format(struct tt_buf *buf, uint16_t type, uint16_t rr_class, const uint8_t *rdata,
                     size_t len);
