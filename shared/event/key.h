/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/* The key of an event's record: what keeps an order among records, and shares a partition in Kafka. */

#include "event/privacy.h"

enum { TT_KEY_MAX = 255 };

/*
 * The registrable domain, else the name ("." the root), as far as the policy lets it leave: under registrable
 * never the whole name, under none nothing. Empty: there is none. Cut at 255 bytes. Lends from the event.
 * Source: design.md §3 "Topics". Thread: any.
 */
struct tt_str tt_event_key(const struct tt_event *event, const struct tt_policy *policy);
