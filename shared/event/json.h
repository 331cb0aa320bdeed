/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/* An event as JSON (RFC 8259): one object, keys in the order of event_fields.def, no newline. */

#include "base/buf.h"
#include "event/privacy.h"

/* No event is longer, and each call needs this much room in its buffer. */
enum { TT_EVENT_JSON_MAX = 80 * 1024 };

/*
 * Appends the event as far as topic and policy let it leave. The output is valid UTF-8 and valid
 * JSON whatever the texts hold, without control characters. Overflow (sticky, nothing appended) when
 * the buffer has less than TT_EVENT_JSON_MAX of room. Appends nothing for topics of other kinds.
 * Thread: any.
 */
void tt_event_to_json(const struct tt_event *event, enum tt_topic topic, const struct tt_policy *policy,
                      struct tt_buf *buf);
