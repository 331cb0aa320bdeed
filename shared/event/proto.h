/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/* An event as Protobuf: message telltale.v1.DnsEvent of the generated telltale.proto. */

#include "base/buf.h"
#include "event/privacy.h"

/* No event is longer, and each call needs this much room in its buffer. */
enum { TT_EVENT_PROTO_MAX = 48 * 1024 };

/*
 * Appends the event as far as topic and policy let it leave, without a length prefix. Overflow
 * (sticky, nothing appended) when the buffer has less than TT_EVENT_PROTO_MAX of room. Thread: any.
 */
void tt_event_to_proto(const struct tt_event *event, enum tt_topic topic, const struct tt_policy *policy,
                       struct tt_buf *buf);
