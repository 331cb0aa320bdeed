/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * The letters of rdata.def, for the readers and writers of RDATA inside wire/. Thread: any.
 *
 *   1 2 4    unsigned number of so many bytes     n N   name
 *   a q      IPv4, IPv6 address                   s o   character string; one that may be left out
 *   t        RR type                              S     one or more character strings, to the end
 *   T        time, 4 bytes (RFC 4034 3.2)         u     text, to the end (not a character string)
 *   b x      base64, hexadecimal, to the end      k     CAA tag: length byte and ASCII letters, digits
 *   h H      length byte and bytes, written in    m     type bitmap, to the end (RFC 4034 4.1.2)
 *            hexadecimal, base32hex               p     SvcParams, to the end (RFC 9460 2.2)
 *   e E      EUI-48, EUI-64                       g     64-bit ILNP locator or identifier
 */

#include "base/compat.h"

struct tt_buf;

/* The layout without its marks, or NULL: opaque. is_generic (may be NULL): written as in RFC 3597. */
const char *tt_rdata_layout(uint16_t type, uint16_t rr_class, bool *is_generic);

static inline bool tt_rdata_is_name(char kind)
{
    return kind == 'n' || kind == 'N';
}

/* The length of a field at `at` with left bytes to the end of the RDATA, names uncompressed.
 * False: it does not fit. */
bool tt_rdata_field(char kind, const uint8_t *at, size_t left, size_t *len);

/* SvcParams: keys in strictly increasing order, each value as long as it says and of its key's shape. */
bool tt_svcb_fits(const uint8_t *at, size_t left);
void tt_svcb_format(struct tt_buf *buf, const uint8_t *at, size_t left);

/* One byte inside a quoted string. */
void tt_rdata_format_byte(struct tt_buf *buf, uint8_t c);
void tt_rdata_format_base64(struct tt_buf *buf, const uint8_t *at, size_t len);
