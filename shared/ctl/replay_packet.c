/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "ctl/replay_packet.h"

#include <pcap/dlt.h>
#include <string.h>

#include "ctl/replay.h"
#include "wire/cursor.h"

enum {
    ETHER_IPV4 = 0x0800,
    ETHER_IPV6 = 0x86dd,
    ETHER_VLAN = 0x8100,
    ETHER_QINQ = 0x88a8,
    ETHER_QINQ_OLD = 0x9100
};
enum { VLANS_MAX = 4, EXTENSIONS_MAX = 16 };
enum {
    HOP_BY_HOP = 0,
    TCP = 6,
    UDP = 17,
    ROUTING = 43,
    FRAGMENT = 44,
    AUTHENTICATION = 51,
    DESTINATION = 60,
    MOBILITY = 135
};

/* Not in every libpcap's header; the numbers are for ever (https://www.tcpdump.org/linktypes.html).
 */
enum { LINK_RAW_OPENBSD = 14, LINK_RAW = 101, LINK_IPV4 = 228, LINK_IPV6 = 229, LINK_SLL2 = 276 };

enum { READ = TT_REPLAY_SKIPS_N };

/* What is left of the packet; `size` goes down with it and is what the wire had. */
struct layer {
    struct tt_cursor cursor;
    size_t size;
};

static unsigned read_ip(struct tt_replay_packet *packet, struct layer *layer);

/* What the link layer says it carries, VLAN tags passed over; behind its type it has `after` bytes.
 */
static unsigned read_typed(struct tt_replay_packet *packet, struct layer *layer, size_t after)
{
    unsigned type = tt_cursor_u16(&layer->cursor);

    tt_cursor_bytes(&layer->cursor, after);
    for (unsigned i = 0;
         i < VLANS_MAX && (type == ETHER_VLAN || type == ETHER_QINQ || type == ETHER_QINQ_OLD);
         i++) {
        tt_cursor_u16(&layer->cursor);
        type = tt_cursor_u16(&layer->cursor);
    }
    if (layer->cursor.failed)
        return TT_REPLAY_SKIP_SHORT_PACKET;
    return type == ETHER_IPV4 || type == ETHER_IPV6 ? read_ip(packet, layer)
                                                    : (unsigned)TT_REPLAY_SKIP_NOT_IP;
}

static unsigned read_udp(struct tt_replay_packet *packet, struct layer *layer)
{
    unsigned size;

    packet->is_tcp = false;
    packet->tcp_flags = 0;
    packet->from_port = tt_cursor_u16(&layer->cursor);
    packet->to_port = tt_cursor_u16(&layer->cursor);
    size = tt_cursor_u16(&layer->cursor);
    tt_cursor_u16(&layer->cursor);
    if (layer->cursor.failed || size < 8)
        return TT_REPLAY_SKIP_SHORT_PACKET;
    packet->payload_size = TT_MIN(size, layer->size) - 8;
    return READ;
}

static unsigned read_tcp(struct tt_replay_packet *packet, struct layer *layer)
{
    unsigned word, header;

    packet->is_tcp = true;
    packet->from_port = tt_cursor_u16(&layer->cursor);
    packet->to_port = tt_cursor_u16(&layer->cursor);
    packet->tcp_sequence = tt_cursor_u32(&layer->cursor);
    tt_cursor_u32(&layer->cursor);
    word = tt_cursor_u16(&layer->cursor);
    tt_cursor_bytes(&layer->cursor, 6);
    header = (word >> 12) * 4;
    if (layer->cursor.failed || header < 20 || header > layer->size)
        return TT_REPLAY_SKIP_SHORT_PACKET;
    tt_cursor_bytes(&layer->cursor, header - 20);
    packet->tcp_flags = word & (TT_REPLAY_FIN | TT_REPLAY_SYN | TT_REPLAY_RST);
    packet->tcp_sequence += packet->tcp_flags & TT_REPLAY_SYN ? 1 : 0;
    packet->payload_size = layer->size - header;
    return layer->cursor.failed ? (unsigned)TT_REPLAY_SKIP_SHORT_PACKET : READ;
}

static unsigned read_transport(struct tt_replay_packet *packet, struct layer *layer,
                               unsigned protocol)
{
    unsigned result;

    if (protocol != UDP && protocol != TCP)
        return TT_REPLAY_SKIP_OTHER_PROTOCOL;
    if (layer->size < 8)
        return TT_REPLAY_SKIP_SHORT_PACKET;
    result = protocol == UDP ? read_udp(packet, layer) : read_tcp(packet, layer);
    if (result != READ)
        return result;
    packet->payload_len = TT_MIN(tt_cursor_left(&layer->cursor), packet->payload_size);
    packet->payload = tt_cursor_bytes(&layer->cursor, packet->payload_len);
    return READ;
}

static void read_address(struct tt_ip *ip, struct tt_cursor *cursor, uint8_t family)
{
    size_t len = family == 4 ? 4 : 16;
    const uint8_t *bytes = tt_cursor_bytes(cursor, len);

    *ip = (struct tt_ip){.family = family};
    if (bytes != NULL)
        memcpy(ip->bytes, bytes, len);
}

/* A total length of 0 is that of a segment which the network card was left to cut. */
static unsigned read_ipv4(struct tt_replay_packet *packet, struct layer *layer, unsigned header)
{
    unsigned total, fragment, protocol;

    tt_cursor_u8(&layer->cursor);
    total = tt_cursor_u16(&layer->cursor);
    tt_cursor_u16(&layer->cursor);
    fragment = tt_cursor_u16(&layer->cursor);
    tt_cursor_u8(&layer->cursor);
    protocol = tt_cursor_u8(&layer->cursor);
    tt_cursor_u16(&layer->cursor);
    read_address(&packet->from, &layer->cursor, 4);
    read_address(&packet->to, &layer->cursor, 4);
    if (layer->cursor.failed || header < 20 || (total != 0 && total < header))
        return TT_REPLAY_SKIP_SHORT_PACKET;
    tt_cursor_bytes(&layer->cursor, header - 20);
    if (layer->cursor.failed)
        return TT_REPLAY_SKIP_SHORT_PACKET;
    layer->size = total != 0 ? total - header : layer->size - TT_MIN(header, layer->size);
    if ((fragment & 0x3fff) != 0) /* more fragments, or an offset */
        return TT_REPLAY_SKIP_FRAGMENT;
    return read_transport(packet, layer, protocol);
}

/* Extension headers up to the one that carries something. Returns READ and *protocol. */
static unsigned pass_extensions(struct layer *layer, unsigned *protocol)
{
    for (unsigned i = 0; i < EXTENSIONS_MAX; i++) {
        unsigned type = *protocol, next, len, rest;

        if (type != HOP_BY_HOP && type != ROUTING && type != FRAGMENT && type != AUTHENTICATION &&
            type != DESTINATION && type != MOBILITY)
            return READ;
        next = tt_cursor_u8(&layer->cursor);
        len = tt_cursor_u8(&layer->cursor);
        rest = tt_cursor_u16(&layer->cursor);
        if (type == FRAGMENT && (rest & 0xfff9) != 0)
            return TT_REPLAY_SKIP_FRAGMENT;
        len = type == FRAGMENT ? 8 : type == AUTHENTICATION ? (len + 2) * 4 : (len + 1) * 8;
        tt_cursor_bytes(&layer->cursor, len - 4);
        if (layer->cursor.failed || len > layer->size)
            return TT_REPLAY_SKIP_SHORT_PACKET;
        layer->size -= len;
        *protocol = next;
    }
    return TT_REPLAY_SKIP_OTHER_PROTOCOL;
}

static unsigned read_ipv6(struct tt_replay_packet *packet, struct layer *layer)
{
    unsigned payload, protocol, result;

    tt_cursor_bytes(&layer->cursor, 3);
    payload = tt_cursor_u16(&layer->cursor);
    protocol = tt_cursor_u8(&layer->cursor);
    tt_cursor_u8(&layer->cursor);
    read_address(&packet->from, &layer->cursor, 6);
    read_address(&packet->to, &layer->cursor, 6);
    if (layer->cursor.failed)
        return TT_REPLAY_SKIP_SHORT_PACKET;
    layer->size = payload != 0 ? payload : layer->size - TT_MIN(layer->size, (size_t)40);
    result = pass_extensions(layer, &protocol);
    return result == READ ? read_transport(packet, layer, protocol) : result;
}

/* The version field says which: what the link layer says need not be believed. */
static unsigned read_ip(struct tt_replay_packet *packet, struct layer *layer)
{
    unsigned first;

    layer->size = tt_cursor_left(&layer->cursor);
    first = tt_cursor_u8(&layer->cursor);
    if (layer->cursor.failed)
        return TT_REPLAY_SKIP_SHORT_PACKET;
    if (first >> 4 == 4)
        return read_ipv4(packet, layer, (first & 15) * 4);
    return first >> 4 == 6 ? read_ipv6(packet, layer) : (unsigned)TT_REPLAY_SKIP_NOT_IP;
}

/* The link layer's header: bytes, then the type of what it carries when it has one, then bytes. */
struct link {
    int number;
    uint8_t before;
    bool has_type;
    uint8_t after;
};

static const struct link links[] = {
    {DLT_EN10MB, 12, true, 0}, {DLT_LINUX_SLL, 14, true, 0}, {LINK_SLL2, 0, true, 18},
    {DLT_RAW, 0, false, 0},    {LINK_RAW, 0, false, 0},      {LINK_RAW_OPENBSD, 0, false, 0},
    {LINK_IPV4, 0, false, 0},  {LINK_IPV6, 0, false, 0},     {DLT_NULL, 4, false, 0},
    {DLT_LOOP, 4, false, 0},
};

static const struct link *find_link(int number)
{
    for (size_t i = 0; i < TT_COUNT(links); i++)
        if (links[i].number == number)
            return &links[i];
    return NULL;
}

bool tt_replay_packet_knows(int link_type)
{
    return find_link(link_type) != NULL;
}

unsigned tt_replay_packet_read(struct tt_replay_packet *packet, int link_type, const uint8_t *bytes,
                               size_t len)
{
    const struct link *link = find_link(link_type);
    struct layer layer = {tt_cursor_over(bytes, len), len};

    if (link == NULL)
        return TT_REPLAY_SKIP_NOT_IP;
    tt_cursor_bytes(&layer.cursor, link->before);
    return link->has_type ? read_typed(packet, &layer, link->after) : read_ip(packet, &layer);
}
