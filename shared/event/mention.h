/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * Does a text tell an address? Free texts of servers (ede_text, dnssec_reason) and the names of
 * policy triggers are not ours, so that a policy that hides the client looks into them. Thread:
 * any.
 */

#include "base/ip.h"
#include "base/str.h"

/*
 * The address stands in text, in any of these forms, whatever the case: presentation in every
 * spelling, with - between as made names have it, hexadecimal without separators, as ::ffff:…,
 * reversed as in in-addr.arpa, ip6.arpa and response policy zones. Also true when it is only part of a longer
 * number: what hides errs on the side of hiding. False for an absent address.
 */
bool tt_text_mentions_ip(struct tt_str text, const struct tt_ip *ip);

/* The trigger of a policy is a client's address, by its own word (rpz-client-ip) or by starting
 * with an address; rpz-ip and rpz-nsip are addresses of answers and servers. */
bool tt_text_is_client_trigger(struct tt_str text);
