/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/* The rows of sink_keys.def: which types of sinks take a key, need it, have a default of their own. */

#include "conf/conf.h"
#include "conf/option.h"

enum { TT_SINK_TYPES_ALL = (1 << TT_SINK_TYPES_N) - 1 };

/* Bit masks of 1 << enum tt_sink_type; a key without a row: all, and none. */
unsigned tt_sink_key_takers(uint8_t id);
unsigned tt_sink_key_needers(uint8_t id);

/* YAML text of a type's own, else what the row in options.def has; example: never NULL. */
const char *tt_sink_key_preset(uint8_t id, unsigned type);
const char *tt_sink_key_example(uint8_t id, unsigned type);

/* True when the type's default is a value of its own. */
bool tt_sink_key_has_own_preset(uint8_t id, unsigned type);

/* True when the type has an example of its own. */
bool tt_sink_key_has_own_example(uint8_t id, unsigned type);

/* "file", "file or dnstap", "kafka, loki or dnstap" with "or" as the last joint. */
void tt_sink_key_types(unsigned types, const char *joint, struct tt_buf *buf);
