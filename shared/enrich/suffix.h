/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/* The Public Suffix List as a table: which part of a name is public, which is registrable. Source:
 * publicsuffix.org "Algorithm"; both sections (ICANN and PRIVATE), names without a rule by "*".
 * Where the algorithm leaves "kobe.jp" under a rule "*.kobe.jp" to its parent's rule, it is public here, as
 * browsers and libpsl have it. */

#include "base/buf.h"
#include "base/str.h"
#include "enrich/labels.h"

struct tt_suffix;

/*
 * Reads a list in the format of publicsuffix.org. Rules in UTF-8 become A-labels (IDNA 2008). Fails:
 * TT_ESYNTAX with *why (no rule at all, too much that is none), TT_ENOMEM. Thread: any.
 */
int tt_suffix_new(const char *text, size_t len, struct tt_suffix **suffix, struct tt_buf *build, struct tt_buf *why);
void tt_suffix_free(struct tt_suffix **suffix);

/*
 * Finds both parts of a name in the text form of wire/name.h. Each is a view into name; ptr NULL:
 * there is none (the root has neither, a public suffix has no registrable domain). Thread: any.
 */
struct tt_suffix_parts {
    struct tt_str public_suffix, registrable_domain;
};
struct tt_suffix_parts tt_suffix_find(const struct tt_suffix *suffix, struct tt_str name);

/* The same for a name whose labels were read already, at least as many as the longest rule has and two. */
struct tt_suffix_parts tt_suffix_find_labels(const struct tt_suffix *suffix, struct tt_str name,
                                             const struct tt_labels *labels);
