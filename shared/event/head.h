/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/* The fields that come from an observation's head and from the core, without a look at the tail. */

#include "event/event.h"

/* Sets `have` anew and every field that origin and head give. Borrows from *origin. Thread: pipeline. */
void tt_event_set_head(struct tt_event *event, const struct tt_obs *obs, const struct tt_event_origin *origin);
