/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * An exchange: a query and what became of it, as wire images and what is known beside them. It
 * comes from a capture or from the host's dnstap, and becomes an observation of shape bytes.
 */

#include "event/obs.h"
#include "wire/dnstap.h"

/* Borrowed bytes; ptr NULL: absent. */
struct tt_exchange_bytes {
    const uint8_t *ptr;
    size_t len;
};

struct tt_exchange {
    uint8_t message_type, transport, outcome, policy_action; /* of event/enums.h; 0 absent */
    bool has_asker_port, has_answerer_port, has_took;
    uint16_t asker_port, answerer_port;
    uint64_t time_us; /* of the event, since 1970 */
    uint64_t took_us; /* with has_took: from query to response */
    struct tt_ip asker, answerer;
    struct tt_exchange_bytes query, response; /* wire images */
    size_t query_size,
        response_size; /* bytes on the wire; larger than the image when that was cut */
    struct tt_exchange_bytes policy_name; /* wire name or text */
    struct tt_exchange_bytes zone; /* wire name of the zone asked for; ignored when it is none */
};

/*
 * Writes the exchange into the observation that writer stands before: cleared, its sequence given,
 * with room for TT_OBS_MAX in all. Images that no observation holds (TT_OBS_IMAGE_MAX) are cut;
 * what their end would have told is read here and goes into the head. Thread: the owner of both.
 */
void tt_exchange_write(const struct tt_exchange *exchange, struct tt_obs_writer *writer);

/* The type of message (enum tt_message_type) that the fate of a dnstap message's query has: of a
 * response its own, of a query that of its response; 0: it is of none that we know. */
uint8_t tt_exchange_type_of(unsigned dnstap_type);

/*
 * What a dnstap message tells, in images that it lends: of a response the exchange, answered; of a
 * query its half, without outcome, and with the time of the query. A message without any time has
 * time_us 0.
 */
void tt_exchange_from_dnstap(const struct tt_dnstap_message *message, struct tt_exchange *exchange);
