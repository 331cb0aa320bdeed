/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/* Who asked, and how: addresses, ports, transport. */

#include "host.h"

/* enum tt_transport of a communication point of Unbound. */
uint8_t tt_client_transport(const struct comm_point *point);

/* The address and port in a sockaddr; false when it holds neither an IPv4 nor an IPv6 address. */
bool tt_client_address(const struct sockaddr_storage *from, struct tt_ip *ip, uint16_t *port);

/* Fills client, proxy and server of an event. transport: what tt_client_transport gave while the
 * communication point was the client's. */
void tt_client_fill(struct tt_obs *obs, const struct comm_reply *repinfo, uint8_t transport);

/* Fills the address that the query was sent to. The communication point must be the client's still.
 */
void tt_client_fill_server(struct tt_obs *obs, const struct comm_reply *repinfo);
