/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/* An exchange as an observation of a replay. */

#include <string.h>

#include "ctl/replay.h"

void tt_replay_observe(struct tt_replay *replay, const struct tt_exchange *exchange)
{
    struct tt_obs *obs = &replay->record.obs;
    struct tt_obs_writer writer = {.obs = obs, .cap = TT_OBS_MAX - sizeof(*obs)};

    memset(obs, 0, sizeof(*obs));
    obs->sequence = (uint64_t)TT_REPLAY_PORT << 48 | replay->sequence++;
    tt_exchange_write(exchange, &writer);
    replay->time_us = exchange->time_us;
    replay->counts.events++;
    replay->out.observe(replay->out.arg, obs, sizeof(*obs) + obs->tail_len);
}
