/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * The body of a push to Loki: JSON, packed with gzip.
 *
 *   {"streams":[{"stream":{labels},"values":[["<ns>","<record>",{"event_id":"…"}],…]},…]}
 *
 * Labels are few and bounded: instance, job, kind (the topic), region, software. A record is one line, to the
 * byte as it was made first: the mark of one that is sent again moves to the metadata, so that Loki sees a
 * line that it has already as the same. Its time has ns that come of its id, so it is the same each time,
 * too.
 */

#include "sink/class.h"

/* LINE_MAX: Loki's max_line_size, by default. TEXT_MAX: of a body before it is packed, but for one line that
 * is larger by itself. */
enum { TT_LOKI_LINE_MAX = 256 << 10, TT_LOKI_TEXT_MAX = 1 << 20, TT_LOKI_LINES_MAX = 4096 };

struct tt_loki_body;

/* Fails: TT_ENOMEM. */
int tt_loki_body_new(const struct tt_sink_place *place, struct tt_loki_body **body);
void tt_loki_body_free(struct tt_loki_body **body);

/* Bytes that a record takes in a body, at most. */
size_t tt_loki_body_cost(const struct tt_sink_record *record);

/* The line that a record is: without the mark of being sent again. */
size_t tt_loki_body_line_len(const struct tt_sink_record *record);

/* Makes the body of n records, in their order, those of one topic behind each other. *data lends until the
 * next call. Fails: TT_ENOMEM, TT_ELIMIT (they cost more than TT_LOKI_TEXT_MAX and are more than one). */
int tt_loki_body_make(struct tt_loki_body *body, const struct tt_sink_record *const *records, unsigned n,
                      const void **data, size_t *len);
