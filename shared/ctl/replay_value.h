/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/* One value of a record in JSON, back into the member of an event: the inverse of event/json.h. */

#include <jansson.h>

#include "base/arena.h"
#include "event/event.h"
#include "event/words.h"

struct tt_replay_value {
    const struct tt_field_row *row;
    const struct tt_enum_row *words; /* first row of its enumeration; NULL: it is none */
    size_t cap;                      /* bytes or items; 0: none */
};

enum tt_replay_read {
    TT_REPLAY_READ_GOOD,
    TT_REPLAY_READ_UNKNOWN, /* a word that this version does not know: the field is absent */
    TT_REPLAY_READ_BAD,
};

/* Prepares the reading of a field. */
void tt_replay_value_init(struct tt_replay_value *value, enum tt_field field);

/*
 * Reads json into the member at `into` of the kind of the row; ids (32 hex digits) give their
 * second half and put the first into *random. Texts lend from json or *arena. Names come out in
 * their one text form. Thread: any.
 */
enum tt_replay_read tt_replay_value_read(const struct tt_replay_value *value, const json_t *json,
                                         void *into, uint64_t *random, struct tt_arena *arena);

/* What a value of that kind looks like, for error texts. Lends for ever. */
const char *tt_replay_value_form(const struct tt_replay_value *value);
