/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/* `dup: maybe` in a record that is encoded already (design.md §3): of every kind and encoding. */

#include "base/buf.h"
#include "conf/conf.h"

/* Bytes that a mark adds at most. */
enum { TT_MARK_MAX = 32 };

/*
 * Appends the record with the mark: in JSON the key behind the others, in Protobuf field 8 at the end (fields
 * come in any order), in dnstap left as it is. A record that carries the mark already is copied as it is.
 * Overflow as tt_buf has it. Thread: any.
 */
void tt_mark_dup(enum tt_encoding encoding, const char *record, size_t len, struct tt_buf *buf);
