/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * dnstap files: Frame Streams (https://farsightsec.github.io/fstrm/, unidirectional) whose content
 * type is protobuf:dnstap.Dnstap; several streams may follow each other in one file.
 */

#include "ctl/replay.h"

/* The first bytes of an input are those of a frame stream. */
bool tt_replay_is_dnstap(const uint8_t *bytes, size_t len);

void tt_replay_read_dnstap(struct tt_replay *replay, struct tt_replay_input *input);

/* One payload, made an event or counted. Fails: TT_ETRUNCATED, TT_EMALFORMED as tt_dnstap_read. */
int tt_replay_dnstap_payload(struct tt_replay *replay, const uint8_t *payload, size_t len);
