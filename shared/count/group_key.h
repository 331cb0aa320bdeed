/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * A group as bytes that are equal when the groups are: what a policy shows of client, type, response code
 * and name. Only for groups.c and top_lists.c. Nothing of the event but `shown` is looked at for what a
 * policy may hide.
 */

#include "event/aggregate.h"
#include "event/privacy.h"
#include "wire/name.h"

/* Bytes of a key at most: head and client; with a name behind them. */
enum {
    TT_GROUP_HEAD = 8,
    TT_GROUP_CLIENT_MAX = TT_GROUP_HEAD + 64,
    TT_GROUP_NAME_MAX = TT_GROUP_CLIENT_MAX + TT_NAME_MAX
};

/* Writes the client alone, for who does not care for type and response code. Returns the key's length. */
unsigned tt_group_key_source(uint8_t *key, const struct tt_event *event, const struct tt_shown *shown);

/* Writes the key of the client's group. Returns its length. */
unsigned tt_group_key_client(uint8_t *key, const struct tt_event *event, const struct tt_shown *shown);

/* Adds the name to the key of the client's group, client_len bytes. Returns the length of the whole. */
unsigned tt_group_key_name(uint8_t *key, unsigned client_len, const struct tt_event *event,
                           const struct tt_shown *shown);

/* Sets the members that the key has. They borrow from the key and text. */
void tt_group_key_read(const uint8_t *key, unsigned len, struct tt_aggregate *aggregate,
                       char text[TT_NAME_TEXT_MAX]);

/*
 * A name in at most TT_NAME_MAX bytes: its text, or its wire form where the text is longer, which escapes
 * make it. Returns the length, *is_wire says which. 0: not a name.
 */
unsigned tt_group_key_pack(uint8_t *out, struct tt_str name, bool *is_wire);

/* The text again, lent from packed or text. */
struct tt_str tt_group_key_unpack(const uint8_t *packed, unsigned len, bool is_wire, char text[TT_NAME_TEXT_MAX]);
