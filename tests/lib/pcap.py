# SPDX-FileCopyrightText: 2026 the telltale authors
# SPDX-License-Identifier: BSD-3-Clause
"""Packet captures: files of pcap and pcapng, link layers, IP, UDP and TCP around DNS messages."""

import ipaddress
import struct
import sys

import dnsmsg

EN10MB, NULL, RAW, LOOP, SLL, SLL2 = 1, 0, 101, 108, 113, 276
UDP, TCP = 17, 6
FIN, SYN, RST, ACK = 1, 2, 4, 16


def udp(source, target, payload):
    """(address, port) twice."""
    return _ip(source[0], target[0], UDP, struct.pack(">4H", source[1], target[1], 8 + len(payload), 0) + payload)


def tcp(source, target, sequence, payload=b"", flags=ACK):
    header = struct.pack(">HHIIHHHH", source[1], target[1], sequence % 2**32, 0, 5 << 12 | flags, 65535, 0, 0)
    return _ip(source[0], target[0], TCP, header + payload)


def _ip(source, target, protocol, payload):
    source, target = ipaddress.ip_address(source), ipaddress.ip_address(target)
    if source.version == 4:
        return struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(payload), 1, 0, 64, protocol, 0) + source.packed + target.packed + payload
    return struct.pack(">IHBB", 6 << 28, len(payload), protocol, 64) + source.packed + target.packed + payload


def fragment(packet, offset=0, more=True):
    """The same IPv4 packet as a fragment."""
    return packet[:6] + struct.pack(">H", (0x2000 if more else 0) | offset) + packet[8:]


def extended(packet, *headers):
    """An IPv6 packet with extension headers before what it carries: (number, bytes after the next header's)."""
    body, following = packet[40:], packet[6]
    for number, data in reversed(headers):
        body, following = bytes([following]) + data + body, number
    return packet[:4] + struct.pack(">H", len(body)) + bytes([following]) + packet[7:40] + body


def ether(packet, *tags):
    """tags: (ether type, VLAN) from outside in."""
    kind = 0x0800 if packet[0] >> 4 == 4 else 0x86DD
    stack = b"".join(struct.pack(">HH", number, vlan) for number, vlan in tags)
    return b"\2\0\0\0\0\1\2\0\0\0\0\2" + stack + struct.pack(">H", kind) + packet


def cooked(packet):
    return struct.pack(">HHHQH", 0, 1, 6, 0, 0x0800 if packet[0] >> 4 == 4 else 0x86DD) + packet


def cooked2(packet):
    return struct.pack(">HHIHBBQ", 0x0800 if packet[0] >> 4 == 4 else 0x86DD, 0, 1, 1, 0, 6, 0) + packet


def null(packet):
    return struct.pack("<I", 2 if packet[0] >> 4 == 4 else 30) + packet


def file(packets, link=EN10MB, snap=262144, order="<", nanoseconds=False):
    """A pcap file. packets: (time in µs, bytes)."""
    out = [struct.pack(order + "IHHiIII", 0xA1B23C4D if nanoseconds else 0xA1B2C3D4, 2, 4, 0, 0, snap, link)]
    for time_us, data in packets:
        rest = time_us % 1000000 * (1000 if nanoseconds else 1)
        out.append(struct.pack(order + "IIII", time_us // 1000000, rest, min(len(data), snap), len(data)) + data[:snap])
    return b"".join(out)


def ng_file(packets, link=EN10MB):
    """A pcapng file."""
    def block(kind, body):
        body += b"\0" * (-len(body) % 4)
        return struct.pack("<II", kind, len(body) + 12) + body + struct.pack("<I", len(body) + 12)

    out = [block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1)), block(1, struct.pack("<HHI", link, 0, 0))]
    for time_us, data in packets:
        out.append(block(6, struct.pack("<IIIII", 0, time_us >> 32, time_us & 0xFFFFFFFF, len(data), len(data)) + data))
    return b"".join(out)


def stream(source, target, messages, first=1000, size=1 << 16, end=FIN):
    """One direction of a TCP connection: SYN, the messages with their lengths in segments of `size`, FIN."""
    data = b"".join(struct.pack(">H", len(message)) + message for message in messages)
    packets, sequence = [tcp(source, target, first, flags=SYN)], first + 1
    for at in range(0, len(data), size):
        packets.append(tcp(source, target, sequence + at, data[at:at + size]))
    return packets + ([tcp(source, target, sequence + len(data), flags=end | ACK)] if end else [])


def write_seeds(directory):
    """Inputs for the fuzzer to begin with, in the two forms of fuzz_pcap.c."""
    client, server = ("192.0.2.1", 40000), ("192.0.2.2", 53)
    client6, server6 = ("2001:db8::1", 40000), ("2001:db8::2", 53)
    query, response = dnsmsg.query("www.example.com", ident=7), dnsmsg.query("www.example.com", ident=7)
    response = response[:2] + b"\x81\x80" + response[4:]

    def packets(link, found):
        return bytes([0, link]) + b"".join(struct.pack(">HB", len(data), 1) + data for data in found)

    def segments(*found):
        return b"\1" + b"".join(struct.pack(">BHB", flags | 8, at, len(data)) + data for flags, at, data in found)

    framed = struct.pack(">H", len(query)) + query
    seeds = [
        packets(0, [ether(udp(client, server, query)), ether(udp(server, client, response))]),
        packets(0, [ether(udp(client6, server6, query), (0x88A8, 1), (0x8100, 2)), ether(udp(server6, client6, response))]),
        packets(0, map(ether, stream(client, server, [query, query], size=20) + stream(server, client, [response]))),
        packets(2, [udp(client, server, query), fragment(udp(server, client, response))]),
        packets(2, [extended(udp(client6, server6, query), (0, b"\0\1\4\0\0\0\0"), (44, b"\0\0\0\0\0\0\1"))]),
        packets(5, [cooked(udp(client, server, query))]), packets(8, [cooked2(udp(client6, server6, query))]),
        packets(1, [null(udp(client, server, query))]),
        segments((2, 100, b""), (0, 100, framed), (0, 100 + len(framed), framed[:10]), (1, 110 + len(framed), framed[10:])),
        segments((0, 100 + len(framed), framed), (0, 100, framed), (16, 5, framed[:9]), (16, 14, framed[9:]), (4, 0, b"")),
    ]
    for number, data in enumerate(seeds):
        with open(f"{directory}/{number}.packets", "wb") as out:
            out.write(data)


if __name__ == "__main__":
    {"seeds": write_seeds}[sys.argv[1]](*sys.argv[2:])
