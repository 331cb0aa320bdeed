/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "intake/flow.h"

#define XXH_INLINE_ALL
#include <xxhash.h>
#include <string.h>
#include <sys/random.h>

#include "base/clock.h"

static bool is_same_ip(const struct tt_ip *a, const struct tt_ip *b)
{
    return a->family == b->family && memcmp(a->bytes, b->bytes, sizeof(a->bytes)) == 0;
}

bool tt_flow_equal(const struct tt_flow *a, const struct tt_flow *b)
{
    return a->from_port == b->from_port && a->to_port == b->to_port && a->number == b->number &&
           is_same_ip(&a->from, &b->from) && is_same_ip(&a->to, &b->to);
}

uint64_t tt_flow_hash(const struct tt_flow *flow, uint64_t seed)
{
    uint8_t bytes[2 * sizeof(flow->from.bytes) + 6];

    memcpy(bytes, flow->from.bytes, 16);
    memcpy(bytes + 16, flow->to.bytes, 16);
    memcpy(bytes + 32, &flow->from_port, 2);
    memcpy(bytes + 34, &flow->to_port, 2);
    memcpy(bytes + 36, &flow->number, 2);
    return XXH3_64bits_withSeed(bytes, sizeof(bytes), seed);
}

uint64_t tt_flow_seed(void)
{
    uint64_t seed;

    if (getrandom(&seed, sizeof(seed), GRND_NONBLOCK) != (ssize_t)sizeof(seed))
        seed = tt_clock_wall_us() << 20 ^ tt_clock_mono_ns();
    return seed;
}
