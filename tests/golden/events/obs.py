# SPDX-FileCopyrightText: 2026 the telltale authors
# SPDX-License-Identifier: BSD-3-Clause
"""Observations written by hand: the layout of shared/event/obs.h, without any code of it."""

import ipaddress
import struct

HAVE = {word: 1 << bit for bit, word in enumerate(
    "query_type query_id query_size opcode query_flags dnssec_ok edns_udp_size response_code response_flags tc ad "
    "answer_count ttl ttl_original response_size latency_us ede_code upstream_count upstream_rtt_us client_port "
    "server_port upstream_port worker coalesced referral answers".split())}
FLAG = {word: 1 << bit for bit, word in enumerate("rd cd do aa tc ra ad coalesced referral cut".split())}
KIND = {word: 1 + n for n, word in enumerate(
    "qname rr ecs ede_text dnssec_reason policy_name upstream_zone view query response".split())}
NUMBERS32 = "latency_us ttl ttl_original upstream_rtt_us".split()
NUMBERS16 = ("worker query_type query_class query_id query_size edns_udp_size response_code response_size answer_count "
             "ede_code upstream_count client_port server_port upstream_port").split()
BYTES = ("message_type transport outcome drop_reason cache_status dnssec_status policy_action servfail_reason "
         "upstream_role upstream_transport opcode").split()
ADDRESSES = "client_ip proxied_by server_ip upstream_ip".split()


def address(text):
    """struct tt_ip."""
    if text is None:
        return bytes(17)
    ip = ipaddress.ip_address(text)
    return bytes([ip.version]) + ip.packed.ljust(16, b"\0")


def item(kind, data, flags=0):
    return struct.pack("<BBH", KIND[kind], flags, len(data)) + data


def rr(owner, rtype, ttl, rdata, section=0, rr_class=1):
    """One record; owner b"": as the one before."""
    return item("rr", struct.pack("<HHIHBB", rtype, rr_class, ttl, len(rdata), len(owner), 0) + owner + rdata, section)


def observation(tail=b"", have=(), flags=(), shape=1, time_us=1795251900123456, sequence=(1 << 48) + 7, transaction=0,
                parent=0, **values):
    """A whole record. Numbers given by name have their `have` bit set; more bits by `have`."""
    values = {"message_type": 1, "outcome": 1, **values}
    bits = sum(HAVE[word] for word in set(have) | {word for word in values if word in HAVE})
    if "opcode" not in have and "opcode" not in values:
        bits &= ~HAVE["opcode"]
    out = struct.pack("<QQQQI", sequence, time_us, transaction, parent, bits)
    out += struct.pack("<4I", *(values.get(name, 0) for name in NUMBERS32))
    out += struct.pack("<H", sum(FLAG[word] for word in flags))
    out += struct.pack("<14H", *(values.get(name, 0) for name in NUMBERS16))
    out += struct.pack("<H", len(tail))
    out += struct.pack("<12B", shape, *(values.get(name, 0) for name in BYTES))
    out += b"".join(address(values.get(name)) for name in ADDRESSES)
    unknown = set(values) - set(NUMBERS32 + NUMBERS16 + BYTES + ADDRESSES)
    if unknown:
        raise ValueError(f"no such head field: {unknown}")
    return out.ljust(168, b"\0") + tail
