/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/* Names and texts of an observation as texts of an event, in the batch's arena. */

#include "base/arena.h"
#include "base/str.h"
#include "event/facts.h"

/* Presentation form of a valid wire name. Fails: TT_ENOMEM. */
int tt_text_from_name(struct tt_span name, struct tt_arena *arena, struct tt_str *text);

/* Cleaned and cut at TT_OBS_TEXT_MAX bytes; absent (ptr NULL) when empty. Fails: TT_ENOMEM. */
int tt_text_from_bytes(struct tt_span bytes, struct tt_arena *arena, struct tt_str *text);
