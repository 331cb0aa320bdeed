/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * The DNS messages of an event for a dnstap frame. Where the event has whole wire images and the
 * policy hides nothing, they are those images. Where it hides the client, they are edited: of a
 * query header and question stay, of a response all records but OPT, TSIG, SIG and TKEY; the OPT
 * record is made anew with the Client Subnet as the policy shows it and the extended error, so that
 * no cookie, device id or option unknown to us leaves. Else (the host has no images, they were cut
 * or cannot be read, the policy hides the name) they are made from the event's fields: header,
 * question, EDNS as far as known, and the records of the facts when they are complete. A response
 * whose query the host never had comes alone.
 */

#include "event/facts.h"
#include "event/privacy.h"

enum { TT_WIRE_MAX = 16 * 1024 };

/* Further and further from what was on the wire; of two messages the further one counts. */
enum tt_wire_kind { TT_WIRE_NONE, TT_WIRE_IMAGE, TT_WIRE_EDITED, TT_WIRE_REBUILT, TT_WIRE_KINDS_N };

struct tt_wires {
    enum tt_wire_kind kind;
    struct tt_span query,
        response; /* bytes NULL: none; they lend from the event's image or from below */
    uint8_t query_bytes[TT_WIRE_MAX], response_bytes[TT_WIRE_MAX];
};

/* Whether the event tells of a client of the host, or of an upstream. */
static inline bool tt_event_is_of_client(const struct tt_event *event)
{
    return event->message_type != TT_message_type_RESOLVER_RESPONSE &&
           event->message_type != TT_message_type_FORWARDER_RESPONSE;
}

/* shown: of the policy and topic enriched. has_response: false for a query that got none. Thread:
 * any. */
void tt_wires_make(struct tt_wires *wires, const struct tt_event *event,
                   const struct tt_policy *policy, const struct tt_shown *shown, bool has_response);

/* Appends an image without what could tell the client (see above); false, with something half done
 * in *buf, when it is no plain query or response that can be read to its end. For dnstap_wire.c. */
bool tt_wire_edit_query(struct tt_buf *buf, struct tt_span image, const struct tt_event *event,
                        const struct tt_shown *shown);
bool tt_wire_edit_response(struct tt_buf *buf, struct tt_span image, const struct tt_event *event,
                           const struct tt_shown *shown);
