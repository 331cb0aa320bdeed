/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * The headers of one captured packet, down to UDP or TCP: Ethernet with VLAN tags (IEEE 802.1Q,
 * 802.1ad), Linux cooked captures 1 and 2, raw IP, BSD null and loop; IPv4 (RFC 791), IPv6 with
 * extension headers (RFC 8200), UDP (RFC 768), TCP (RFC 9293). Allocates nothing. Thread: any.
 */

#include "base/compat.h"
#include "base/ip.h"

enum tt_replay_tcp_flag { TT_REPLAY_FIN = 1, TT_REPLAY_SYN = 2, TT_REPLAY_RST = 4 };

struct tt_replay_packet {
    struct tt_ip from, to;
    uint16_t from_port, to_port;
    bool is_tcp;
    uint8_t tcp_flags;      /* enum tt_replay_tcp_flag */
    uint32_t tcp_sequence;  /* of the first byte, that of a SYN counted */
    const uint8_t *payload; /* borrowed */
    size_t payload_len;     /* bytes that were captured */
    size_t payload_size;    /* bytes on the wire */
};

/* Whether packets of a link type (of libpcap, DLT_*) can be read. */
bool tt_replay_packet_knows(int link_type);

/* len: bytes captured. Returns TT_REPLAY_SKIPS_N when the packet was read, else why not (enum
 * tt_replay_skip). */
unsigned tt_replay_packet_read(struct tt_replay_packet *packet, int link_type, const uint8_t *bytes,
                               size_t len);
