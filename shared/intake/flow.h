/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/* One direction of a conversation as a value to compare and to hash, keyed against whoever chooses
 * addresses and ports to collide. */

#include "base/ip.h"

struct tt_flow {
    struct tt_ip from, to;
    uint16_t from_port, to_port;
    uint16_t number; /* a message ID, or 0 */
};

bool tt_flow_equal(const struct tt_flow *a, const struct tt_flow *b);
uint64_t tt_flow_hash(const struct tt_flow *flow, uint64_t seed);

/* Of this process, not to be guessed. */
uint64_t tt_flow_seed(void);
