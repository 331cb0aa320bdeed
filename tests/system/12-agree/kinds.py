# SPDX-FileCopyrightText: 2026 the telltale authors
# SPDX-License-Identifier: BSD-3-Clause
"""The kinds of question that every host is asked, in the order in which they are asked."""

import dnsmsg

EDNS = {"edns": 1232}
DNSSEC = {"edns": 1232, "do": True}
CHECKING_OFF = {"edns": 1232, "do": True, "cd": True}
LONG = ".".join(letter * 60 for letter in "abc") + "." + "d" * 50
REFUSED_CLIENT = "127.0.0.9"


class Kind:
    """word: what the tables call it. asked_before: how often the same was asked, so that the answer is in the cache.
    late: takes seconds, so that it is asked at once and looked at last. answers: False when no answer may come."""

    def __init__(self, word, name, qtype="A", options=None, asked_before=0, late=False, answers=True, raw=None):
        self.word, self.name, self.qtype, self.options = word, name, qtype, dict(options or {})
        self.asked_before, self.late, self.answers, self.raw = asked_before, late, answers, raw


TYPES = [
    Kind("A", "www.plain.test"),
    Kind("AAAA", "www.plain.test", "AAAA"),
    Kind("MX", "mail.plain.test", "MX", EDNS),
    Kind("MX, capitals in the RDATA", "mixed.plain.test", "MX", EDNS),
    Kind("TXT", "text.plain.test", "TXT"),
    Kind("TXT, odd bytes", "odd.plain.test", "TXT"),
    Kind("NS", "plain.test", "NS"),
    Kind("SOA", "plain.test", "SOA", EDNS),
    Kind("SRV", "srv.plain.test", "SRV"),
    Kind("CAA", "caa.plain.test", "CAA"),
    Kind("CAA, two records", "codes.plain.test", "CAA"),
    Kind("TLSA", "_443._tcp.www.plain.test", "TLSA"),
    Kind("HTTPS", "svc.plain.test", "HTTPS"),
    Kind("SVCB", "svcb.plain.test", "SVCB"),
    Kind("NAPTR", "naptr.plain.test", "NAPTR"),
    Kind("SSHFP", "sshfp.plain.test", "SSHFP"),
    Kind("PTR", "ptr.plain.test", "PTR"),
    Kind("unknown type", "unknown.plain.test", "TYPE65280"),
    Kind("type that has no record", "www.plain.test", "TYPE65281"),
    Kind("ANY", "mail.secure.test", "ANY", EDNS),
    Kind("DS", "secure.test", "DS", EDNS),
    Kind("DS of an unsigned zone", "plain.test", "DS", EDNS),
    Kind("DNSKEY", "secure.test", "DNSKEY", EDNS),
    Kind("DNSKEY of an unsigned zone", "plain.test", "DNSKEY", EDNS),
    Kind("NSEC", "www.secure.test", "NSEC", EDNS),
    Kind("RRSIG", "caa.secure.test", "RRSIG", {"transport": "tcp"}),
    Kind("signed MX, capitals in the RDATA", "mixed.secure.test", "MX", DNSSEC),
    Kind("signed TXT, odd bytes", "odd.secure.test", "TXT", DNSSEC),
    Kind("signed CAA", "codes.secure.test", "CAA", DNSSEC),
    Kind("signed NS", "secure.test", "NS", DNSSEC),
    Kind("signed SOA", "secure.test", "SOA", DNSSEC),
    Kind("signed SRV", "srv.secure.test", "SRV", DNSSEC),
    Kind("signed unknown type", "unknown.secure.test", "TYPE65280", DNSSEC),
]

NAMES = [
    Kind("name in the client's own case", "WwW.sUb.WILD.Plain.TEST"),
    Kind("wildcard", "any.wild.plain.test"),
    Kind("wildcard, signed", "any.wild.secure.test", "A", DNSSEC),
    Kind("NODATA of a wildcard, signed", "none.wild.secure.test", "MX", DNSSEC),
    Kind("empty non-terminal", "deep.plain.test"),
    Kind("empty non-terminal, signed", "deep.secure.test", "A", DNSSEC),
    Kind("long name", f"{LONG}.plain.test"),
    Kind("long name that is not there", f"{'x' * 63}.{LONG[:120]}.plain.test"),
    Kind("zero byte in a label", r"a\000b.bytes.plain.test"),
    Kind("dot in a label", r"a\.b.bytes.plain.test"),
    Kind("backslash in a label", r"a\\b.bytes.plain.test"),
    Kind("space in a label", r"a\032b.bytes.plain.test"),
    Kind("byte 255 in a label", r"a\255b.bytes.plain.test"),
    Kind("capital in a label", "aAb.bytes.secure.test", "A", DNSSEC),
    Kind("root, NS", ".", "NS"),
    Kind("root, SOA", ".", "SOA"),
    Kind("root, NODATA", ".", "MX"),
    Kind("top level that is not there", "nosuch"),
    Kind("alias", "alias.plain.test"),
    Kind("alias of an alias", "chain.secure.test", "A", DNSSEC),
    Kind("alias into an unsigned zone", "outward.secure.test", "A", DNSSEC),
    Kind("alias, its own type asked", "chain.plain.test", "CNAME"),
    Kind("alias of a name without the type", "alias.plain.test", "MX"),
    Kind("alias of a name that is not there", "dangling.plain.test"),
    Kind("alias of a name that is not there, signed", "dangling.secure.test", "A", DNSSEC),
    Kind("aliases in a circle", "loop.plain.test"),
    Kind("DNAME", "sub.dname.plain.test"),
    Kind("DNAME, its own type asked", "dname.plain.test", "DNAME"),
    Kind("DNAME, signed", "sub.dname.secure.test", "A", DNSSEC),
    Kind("NXDOMAIN", "no.plain.test"),
    Kind("NXDOMAIN, signed", "no.secure.test", "A", DNSSEC),
    Kind("NODATA", "www.plain.test", "SRV"),
    Kind("NODATA, signed", "www.secure.test", "MX", DNSSEC),
    Kind("TTL of zero", "zero.plain.test"),
    Kind("zone behind a delegation", "www.child.parent.test"),
]

DNSSEC_KINDS = [
    Kind("secure", "www.secure.test", "A", EDNS),
    Kind("secure, DO", "w1.wild.secure.test", "A", DNSSEC),
    Kind("secure, AD", "w2.wild.secure.test", "A", {"ad": True}),
    Kind("secure, CD", "w3.wild.secure.test", "A", CHECKING_OFF),
    Kind("insecure, DO", "w1.wild.plain.test", "A", DNSSEC),
    Kind("insecure, CD", "w2.wild.plain.test", "A", CHECKING_OFF),
    Kind("no trust anchor", "www.outside", "A", DNSSEC),
    Kind("bogus", "www.bogus.test", "A", EDNS),
    Kind("bogus, NXDOMAIN", "no.bogus.test", "A", EDNS),
    Kind("bogus, without EDNS", "mail.bogus.test", "MX"),
    Kind("bogus, CD", "text.bogus.test", "TXT", CHECKING_OFF),
    Kind("bogus, hit", "caa.bogus.test", "CAA", EDNS, asked_before=1),
    Kind("expired signature", "www.expired.test", "A", EDNS),
    Kind("expired signature, hit", "mail.expired.test", "MX", EDNS, asked_before=1),
    Kind("expired signature, CD", "text.expired.test", "TXT", CHECKING_OFF),
]

CLIENTS = [
    Kind("EDNS, 512 bytes", "e1.wild.plain.test", "A", {"edns": 512}),
    Kind("EDNS, 4096 bytes", "e2.wild.plain.test", "A", {"edns": 4096}),
    Kind("EDNS, 65535 bytes", "e3.wild.plain.test", "A", {"edns": 65535}),
    Kind("EDNS, 100 bytes", "e4.wild.plain.test", "A", {"edns": 100}),
    Kind("EDNS, 4096 bytes, over TCP", "e5.wild.plain.test", "A", {"edns": 4096, "transport": "tcp"}),
    Kind("EDNS, hit", "e1.wild.plain.test", "A", {"edns": 512}, asked_before=1),
    Kind("ECS", "e6.wild.plain.test", "A", {"edns": 1232, "options": [dnsmsg.ecs("198.51.100.7", 24)]}),
    Kind("ECS of an IPv6 client", "e7.wild.plain.test", "A",
         {"edns": 1232, "options": [dnsmsg.ecs("2001:db8::7", 48)]}),
    Kind("ECS that says not to", "e8.wild.plain.test", "A", {"edns": 1232, "options": [dnsmsg.ecs("0.0.0.0", 0)]}),
    Kind("ECS, hit", "e6.wild.plain.test", "A", {"edns": 1232, "options": [dnsmsg.ecs("203.0.113.9", 32)]},
         asked_before=1),
    Kind("NSID", "e9.wild.plain.test", "A", {"edns": 1232, "options": [(3, b"")]}),
    Kind("cookie", "e10.wild.plain.test", "A", {"edns": 1232, "options": [(10, b"8 bytes.")]}),
    Kind("padding", "e11.wild.plain.test", "A", {"edns": 1232, "options": [(12, bytes(40))]}),
    Kind("option that nobody knows", "e12.wild.plain.test", "A", {"edns": 1232, "options": [(65001, b"?")]}),
    Kind("tcp", "t1.wild.secure.test", "A", {"transport": "tcp"}),
    Kind("dot", "t2.wild.secure.test", "A", {"transport": "dot"}),
    Kind("doh", "t3.wild.secure.test", "A", {"transport": "doh"}),
    Kind("tcp, hit", "t1.wild.secure.test", "A", {"transport": "tcp"}, asked_before=1),
    Kind("dot, hit", "t2.wild.secure.test", "A", {"transport": "dot"}, asked_before=1),
    Kind("doh, hit", "t3.wild.secure.test", "A", {"transport": "doh"}, asked_before=1),
    Kind("another address of the client", "c1.wild.plain.test", "A", {"source": "127.1.2.3"}),
    Kind("name of a threat list", "threat.wild.plain.test"),
    Kind("too much for UDP", "big.plain.test", "TXT", EDNS),
    Kind("too much for UDP, over TCP", "big.plain.test", "TXT", {"transport": "tcp"}, asked_before=1),
    Kind("too much for UDP, signed", "big.secure.test", "TXT", DNSSEC),
    Kind("more records than an event holds", "many.plain.test", "A", {"edns": 4096}),
    Kind("more records than an event holds, over TCP", "many.plain.test", "A", {"transport": "tcp"}, asked_before=1),
]

HITS = [
    Kind("hit", "www.plain.test", "A", asked_before=1),
    Kind("hit, secure", "www.secure.test", "A", DNSSEC, asked_before=1),
    Kind("hit, secure, AD", "www.secure.test", "A", {"ad": True}, asked_before=1),
    Kind("hit, secure, CD", "www.secure.test", "A", CHECKING_OFF, asked_before=1),
    Kind("hit, NXDOMAIN", "h1.plain.test", "A", asked_before=1),
    Kind("hit, NXDOMAIN, signed", "h1.secure.test", "A", DNSSEC, asked_before=1),
    Kind("hit, NODATA", "text.plain.test", "A", asked_before=1),
    Kind("hit, NODATA, signed", "text.secure.test", "A", DNSSEC, asked_before=1),
    Kind("hit, alias", "alias.plain.test", "A", asked_before=1),
    Kind("hit, alias of an alias", "chain.secure.test", "A", DNSSEC, asked_before=1),
    Kind("hit, DNAME", "sub.dname.plain.test", "A", asked_before=1),
    Kind("hit, MX", "mail.plain.test", "MX", EDNS, asked_before=1),
    Kind("hit, DNSKEY", "secure.test", "DNSKEY", DNSSEC, asked_before=1),
    Kind("hit, no trust anchor", "www.outside", "A", DNSSEC, asked_before=1),
    Kind("hit, SERVFAIL", "h2.servfail.test", "A", asked_before=1),
    Kind("hit, RD off", "www.plain.test", "A", {"rd": False, "source": "127.0.0.11"}, asked_before=1),
]

FAILURES = [
    Kind("upstream fails", "a.servfail.test"),
    Kind("upstream refuses", "a.refused.test"),
    Kind("upstream is lame", "a.lame.test"),
    Kind("upstream answers are cut", "a.malformed.test"),
    Kind("upstream says FORMERR", "a.formerr.test"),
    Kind("upstream says nothing", "a.dead.test", late=True),
    Kind("upstream wants TCP and is not there", "a.truncated.test", late=True),
    Kind("upstream takes 200 ms", "d200.slow.test", late=True),
]

POLICY = [
    Kind("policy: NXDOMAIN", "nxdomain.plain.test", "A", EDNS),
    Kind("policy: NODATA", "nodata.plain.test", "A", EDNS),
    Kind("policy: data", "data.plain.test", "A", EDNS),
    Kind("policy: alias", "cname.plain.test", "A", EDNS),
    Kind("policy: pass", "passthru.plain.test", "A", EDNS),
    Kind("policy: TCP only", "tcponly.plain.test", "A", EDNS),
    Kind("policy: drop", "drop.plain.test", "A", EDNS, answers=False),
    Kind("policy on the answer: NXDOMAIN", "blocked-ip.plain.test", "A", EDNS),
    Kind("policy on the answer: NXDOMAIN, hit", "blocked-ip.plain.test", "A", EDNS, asked_before=1),
    Kind("policy on the answer: drop", "dropped-ip.plain.test", "A", EDNS, answers=False),
]

ZONES = [
    Kind("zone of its own", "www.served.test"),
    Kind("zone of its own, EDNS and RD off", "www.served.test", "A", {"edns": 1232, "rd": False}),
    Kind("zone of its own, NXDOMAIN", "no.served.test"),
    Kind("zone of its own, NODATA", "www.served.test", "MX"),
    Kind("zone of its own, alias", "alias.served.test"),
    Kind("zone of its own, wildcard", "any.wild.served.test"),
    Kind("zone of its own, SOA", "served.test", "SOA"),
    Kind("zone of its own, NS", "served.test", "NS"),
    Kind("zone of its own, delegation", "www.below.served.test", "A", {"rd": False}),
    Kind("zone of its own, ANY", "www.served.test", "ANY", {"transport": "tcp"}),
    Kind("zone of its own, too much for UDP", "big.served.test", "TXT"),
]

TWO_QUESTIONS = dnsmsg.query("www.plain.test")[:4] + b"\0\2" + dnsmsg.query("www.plain.test")[6:] + \
    dnsmsg.query("www.plain.test")[12:]

ODD = [
    Kind("client that is refused", "www.plain.test", "A", {"source": REFUSED_CLIENT}),
    Kind("RD off, nothing in the cache", "r1.wild.plain.test", "A", {"rd": False}),
    Kind("CHAOS, version.bind", "version.bind", "TXT", {"qclass": "CH"}),
    Kind("CHAOS, id.server", "id.server", "TXT", {"qclass": "CH"}),
    Kind("class HS", "www.plain.test", "A", {"qclass": "HS"}),
    Kind("EDNS version 1", "www.plain.test", "A", {"edns": 1232, "version": 1}),
    Kind("AXFR of a zone it does not have", "plain.test", "AXFR", {"transport": "tcp"}),
    Kind("IXFR over UDP", "plain.test", "IXFR"),
    Kind("MAILB", "plain.test", "MAILB"),
    Kind("NOTIFY", "plain.test", "SOA", {"opcode": 4}),
    Kind("two questions", "www.plain.test", raw=TWO_QUESTIONS),
    Kind("question cut short", "www.plain.test", raw=dnsmsg.query("www.plain.test")[:-6]),
    Kind("EDNS cut short", "www.plain.test", raw=dnsmsg.query("www.plain.test", edns=1232)[:-3]),
]

ALL = [*TYPES, *NAMES, *DNSSEC_KINDS, *CLIENTS, *HITS, *FAILURES, *POLICY, *ZONES, *ODD]
assert len({kind.word for kind in ALL}) == len(ALL)
