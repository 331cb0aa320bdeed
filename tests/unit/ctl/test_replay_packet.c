/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/* Headers of packets, put together by hand. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ctl/replay.h"
#include "ctl/replay_packet.h"

enum {
    ETHERNET = 1,
    NULL_LINK = 0,
    RAW = 12,
    RAW_FILE = 101,
    LOOP = 108,
    SLL = 113,
    IPV4 = 228,
    IPV6 = 229,
    SLL2 = 276
};
enum { READ = TT_REPLAY_SKIPS_N };

#define MACS "\2\0\0\0\0\1\2\0\0\0\0\2"
#define A4 "\xc0\0\2\1"
#define B4 "\xc0\0\2\2"
#define A6 "\x20\1\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1"
#define B6 "\x20\1\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\2"
/* total length, flags and offset, protocol */
#define IP4(total, fragment, protocol) "\x45\0" total "\0\1" fragment "\x40" protocol "\0\0" A4 B4
#define IP6(payload, next) "\x60\0\0\0" payload next "\x40" A6 B6
#define UDP_ABC "\x30\x39\0\x35\0\x0b\0\0abc" /* 12345 to 53, 11 bytes */
#define TCP_ABC(flags)                                                                             \
    "\0\x35\x30\x39\0\0\0\x64\0\0\0\0\x50" flags "\xff\xff\0\0\0\0abc" /* 53 to 12345 */
#define UDP4 IP4("\0\x1f", "\0\0", "\x11") UDP_ABC
#define UDP6 IP6("\0\x0b", "\x11") UDP_ABC

struct row {
    const char *name;
    int link;
    const char *bytes;
    size_t len;
    unsigned result;
    unsigned family;
    uint32_t sequence; /* of TCP */
    uint8_t flags;
    size_t payload_len, payload_size;
};

#define B(literal) literal, sizeof(literal) - 1
#define GOOD(family) READ, family, 0, 0, 3, 3
#define BAD(reason) TT_REPLAY_SKIP_##reason, 0, 0, 0, 0, 0

static const struct row rows[] = {
    {"Ethernet, IPv4, UDP", ETHERNET, B(MACS "\x08\0" UDP4), GOOD(4)},
    {"Ethernet, IPv6, UDP", ETHERNET, B(MACS "\x86\xdd" UDP6), GOOD(6)},
    {"one VLAN tag", ETHERNET, B(MACS "\x81\0\0\7\x08\0" UDP4), GOOD(4)},
    {"two VLAN tags", ETHERNET, B(MACS "\x88\xa8\0\7\x81\0\0\x08\x86\xdd" UDP6), GOOD(6)},
    {"five VLAN tags", ETHERNET,
     B(MACS "\x81\0\0\1\x81\0\0\1\x81\0\0\1\x81\0\0\1\x81\0\0\1\x08\0" UDP4), BAD(NOT_IP)},
    {"padding behind a short packet", ETHERNET, B(MACS "\x08\0" UDP4 "\0\0\0\0\0\0"), GOOD(4)},
    {"ARP", ETHERNET, B(MACS "\x08\x06\0\1\x08\0"), BAD(NOT_IP)},
    {"raw", RAW, B(UDP4), GOOD(4)},
    {"raw, as files number it", RAW_FILE, B(UDP6), GOOD(6)},
    {"raw IPv4", IPV4, B(UDP4), GOOD(4)},
    {"raw IPv6", IPV6, B(UDP6), GOOD(6)},
    {"BSD null", NULL_LINK, B("\2\0\0\0" UDP4), GOOD(4)},
    {"BSD null of IPv6", NULL_LINK, B("\x1e\0\0\0" UDP6), GOOD(6)},
    {"BSD loop", LOOP, B("\0\0\0\2" UDP4), GOOD(4)},
    {"cooked", SLL, B("\0\0\0\1\0\6\0\0\0\0\0\0\0\0\x08\0" UDP4), GOOD(4)},
    {"cooked, VLAN", SLL, B("\0\0\0\1\0\6\0\0\0\0\0\0\0\0\x81\0\0\7\x86\xdd" UDP6), GOOD(6)},
    {"cooked 2", SLL2, B("\x86\xdd\0\0\0\0\0\1\0\1\0\6\0\0\0\0\0\0\0\0" UDP6), GOOD(6)},
    {"cooked 2, ARP", SLL2, B("\x08\6\0\0\0\0\0\1\0\1\0\6\0\0\0\0\0\0\0\0" UDP6), BAD(NOT_IP)},
    {"a link type that is not known", 147, B(UDP4), BAD(NOT_IP)},
    {"no bytes", ETHERNET, B(""), BAD(SHORT_PACKET)},
    {"an Ethernet header alone", ETHERNET, B(MACS "\x08\0"), BAD(SHORT_PACKET)},
    {"IP version 5", RAW, B("\x55" UDP4), BAD(NOT_IP)},
    {"IPv4 options", RAW, B("\x46\0\0\x23\0\1\0\0\x40\x11\0\0" A4 B4 "\1\1\1\0" UDP_ABC), GOOD(4)},
    {"IPv4 with a header of 16 bytes", RAW, B("\x44\0\0\x1f\0\1\0\0\x40\x11\0\0" A4 B4 UDP_ABC),
     BAD(SHORT_PACKET)},
    {"IPv4 shorter than its header", RAW, B(IP4("\0\x13", "\0\0", "\x11") UDP_ABC),
     BAD(SHORT_PACKET)},
    {"IPv4 of total length 0", RAW, B(IP4("\0\0", "\0\0", "\x11") UDP_ABC), GOOD(4)},
    {"IPv4, do not fragment", RAW, B(IP4("\0\x1f", "\x40\0", "\x11") UDP_ABC), GOOD(4)},
    {"IPv4, a first fragment", RAW, B(IP4("\0\x1f", "\x20\0", "\x11") UDP_ABC), BAD(FRAGMENT)},
    {"IPv4, a last fragment", RAW, B(IP4("\0\x1f", "\0\x09", "\x11") UDP_ABC), BAD(FRAGMENT)},
    {"ICMP", RAW, B(IP4("\0\x1f", "\0\0", "\1") UDP_ABC), BAD(OTHER_PROTOCOL)},
    {"IPv6, hop by hop and destination options", RAW,
     B(IP6("\0\x1b", "\0") "\x3c\0\1\4\0\0\0\0\x11\0\1\4\0\0\0\0" UDP_ABC), GOOD(6)},
    {"IPv6, routing and authentication", RAW,
     B(IP6("\0\x1f", "\x2b") "\x33\0\0\0\0\0\0\0\x11\1\0\0\0\0\0\1\0\0\0\2" UDP_ABC), GOOD(6)},
    {"IPv6, a fragment that is the whole", RAW,
     B(IP6("\0\x13", "\x2c") "\x11\0\0\0\0\0\0\1" UDP_ABC), GOOD(6)},
    {"IPv6, a first fragment", RAW, B(IP6("\0\x13", "\x2c") "\x11\0\0\1\0\0\0\1" UDP_ABC),
     BAD(FRAGMENT)},
    {"IPv6, a later fragment", RAW, B(IP6("\0\x13", "\x2c") "\x11\0\0\x08\0\0\0\1" UDP_ABC),
     BAD(FRAGMENT)},
    {"IPv6, an option that leaves the packet", RAW,
     B(IP6("\0\x0b", "\0") "\x11\x7f\1\4\0\0\0\0" UDP_ABC), BAD(SHORT_PACKET)},
    {"IPv6, no next header", RAW, B(IP6("\0\0", "\x3b")), BAD(OTHER_PROTOCOL)},
    {"UDP, header cut", RAW, B(IP4("\0\x1f", "\0\0", "\x11") "\x30\x39\0"), BAD(SHORT_PACKET)},
    {"UDP, a length of 7", RAW, B(IP4("\0\x1f", "\0\0", "\x11") "\x30\x39\0\x35\0\7\0\0abc"),
     BAD(SHORT_PACKET)},
    {"UDP, a length beyond the packet", RAW,
     B(IP4("\0\x1f", "\0\0", "\x11") "\x30\x39\0\x35\xff\xff\0\0abc"), GOOD(4)},
    {"UDP, cut by the capture", RAW, B(IP4("\0\x1f", "\0\0", "\x11") "\x30\x39\0\x35\0\x0b\0\0a"),
     READ, 4, 0, 0, 1, 3},
    {"TCP", RAW, B(IP4("\0\x2b", "\0\0", "\6") TCP_ABC("\x10")), READ, 4, 100, 0, 3, 3},
    {"TCP, SYN counts as a byte", RAW, B(IP4("\0\x2b", "\0\0", "\6") TCP_ABC("\x12")), READ, 4, 101,
     TT_REPLAY_SYN, 3, 3},
    {"TCP, FIN", RAW, B(IP6("\0\x17", "\6") TCP_ABC("\x11")), READ, 6, 100, TT_REPLAY_FIN, 3, 3},
    {"TCP, options", RAW,
     B(IP4("\0\x2f", "\0\0", "\6") "\0\x35\x30\x39\0\0\0\x64\0\0\0\0\x60\4\xff\xff\0\0\0\0\1\1\1\0"
                                   "abc"),
     READ, 4, 100, TT_REPLAY_RST, 3, 3},
    {"TCP, a header of 16 bytes", RAW,
     B(IP4("\0\x2b", "\0\0", "\6") "\0\x35\x30\x39\0\0\0\x64\0\0\0\0\x40\x10\xff\xff\0\0\0\0abc"),
     BAD(SHORT_PACKET)},
    {"TCP, a header beyond the packet", RAW,
     B(IP4("\0\x2b", "\0\0", "\6") "\0\x35\x30\x39\0\0\0\x64\0\0\0\0\xf0\x10\xff\xff\0\0\0\0abc"),
     BAD(SHORT_PACKET)},
};

/* In memory of exactly its size, so that a sanitizer sees every byte read too many. */
static unsigned read_copy(struct tt_replay_packet *packet, const struct row *row, size_t len)
{
    uint8_t *copy = malloc(len > 0 ? len : 1);
    unsigned result;

    assert_non_null(copy);
    memcpy(copy, row->bytes, len);
    result = tt_replay_packet_read(packet, row->link, copy, len);
    if (result == READ && packet->payload_len > 0)
        assert_int_equal(packet->payload[0], 'a');
    free(copy);
    return result;
}

static void packets_are_read_or_refused_with_a_reason(void **state)
{
    (void)state;
    for (size_t i = 0; i < TT_COUNT(rows); i++) {
        const struct row *row = &rows[i];
        struct tt_replay_packet packet = {.payload_len = 0};
        unsigned result = read_copy(&packet, row, row->len);

        if (result != row->result)
            fail_msg("%s: result %u for %u", row->name, result, row->result);
        if (result != READ)
            continue;
        if (packet.from.family != row->family || packet.payload_len != row->payload_len ||
            packet.payload_size != row->payload_size || packet.tcp_flags != row->flags)
            fail_msg("%s: family %u, %zu of %zu bytes, flags %u", row->name, packet.from.family,
                     packet.payload_len, packet.payload_size, packet.tcp_flags);
        if (packet.is_tcp != (row->sequence != 0) ||
            (packet.is_tcp && packet.tcp_sequence != row->sequence))
            fail_msg("%s: sequence %u", row->name, packet.tcp_sequence);
        assert_int_equal(packet.is_tcp ? packet.from_port : packet.to_port, 53);
        assert_int_equal(packet.from.bytes[packet.from.family == 4 ? 3 : 15], 1);
        assert_int_equal(packet.to.bytes[packet.to.family == 4 ? 3 : 15], 2);
    }
}

static void a_packet_cut_anywhere_is_short_or_has_less_payload(void **state)
{
    (void)state;
    for (size_t i = 0; i < TT_COUNT(rows); i++) {
        for (size_t len = 0; len < rows[i].len; len++) {
            struct tt_replay_packet packet = {.payload_len = 0};
            unsigned result = read_copy(&packet, &rows[i], len);

            if (result == READ && packet.payload_len > rows[i].payload_len)
                fail_msg("%s, cut at %zu: %zu bytes of payload", rows[i].name, len,
                         packet.payload_len);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(packets_are_read_or_refused_with_a_reason),
        cmocka_unit_test(a_packet_cut_anywhere_is_short_or_has_less_payload),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
