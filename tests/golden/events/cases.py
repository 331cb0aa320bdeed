# SPDX-FileCopyrightText: 2026 the telltale authors
# SPDX-License-Identifier: BSD-3-Clause
"""The observations of the golden cases, by name. obs.hex of each case directory is what this makes."""

import struct

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset

from obs import item, observation, rr

CLIENT = dict(client_ip="192.0.2.77", client_port=40001, server_ip="198.51.100.53", server_port=53, transport=1,
              query_type=1, query_class=1, query_id=4660, query_size=56, opcode=0, worker=2)
QUERY_BITS = ["query_flags", "dnssec_ok", "response_flags", "ad", "answers"]


def name(text):
    return dns.name.from_text(text).to_wire()


def rdata(rtype, text):
    return dns.rdata.from_text("IN", rtype, text).to_wire()


def text_item(kind, text):
    return item(kind, text if isinstance(text, bytes) else text.encode())


def rrs(owner, rtype, ttl, texts, section=0):
    number = dns.rdatatype.from_text(rtype)
    return b"".join(rr(name(owner) if i == 0 else b"", number, ttl, rdata(rtype, text), section)
                    for i, text in enumerate(texts))


def client(tail, **more):
    """A client event with the usual head."""
    values = {**CLIENT, "cache_status": 1, "dnssec_status": 2, "latency_us": 87, **more}
    if values.get("outcome", 1) == 1:
        values.setdefault("response_code", 0)
    have = values.pop("have", QUERY_BITS)
    return observation(tail, have=have, flags=values.pop("flags", ["rd", "ra"]), **values)


def upstream(tail, **more):
    """An upstream event of an iterating resolver."""
    values = dict(message_type=2, query_type=1, query_class=1, upstream_ip="203.0.113.5",
                  upstream_port=53, upstream_transport=1, upstream_role=1, upstream_rtt_us=12345,
                  transaction=(1 << 48) + 3, worker=2)
    values.update(more)
    if values.get("outcome", 1) == 1:
        values.setdefault("response_code", 0)
    have = values.pop("have", ["answers", "response_flags", "referral"])
    return observation(tail, have=have, flags=values.pop("flags", ["aa"]), **values)


def wire_response():
    query = dns.message.make_query("www.Example.org", "AAAA", use_edns=0, payload=1232, want_dnssec=True)
    query.id = 99
    query.use_edns(0, dns.flags.DO, 1232, options=[dns.edns.ECSOption("192.0.2.128", 28)])
    response = dns.message.make_response(query, recursion_available=True)
    response.answer = [dns.rrset.from_text("www.example.org.", 300, "IN", "CNAME", "Host.example.org."),
                       # One record each: dnspython shuffles the records of a set.
                       dns.rrset.from_text("host.example.org.", 60, "IN", "AAAA", "2001:db8::2"),
                       dns.rrset.from_text("host.example.org.", 60, "IN", "AAAA", "2001:db8::1")]
    response.use_edns(0, dns.flags.DO, 1232, options=[dns.edns.EDEOption(3, "served stale")])
    return query.to_wire(), response.to_wire()


def client_cases():
    odd = bytes([8]) + b'a.b\\"\x00\x7f\xff' + bytes([2]) + b"Zz" + b"\0"
    hostile = b"caf\xc3\xa9 \"\\ \x1b[31m\x00\x7f\xc2\x85\xe2\x80\xae\xff end"
    return {
        "hit_with_two_addresses": client(
            item("qname", name("WWW.Example.COM.")) + rrs("www.example.com.", "A", 200, ["192.0.2.2", "192.0.2.1"]),
            ttl=200, answer_count=2),
        "miss_over_chain_on_dot": client(
            item("qname", name("www.example.net.")) + item("ecs", bytes.fromhex("0002380020010db8123456"))
            + rrs("www.example.net.", "CNAME", 30, ["A.example.net."])
            + rrs("a.example.net.", "CNAME", 60, ["b.Example.org."])
            + rrs("b.example.org.", "AAAA", 90, ["2001:db8::53"]),
            query_type=28, client_ip="2001:db8:1:2:3:4:5:6", proxied_by="2001:db8::ffff", transport=3, server_port=853,
            cache_status=2, transaction=(2 << 48) + 9, upstream_count=3, ttl=30, answer_count=3, latency_us=45210,
            edns_udp_size=1232, flags=["rd", "ra", "do", "ad", "coalesced"],
            have=QUERY_BITS + ["coalesced"], dnssec_status=1),
        "nxdomain_with_soa": client(
            item("qname", name("nope.example.com."))
            + rrs("example.com.", "SOA", 300, ["ns1.example.com. h.example.com. 2026112101 7200 900 1209600 300"], 1),
            response_code=3, answer_count=0),
        "nodata": client(item("qname", name("example.com.")), query_type=28, answer_count=0),
        "nodata_unknown_without_answers": client(item("qname", name("example.com.")), have=["query_flags"]),
        "servfail_with_hostile_texts": client(
            item("qname", name("bogus.example.")) + item("ede_text", hostile) + item("dnssec_reason", hostile)
            + item("view", "intern\u00e4l".encode()) + item("policy_name", b'block "list"'),
            response_code=2, ede_code=6, dnssec_status=3, servfail_reason=6, policy_action=1, cache_status=2),
        "dropped": client(item("qname", name("slow.example.")), outcome=2, drop_reason=1, have=[],
                          cache_status=2, latency_us=1900123),
        "policy_by_name": client(
            item("qname", name("bad.example.")) + item("policy_name", name("bad.example.RPZ.local."), 1),
            policy_action=1, response_code=3, cache_status=4),
        "unknown_codes": client(item("qname", name("x.example.")), query_type=65280, query_class=32, opcode=7,
                                response_code=3000, have=[]),
        "name_with_every_kind_of_byte": client(item("qname", odd)),
        "root": client(item("qname", b"\0") + rrs(".", "NS", 518400, ["b.root-servers.net.", "a.root-servers.net."]),
                       query_type=2, answer_count=2),
        "cut_answer": client(
            item("qname", name("many.example.")) + rrs("many.example.", "A", 5, [f"192.0.2.{i}" for i in range(32)]),
            flags=["rd", "ra", "cut"], answer_count=40),
        "alias_loop": client(item("qname", name("a.example.")) + rrs("a.example.", "CNAME", 1, ["b.example."])
                             + rrs("b.example.", "CNAME", 1, ["a.example."])),
        "bare_minimum": observation(),
    }


def upstream_cases():
    return {
        "referral": upstream(
            item("qname", name("www.example.com.")) + item("upstream_zone", name("COM."))
            + rrs("example.com.", "NS", 172800, ["ns2.example.com.", "NS1.example.com."], 1)
            + rrs("example.com.", "DS", 86400, ["12345 13 2 " + "5f" * 32], 1),
            flags=["referral"], ttl_original=86400),
        "upstream_dnskey": upstream(
            item("qname", name("example.com."))
            + rrs("example.com.", "DNSKEY", 3600, ["257 3 13 " + "a2V5" * 16, "256 3 13 " + "emtz" * 16]),
            query_type=48, ttl_original=3600, answer_count=2),
        "upstream_txt": upstream(
            item("qname", name("example.com."))
            + rrs("example.com.", "TXT", 60, ['"v=spf1 -all"', '"b\\"q" "\\000\\255"']),
            query_type=16),
        "upstream_mx": upstream(
            item("qname", name("example.com."))
            + rrs("example.com.", "MX", 60, ["20 mx2.example.com.", "10 MX1.example.com."]),
            query_type=15, message_type=3, upstream_role=2),
        "upstream_alias_alone": upstream(
            item("qname", name("www.example.com.")) + rrs("www.example.com.", "CNAME", 60, ["cdn.example.net."])),
        "upstream_timeout": upstream(item("qname", name("example.com.")) + item("upstream_zone", b"\0"), outcome=3,
                                     have=[], upstream_rtt_us=376000, parent=(1 << 48) + 2),
    }


def image_cases():
    query, response = wire_response()
    chaos = dns.message.make_query("version.bind", "TXT", "CH")
    chaos.id = 7
    return {
        "chaos_query_image_only": observation(item("query", chaos.to_wire()), client_ip="127.0.0.1", client_port=5353,
                                              transport=1, cache_status=4, response_code=0),
        "both_images": observation(item("query", query) + item("response", response), shape=2,
                                   client_ip="192.0.2.130", client_port=40000, transport=2, latency_us=812),
        "host_wins_over_image": observation(item("qname", name("host.example.")) + item("query", query)
                                            + item("response", response), shape=2, query_type=1, query_class=1,
                                            query_id=1, response_code=5, answer_count=0, have=["answers"]),
        "truncated_image": observation(item("query", query) + item("response", response[:-40]), shape=2),
        "truncated_for_udp": observation(item("query", query) + item("response", response[:2] + bytes([response[2] | 2])
                                                                     + response[3:]), shape=2, transport=1),
    }


def cases():
    return {**client_cases(), **upstream_cases(), **image_cases()}


def refused():
    """Records that contradict themselves, and why."""
    good = client(item("qname", name("www.example.com.")))
    tail = good[168:]
    return {
        "record ends inside its tail": good[:-1],
        "record ends inside its head": good[:100],
        "item leaves the tail": client(tail[:2] + b"\xff\xff" + tail[4:]),
        "half an item head": client(tail + b"\x05\x00"),
        "name without its end": client(item("qname", b"\x03www")),
        "name with bytes behind its end": client(item("qname", b"\x03www\x00\x00")),
        "compressed name": client(item("qname", b"\xc0\x00")),
        "empty name": client(item("qname", b"")),
        "name twice": client(tail + tail),
        "text twice": client(text_item("view", "a") + text_item("view", "b")),
        "record shorter than its own head": client(item("rr", bytes(11))),
        "record whose lengths do not add up": client(item("rr", struct.pack("<HHIHBB", 1, 1, 1, 4, 0, 0) + b"\1\2\3")),
        "first record without owner": client(rr(b"", 1, 1, b"\1\2\3\4")),
        "owner that is no name": client(rr(b"\x07abc", 1, 1, b"\1\2\3\4")),
        "more records than fit": client(b"".join(rr(b"\0", 1, 1, b"\1\2\3\4") for _ in range(33))),
        "policy that is no name": client(item("policy_name", b"text", 1)),
        "more bytes than fit": client(tail + item("view", bytes(8000))),
        "message type unknown": client(tail, message_type=99),
        "message type absent": client(tail, message_type=0),
    }
