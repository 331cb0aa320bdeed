/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * A threat list: a hashed set of names, suffixes, addresses and networks; a million entries in at most
 * 64 MiB. Forms, detected: hosts file ("0.0.0.0 name"), one name, address, network, URL or
 * "||name^" a line, CSV (the column that holds them). CRLF, BOM, comments, IDN and duplicates are fine.
 */

#include "base/buf.h"
#include "base/ip.h"
#include "conf/conf.h"
#include "enrich/labels.h"

struct tt_threat;

/*
 * Fails: TT_ESYNTAX with *why (not one entry, or more lines that are none than lines that are),
 * TT_ENOMEM. TT_OK with text in *why: lines were left out. Thread: any.
 */
int tt_threat_new(const char *text, size_t len, enum tt_threat_match match, struct tt_threat **threat,
                  struct tt_buf *why);
void tt_threat_free(struct tt_threat **threat);

/* How many entries it holds, and the bytes they take. */
size_t tt_threat_entries(const struct tt_threat *threat);
size_t tt_threat_bytes(const struct tt_threat *threat);

/* True when the list holds the name (text form) or, by suffix, a name above it. Thread: any. */
bool tt_threat_has_name(const struct tt_threat *threat, struct tt_str name);
bool tt_threat_has_ip(const struct tt_threat *threat, const struct tt_ip *ip);

/* tt_threat_has_name for a name whose labels were read already; is_whole: all of them. */
bool tt_threat_has_labels(const struct tt_threat *threat, const struct tt_labels *labels, bool is_whole);
