/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/* The event of a query of named's: from what the shim has seen on the way and what named's structs say at the
 * end. The two functions of the host table that need nothing of a seat. Thread: the seat's. */

#include "telltale_host.h"

void tt_tell_arrive(struct tt_query *query, const uint8_t *image, size_t len, size_t qname_len,
                    const struct sockaddr *proxy);
void tt_tell(struct tt_query *query, const struct tt_shim_facts *facts);
