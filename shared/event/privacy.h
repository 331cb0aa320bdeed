/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/* What of an event may leave by one exit: the one place that applies topic and privacy policy. */

#include "event/event.h"

/* The fields that leave, and those whose value depends on the policy. */
struct tt_shown {
    struct tt_fields fields;
    struct tt_net client_net;
    struct tt_net ecs;
};

/*
 * Source: design.md §6 "Privacy governs every exit". full: client_ip client_port client_net ecs
 * proxied_by, client_net in the policy's prefix. net: client_net and ecs, both not longer than the
 * policy's prefix. Thread: any.
 */
void tt_event_show(const struct tt_event *event, enum tt_topic topic, const struct tt_privacy *privacy,
                   struct tt_shown *shown);
