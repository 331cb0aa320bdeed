/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * An event as the payload of a dnstap frame: message `Dnstap` of https://dnstap.info/dnstap.proto
 * (proto2).
 *
 *   identity  instance, as in every record
 *   version   "<software> (telltale, schema 1)"
 *   message   type: the event's; of a query without a response (outcome dropped, timeout) the QUERY
 * beside it, because no response was sent. Addresses and ports as far as the policy lets them
 * leave: of a client whose address is hidden its network, without a port, or nothing. query_time is
 * timestamp less latency_us (upstream: upstream_rtt_us), response_time is timestamp. extra     the
 * record of topic enriched as JSON, under the same policy, and behind its keys `wire`: how close
 *             query_message and response_message are to what was on the wire (dnstap_wire.h)
 */

#include "base/buf.h"
#include "event/json.h"

/* No payload is longer, and each call needs this much room in its buffer. */
enum { TT_EVENT_DNSTAP_MAX = TT_EVENT_JSON_MAX + 48 * 1024 };

/*
 * Appends the payload, without the length of a frame. topic: of the record; what it says is always
 * what enriched would. Overflow (sticky, nothing appended) when the buffer has less than
 * TT_EVENT_DNSTAP_MAX of room. Thread: the policy's.
 */
void tt_event_to_dnstap(const struct tt_event *event, enum tt_topic topic,
                        const struct tt_policy *policy, struct tt_buf *buf);
