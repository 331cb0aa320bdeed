/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/* Packet captures: whatever libpcap reads from a file (pcap, pcapng). */

#include "ctl/replay.h"

/* The first bytes of an input are those of a capture file. */
bool tt_replay_is_pcap(const uint8_t *bytes, size_t len);

void tt_replay_read_pcap(struct tt_replay *replay, struct tt_replay_input *input);
