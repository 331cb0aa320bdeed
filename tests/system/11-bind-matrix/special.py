# SPDX-FileCopyrightText: 2026 the telltale authors
# SPDX-License-Identifier: BSD-3-Clause
"""The rows that need a configuration of their own: no recursion, other plugins, cookies, the ends of connections."""

import os
import socket
import struct

import base
import dnsmsg
import lab as labs
import named
import proc

FILTER = 'plugin query "filter-aaaa.so" { filter-aaaa-on-v4 yes; };\n'


def authoritative(checks, authority):
    """A server that knows its own zones only."""
    base.write_zones(checks)
    zones = base.own_zones(checks) + 'zone "broken.test" { type primary; file "no-such-file"; };\n'
    lab = labs.Lab(checks, authority, "auth.d", host=named.Named, options="recursion no;\n", zones=zones, hints=False)
    here = {"message_type": "auth_response", "cache_status": "authoritative", "transaction_id": None}
    lab.row("no recursion: positive", "www.served.test", client="NOERROR", wanted={**here, "aa": True, "ra": False})
    lab.row("no recursion: NXDOMAIN", "no.served.test", client="NXDOMAIN", wanted={**here, "aa": True})
    lab.row("no recursion: wildcard", "any.wild.served.test", client="NOERROR", wanted={**here, "aa": True})
    lab.row("no recursion: referral", "www.child.served.test", client="NOERROR",
            wanted={**here, "aa": False, "answer_count": 0})
    lab.row("no recursion: DS at the cut", "child.served.test", "DS", client="NOERROR",
            wanted={**here, "aa": True, "answer_digest": "0000000000000000"})
    lab.row("no recursion: truncated", "big.served.test", "TXT", **base.EDNS, client="NOERROR",
            wanted={**here, "tc": True})
    lab.row("no recursion: ANY", "www.served.test", "ANY", client="NOERROR", wanted={**here, "aa": True})
    lab.row("no recursion: another's name", "www.plain.test", client="REFUSED", wanted={"cache_status": None})
    lab.row("no recursion: a zone that did not load", "www.broken.test", client="SERVFAIL", wanted={
        "servfail_reason": base.is_there})
    lab.balance("no recursion")
    lab.stop()


def other_plugin(checks, authority):
    """One that answers by itself at some hooks, before ours and behind it."""
    for place in ("before", "behind"):
        lab = labs.Lab(checks, authority, f"filter-{place}.d", host=named.Named, **{
            "zones" if place == "before" else "clauses": FILTER})
        lab.row(f"filter-aaaa {place} ours, miss", "www.plain.test", "AAAA", client="NOERROR",
                wanted={"cache_status": "miss", "answer_count": 0})
        lab.row(f"filter-aaaa {place} ours, hit", "www.plain.test", "AAAA", client="NOERROR",
                wanted={"cache_status": "hit", "answer_count": 0})
        lab.row(f"filter-aaaa {place} ours, A", "www.plain.test", client="NOERROR", wanted={"answer_count": 2})
        lab.balance(f"filter-aaaa {place}")
        lab.stop()


def cookies(checks, authority):
    lab = labs.Lab(checks, authority, "cookie.d", host=named.Named, options="require-server-cookie yes;\n")
    lab.row("require-server-cookie: BADCOOKIE", "www.plain.test", edns=1232, options=[(10, b"client88")],
            client="BADCOOKIE", wanted={"cache_status": None, "response_code": "BADCOOKIE"})
    lab.row("require-server-cookie: not for a client without", "www.plain.test", client="NOERROR",
            wanted={"cache_status": "miss"})
    lab.balance("cookies")
    lab.stop()


def one_connection(checks, authority):
    """Three queries in one TCP connection, answered in another order."""
    lab = labs.Lab(checks, authority, "pipeline.d", host=named.Named)
    lab.prepare("d1.slow.test")
    asked = lab.send("d300.pipe.slow.test", transport="tcp")
    for number, name in ((1, "d100.pipe.slow.test"), (2, "d1.slow.test")):
        packet = dnsmsg.query(name, ident=asked.ident ^ number)
        asked.sock.sendall(struct.pack(">H", len(packet)) + packet)
        lab.asked += 1
    events = lab.host.events.wait(lambda record: record.get("client_port") == asked.port, count=3)
    told = [(event["query_name"], event["query_id"] ^ asked.ident, event["cache_status"]) for event in events]
    checks.equal(told, [("d1.slow.test", 2, "hit"), ("d100.pipe.slow.test", 1, "miss"),
                        ("d300.pipe.slow.test", 0, "miss")], "one TCP connection: an event for each query, in order")
    asked.close()
    lab.balance("one TCP connection")
    lab.stop()


def over_v6(checks, authority):
    if not os.path.exists("/proc/net/if_inet6"):
        print("     (this machine has no IPv6)")
        return
    lab = labs.Lab(checks, authority, "v6.d", host=named.Named, v6="::1")
    for transport in ("udp", "tcp"):
        lab.row(f"IPv6, {transport}", "www.plain.test", transport=transport, source="::1", client="NOERROR", wanted={
            "server_ip": "::1", "server_port": lab.host.port})
    lab.row_unseen("IPv6, meta type", "meta_type", lambda: lab.ask("plain.test", "MAILB", source="::1"))
    lab.balance("IPv6")
    lab.stop()


def client_gone(checks, authority):
    lab = labs.Lab(checks, authority, "gone.d", host=named.Named)
    before = authority.responder.asked["slow"]
    asked = lab.send("d300.gone.slow.test", transport="tcp")
    proc.wait_for(lambda: authority.responder.asked["slow"] > before, "the query at work")
    asked.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    asked.close()
    event = lab.event(asked, 5)
    checks(event is not None and event["outcome"] in ("answered", "dropped"),
           "the client closes its connection while its query is at work", event)
    lab.balance("client gone")
    lab.stop()


def life(checks, authority):
    """Reconfig, then stop, each with a query at work."""
    lab = labs.Lab(checks, authority, "life.d", host=named.Named)
    for how in ("reconfig", "reload"):
        before = authority.responder.asked["slow"]
        asked = lab.send(f"d400.{how}.slow.test")
        proc.wait_for(lambda before=before: authority.responder.asked["slow"] > before, "the query at work")
        lab.host.control(how)
        lab.row(f"{how} with a query at work: it is answered", f"d400.{how}.slow.test", asked=asked.receive(),
                client="NOERROR", wanted={"cache_status": "miss"})
        lab.row(f"after {how}", "www.plain.test", client="NOERROR", wanted={"outcome": "answered"})
    lab.balance("reconfig and reload")
    before = authority.responder.asked["slow"]
    asked = lab.send("d2000.stop.slow.test")
    proc.wait_for(lambda: authority.responder.asked["slow"] > before, "the query at work")
    checks.equal(lab.stop(), 0, "named stops well with a query at work")
    event = lab.event(asked.receive(0.1), 5)
    # named answers what it cancels with SERVFAIL, and may have closed the socket before.
    checks(event is not None and (event["outcome"] == "dropped" or event["response_code"] == "SERVFAIL"),
           "stop with a query at work: an event says what became of it", (asked.got(), event))


def run(checks, authority):
    for part in (authoritative, other_plugin, cookies, over_v6, one_connection, client_gone, life):
        part(checks, authority)
