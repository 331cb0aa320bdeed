# SPDX-FileCopyrightText: 2026 the telltale authors
# SPDX-License-Identifier: BSD-3-Clause
"""The rows that no hook sees: counted by reason from named's own statistics, or not counted by named either."""

import socket
import struct

import base
import dnsmsg
import lab as labs
import named

IQUERY, STATUS, NOTIFY, UPDATE = 1, 2, 4, 5
TSIG_KEY = "unknown-key.test"


def header(questions=1, additional=0, flags=0x0100):
    return struct.pack(">6H", 4711, flags, questions, 0, 0, additional)


def question(name="www.plain.test", qtype=1, qclass=1):
    return dnsmsg.name_to_wire(name) + struct.pack(">2H", qtype, qclass)


def tsig():
    """A signature by a key that named does not know (RFC 8945)."""
    algorithm = dnsmsg.name_to_wire("hmac-sha256")
    rdata = algorithm + struct.pack(">HIHH", 0, 1, 300, 32) + bytes(32) + struct.pack(">3H", 4711, 0, 0)
    return dnsmsg.name_to_wire(TSIG_KEY) + struct.pack(">HHIH", 250, 255, 0, len(rdata)) + rdata


def with_option(code, value):
    return dnsmsg.query("www.plain.test", edns=1232, options=[(code, value)])


def malformed(lab):
    whole = dnsmsg.query("www.plain.test", edns=1232)
    for what, packet, heard in (
            ("the question is cut short", dnsmsg.query("www.plain.test")[:-6], "FORMERR"),
            ("the EDNS record is cut short", whole[:-3], "FORMERR"),
            ("two EDNS records", header(1, 2) + question() + whole[-11:] * 2, "FORMERR"),
            ("a TSIG that is not the last record", header(1, 2) + question() + tsig() + whole[-11:], "FORMERR"),
            ("two questions of two names", header(2) + question() + question("a.test"), "FORMERR"),
            ("a label longer than it may be", header() + b"\x45" + b"a" * 0x45 + b"\0\0\1\0\1", "FORMERR"),
            ("an EDNS option longer than its record", header(1, 1) + question() + b"\0" +
             struct.pack(">HHIH", 41, 1232, 0, 4) + struct.pack(">HH", 8, 90), "FORMERR"),
            ("EDNS Client Subnet with a family nobody knows", with_option(8, b"\0\7\x18\0abc"), "FORMERR"),
            ("EDNS Client Subnet cut short", with_option(8, b"\0"), "FORMERR"),
            ("a key tag of odd length", with_option(14, b"\0\1\2"), "FORMERR"),
            ("a cookie of a bad length", with_option(10, b"abc"), "FORMERR")):
        asked = lab.row_unseen(f"malformed: {what}", "malformed", lambda packet=packet: lab.raw(packet))
        lab.checks.equal(asked.rcode, heard, f"and the client hears {heard}")


def rejected(lab):
    ask = lambda **options: lambda: lab.ask("www.plain.test", timeout_s=0.3, **options)  # noqa: E731
    raw = lambda packet: lambda: lab.raw(packet)  # noqa: E731
    cookie = dnsmsg.query(".", edns=1232, options=[(10, b"client88")])[17:]
    for what, how, heard in (
            ("EDNS version 1 (BADVERS)", ask(edns=1232, version=1), "BADVERS"),
            ("no question, header only", raw(header(0)), "FORMERR"),
            ("no question, with EDNS", raw(header(0, 1) + dnsmsg.query("a", edns=1232)[-11:]), "FORMERR"),
            ("a cookie and no question", raw(header(0, 1) + cookie), "NOERROR"),
            ("a class without a view", ask(qclass="HS"), "REFUSED"),
            ("class ANY", ask(qclass="ANY"), "FORMERR"),
            ("class NONE", raw(header() + question(qclass=254)), "FORMERR"),
            ("a class that named does not know", raw(header() + question(qclass=77)), "NOTIMP"),
            ("a signature by an unknown key", raw(header(1, 1) + question() + tsig()), "NOTAUTH")):
        asked = lab.row_unseen(f"rejected: {what}", "rejected", how)
        lab.checks.equal(asked.rcode, heard, f"and the client hears {heard}")


def accepted(lab):
    """What is odd and yet answered."""
    lab.row("bytes after the end", "www.plain.test", client="NOERROR", wanted={"outcome": "answered"},
            asked=lab.send("www.plain.test", raw=dnsmsg.query("www.plain.test") + b"\0\1\2").receive())
    lab.row("a wrong server cookie", "www.plain.test", edns=1232, options=[(10, b"client88" + b"server16" * 2)],
            client="NOERROR" if lab.host.version() < (9, 19) else "BADCOOKIE", wanted={"outcome": "answered"})


def opcodes(lab):
    for what, reason, name, opcode in (("IQUERY", "opcode", "www.plain.test", IQUERY),
                                       ("STATUS", "opcode", "www.plain.test", STATUS),
                                       ("opcode 11", "opcode", "www.plain.test", 11),
                                       ("NOTIFY of a zone", "notify", "served.test", NOTIFY),
                                       ("NOTIFY of no zone", "notify", "plain.test", NOTIFY),
                                       ("UPDATE of a zone", "update", "served.test", UPDATE),
                                       ("UPDATE of no zone", "update", "plain.test", UPDATE)):
        asked = lab.row_unseen(what, reason, lambda n=name, o=opcode: lab.ask(n, "SOA", opcode=o, rd=False,
                                                                               timeout_s=0.3))
        if reason == "opcode":
            lab.checks.equal(asked.rcode, "NOTIMP", "and the client hears NOTIMP")


def types(lab):
    for what, name, qtype, transport, heard in (
            ("AXFR", "served.test", "AXFR", "tcp", "NOERROR"), ("AXFR of no zone", "plain.test", "AXFR", "tcp", "NOTAUTH"),
            ("AXFR over UDP", "served.test", "AXFR", "udp", "FORMERR"),
            ("AXFR over DoH", "served.test", "AXFR", "doh", "NOTIMP"),
            ("IXFR without a serial", "served.test", "IXFR", "udp", "FORMERR")):
        asked = lab.row_unseen(what, "transfer", lambda n=name, q=qtype, t=transport: lab.ask(
            n, q, transport=t, timeout_s=1))
        lab.checks.equal(asked.rcode, heard, f"and the client hears {heard}")
    for qtype, heard in (("MAILB", "NOTIMP"), ("TYPE254", "NOTIMP"), ("TYPE249", "FORMERR"), ("TYPE250", "FORMERR"),
                         ("OPT", "FORMERR"), ("TYPE128", "FORMERR"), ("TYPE248", "FORMERR")):
        asked = lab.row_unseen(f"meta type {qtype}", "meta_type", lambda q=qtype: lab.ask("plain.test", q, timeout_s=0.3))
        lab.checks.equal(asked.rcode, heard, f"and the client hears {heard}")
    for qtype in ("TYPE127", "TYPE270", "CAA", "TYPE65280"):
        lab.row(f"no meta type: {qtype}", "text.plain.test", qtype, client="NOERROR", wanted={"answer_count": 0})


def chaos(lab):
    for name in ("version.bind", "hostname.bind", "id.server", "no.bind"):
        lab.row_unseen(f"CHAOS {name}", "no_plugin", lambda n=name: lab.ask(n, "TXT", qclass="CH", timeout_s=1))


def uncounted(lab):
    """What named itself does not count: the books must stay as they are."""
    lab.row_unseen("blackhole", None, lambda: lab.ask("www.plain.test", source="127.0.0.10", timeout_s=0.3))
    lab.row_unseen("packet shorter than a header", None, lambda: lab.raw(b"\0\1\2"))
    lab.row_unseen("a response instead of a query", None, lambda: lab.raw(header(flags=0x8180) + question()))
    for what, port in (("DoT", lab.host.tls_port), ("DoH", lab.host.https_port)):
        with socket.create_connection(("127.0.0.1", port), 2) as sock:
            sock.sendall(b"this is not TLS\r\n\r\n")
        lab.row_unseen(f"{what}: no TLS handshake", None, lambda: None, count=0)


def views(checks, authority):
    """Two views with the plugin, one without; a client that no view is for."""
    made = [named.View("inner", "match-clients { 127.0.0.2; };"),
            named.View("outer", "match-clients { 127.0.0.3; 127.0.0.1; };"),
            named.View("bare", "match-clients { 127.0.0.4; };", has_plugin=False)]
    lab = labs.Lab(checks, authority, "views.d", host=named.Named, views=made)
    for view, source in (("inner", "127.0.0.2"), ("outer", "127.0.0.3")):
        lab.row(f"view {view}, miss", "www.secure.test", **base.EDNS, source=source,
                wanted={"view": view, "cache_status": "miss", "dnssec_status": "secure"})
        lab.row(f"view {view}, hit", "www.secure.test", source=source, wanted={"view": view, "cache_status": "hit"})
        lab.row(f"view {view}, SERVFAIL", "www.bogus.test", source=source, client="SERVFAIL",
                wanted={"view": view, "servfail_reason": "dnssec_bogus"})
        lab.row(f"view {view}, SERVFAIL cache", "www.bogus.test", source=source, client="SERVFAIL",
                wanted={"view": view, "dnssec_status": "bogus", "cache_status": "hit"})
    for what in ("miss", "hit"):
        lab.row_unseen(f"a view without the plugin, {what}", "no_plugin",
                       lambda: lab.ask("www.plain.test", source="127.0.0.4"))
    asked = lab.row_unseen("a client that no view is for", "rejected",
                           lambda: lab.ask("www.plain.test", source="127.0.0.5"))
    lab.checks.equal(asked.rcode, "REFUSED", "and the client is refused")
    lab.balance("views")
    lab.stop()


def run(checks, authority):
    for threads in (1, 2):
        print(f"     -n {threads}")
        lab = base.start(checks, authority, f"nohook{threads}.d", threads=threads)
        for part in (malformed, rejected, accepted, opcodes, types, chaos, uncounted):
            part(lab)
        lab.balance(f"no hook, -n {threads}")
        lab.stop()
    views(checks, authority)
