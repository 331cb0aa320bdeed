/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/* Our own JSON lines (event/json.h), one record a line: what was observed is taken over, what was
 * computed from it is left to be computed anew. */

#include "ctl/replay.h"

/* The first bytes of an input are those of a JSON object. */
bool tt_replay_is_json(const uint8_t *bytes, size_t len);

void tt_replay_read_json(struct tt_replay *replay, struct tt_replay_input *input);

/* Why a line is no event; *why: what is wrong, when malformed. */
enum tt_replay_line { TT_REPLAY_LINE_TAKEN, TT_REPLAY_LINE_SKIPPED, TT_REPLAY_LINE_MALFORMED };
struct tt_buf;
enum tt_replay_line tt_replay_json_line(struct tt_replay *replay, const char *line, size_t len,
                                        struct tt_buf *why);
