# SPDX-FileCopyrightText: 2026 the telltale authors
# SPDX-License-Identifier: BSD-3-Clause
"""The rows that one configuration serves: cache, local data, policy, zones, transports, refusals."""

import socket
import struct

import agree
import dnsmsg
import lab as labs
import proc

SERVER = """access-control: 127.0.0.9/32 refuse
access-control: 127.0.0.10/32 deny
access-control: 127.0.0.11/32 allow_snoop
local-zone: "static.test" static
local-data: "data.static.test. 300 A 192.0.2.150"
local-zone: "redirect.test" redirect
local-data: "redirect.test. 300 A 192.0.2.151"
local-zone: "alias.test" redirect
local-data: "alias.test. 300 CNAME www.plain.test."
local-zone: "refuse.test" refuse
local-zone: "gone.test" always_nxdomain
local-zone: "deny.test" deny
identity: "matrix"
version: "one"
infra-cache-max-rtt: 700
ratelimit: 100000
ratelimit-for-domain: throttled.test 1
ratelimit-factor: 0
"""
CLAUSES = """rpz:
    name: rpz.invalid
    zonefile: "{directory}/rpz.zone"
auth-zone:
    name: served.test
    zonefile: "{directory}/served.zone"
    for-downstream: yes
    for-upstream: yes
    fallback-enabled: no
auth-zone:
    name: behind.example
    zonefile: "{directory}/behind.zone"
    for-downstream: no
    for-upstream: yes
    fallback-enabled: no
forward-zone:
    name: outside
    forward-addr: {forwarder}
    forward-no-cache: no
"""
ZONE = "$TTL 60\n@ SOA localhost. root.localhost. {serial} 3600 600 86400 60\n@ NS localhost.\n"
RPZ = ZONE.format(serial=1) + """nxdomain.plain.test CNAME .
nodata.plain.test CNAME *.
data.plain.test A 192.0.2.160
tcponly.plain.test CNAME rpz-tcp-only.
drop.plain.test CNAME rpz-drop.
32.66.2.0.192.rpz-ip CNAME .
32.67.2.0.192.rpz-ip CNAME rpz-drop.
"""
HOST = "www 60 A 192.0.2.170\n"
EDNS = {"edns": 1232}
DNSSEC = {"edns": 1232, "do": True}


def start(checks, authority, **settings):
    for name, text in (("rpz", RPZ), ("served", ZONE.format(serial=7) + HOST), ("behind", ZONE.format(serial=8) + HOST)):
        with open(checks.path(name + ".zone"), "w", encoding="ascii") as out:
            out.write(text)
    stubs = {zone: at for zone, at in authority.stubs.items() if zone != "outside"}
    clauses = CLAUSES.format(directory=checks.directory, forwarder=authority.stubs["outside"])
    return labs.Lab(checks, authority, "base.d", server=SERVER, clauses=clauses, stubs=stubs, **settings)


def misses(lab):
    event = lab.row("miss, answer, secure", "www.secure.test", **DNSSEC, client="NOERROR", wanted={
        "cache_status": "miss", "dnssec_status": "secure", "message_type": "client_response",
        "transaction_id": lambda text: len(text or "") == 32, "upstream_count": lambda count: count and count >= 1,
        "answer_digest": lambda text: len(text or "") == 16},
        upstream={"outcome": "answered", "upstream_zone": "secure.test", "message_type": "resolver_response",
                  "upstream_role": "authority", "upstream_ip": "127.0.0.1"})
    works = {record.get("query_type") for record in lab.host.events.all
             if event and record.get("parent_transaction_id") == event.get("transaction_id")}
    lab.checks(bool(works & {"DNSKEY", "DS"}), "the validator's own questions carry the work they are for", works)
    lab.row("miss, answer, insecure", "www.plain.test", wanted={"cache_status": "miss", "dnssec_status": "insecure"})
    lab.row("miss, no trust anchor", "www.outside", wanted={"cache_status": "miss", "dnssec_status": "indeterminate"},
            upstream={"message_type": "forwarder_response", "upstream_role": "forwarder"})
    lab.row("miss, NXDOMAIN", "no.secure.test", client="NXDOMAIN", wanted={
        "cache_status": "miss", "dnssec_status": "secure", "answer_digest": "0000000000000001"})
    lab.row("miss, NODATA", "www.secure.test", "MX", client="NOERROR", wanted={
        "cache_status": "miss", "answer_count": 0, "answer_digest": "0000000000000000"})
    lab.row("miss, CNAME chain", "chain.secure.test", **EDNS, wanted={
        "cache_status": "miss", "answer_names": ["alias.secure.test", "www.secure.test"]})
    lab.row("miss, wildcard", "any.wild.secure.test", **EDNS, wanted={"dnssec_status": "secure"})
    lab.row("name in the client's own case", "WwW.deeP.Plain.TEST", client="NXDOMAIN",
            wanted={"query_name": "www.deep.plain.test"})
    lab.row("EDNS Client Subnet is in the event", "www.plain.test", edns=1232,
            options=[dnsmsg.ecs("198.51.100.7", 24)], wanted={"ecs": "198.51.100.0/24"})


def failures(lab):
    lab.row("miss, SERVFAIL: upstream fails", "a.servfail.test", client="SERVFAIL", wanted={
        "cache_status": "miss", "servfail_reason": "upstream_failure"}, upstream={"response_code": "SERVFAIL"})
    lab.row("miss, SERVFAIL: upstream refuses", "a.refused.test", client="SERVFAIL", wanted={
        "cache_status": "miss", "servfail_reason": {"upstream_failure", "upstream_lame"}},
        upstream={"response_code": "REFUSED"})
    lab.row("miss, SERVFAIL: upstream is lame", "a.lame.test", client="SERVFAIL", wanted={
        "servfail_reason": {"upstream_lame", "upstream_failure"}})
    lab.row("miss, SERVFAIL: answers are malformed", "a.malformed.test", client="SERVFAIL", wanted={
        "servfail_reason": {"upstream_malformed", "upstream_failure"}})
    lab.row("miss, SERVFAIL: upstream says nothing", "a.dead.test", client="SERVFAIL", wanted={
        "servfail_reason": "upstream_timeout"}, upstream={"outcome": "timeout", "response_code": None})
    lab.row("miss, SERVFAIL: upstream says to come over TCP and is not there", "a.truncated.test", client="SERVFAIL",
            wanted={"servfail_reason": "upstream_timeout"}, upstream={"outcome": "timeout", "response_code": None})
    lab.row("miss, SERVFAIL: bogus, no key fits", "www.bogus.test", **EDNS, client="SERVFAIL", wanted={
        "dnssec_status": "bogus", "servfail_reason": "dnssec_bogus", "dnssec_reason": lambda text: bool(text)})
    lab.row("miss, SERVFAIL: bogus, signature expired", "www.expired.test", **EDNS, client="SERVFAIL", wanted={
        "dnssec_status": "bogus", "dnssec_reason": lambda text: text and "expired" in text,
        "ede_code": lambda code: code in (6, 7, 9, None)})
    lab.row("miss, bogus data for a client that sets CD", "mail.expired.test", "MX", **DNSSEC, cd=True,
            client="NOERROR", wanted={"cd": True, "dnssec_status": {"bogus", "unchecked", "indeterminate"}})
    limit_a_zone(lab)


def limit_a_zone(lab):
    """Unbound lets one query a second to this zone; the second name in a second is not asked."""
    for number in range(4):
        lab.prepare(f"n{number}.throttled.test")
    lab.row("domain ratelimit on the upstream", "last.throttled.test", client="SERVFAIL",
            wanted={"servfail_reason": "rate_limited"})


def hits(lab):
    hit = {"cache_status": "hit", "transaction_id": None}
    for what, name, qtype, client in (("NOERROR", "www.plain.test", "AAAA", "NOERROR"),
                                      ("NXDOMAIN", "nothing.plain.test", "A", "NXDOMAIN"),
                                      ("NODATA", "www.plain.test", "SRV", "NOERROR")):
        lab.prepare(name, qtype)
        lab.row(f"cache hit, {what}", name, qtype, client=client, wanted=hit)
    lab.prepare("b.servfail.test")
    lab.row("cache hit, SERVFAIL", "b.servfail.test", client="SERVFAIL",
            wanted={"cache_status": "hit", "servfail_reason": "cached"})
    lab.prepare("alias.bogus.test")
    lab.row("cache hit, bogus", "alias.bogus.test", client="SERVFAIL", wanted={
        "cache_status": "hit", "dnssec_status": "bogus", "transaction_id": None})
    lab.row("cache hit, bogus, the client sets CD", "alias.bogus.test", **DNSSEC, cd=True, client="NOERROR",
            wanted={"cache_status": "hit", "dnssec_status": "bogus", "response_code": "NOERROR"})
    lab.row("cache hit, secure, AD for a client with DO", "www.secure.test", **DNSSEC,
            wanted={**hit, "dnssec_status": "secure"})


def snooping(lab):
    """RD=0 of a client that may look into the cache."""
    if not lab.authority.child_address:
        print("     (no port 53 to be had: delegation rows left out)")
        return
    lab.row("referral: the answer comes from the child's own server", "www.child.parent.test",
            wanted={"answer_ips": ["192.0.2.50"]},
            upstream={"upstream_ip": lab.authority.child_address, "upstream_zone": "child.parent.test"})
    lab.checks(lab.host.events.find(lambda record: not agree.fields(record, {
        "referral": True, "upstream_zone": "parent.test", "answer_rdata": ["ns.child.parent.test"]})),
        "referral: an upstream event has the parent's NS set")
    lab.row("RD=0, answer from the cache", "www.child.parent.test", rd=False, source="127.0.0.11",
            wanted={"cache_status": "hit"})
    lab.row("RD=0, delegation from the cache", "other.child.parent.test", rd=False, source="127.0.0.11",
            wanted={"cache_status": "hit", "answer_count": 0})


def local(lab):
    here = {"cache_status": "local", "upstream_count": lambda count: not count, "transaction_id": None}
    lab.row("local-zone static, local-data", "data.static.test", client="NOERROR", wanted=here)
    lab.row("local-zone static, no data", "no.static.test", client="NXDOMAIN", wanted=here)
    lab.row("local-zone redirect", "any.redirect.test", client="NOERROR", wanted=here)
    lab.row("local-zone refuse", "a.refuse.test", client="REFUSED", wanted=here)
    lab.row("local-zone always_nxdomain", "a.gone.test", client="NXDOMAIN", wanted=here)
    lab.row("local-zone redirect, CNAME alias", "alias.test", client="NOERROR",
            wanted={"query_name": "alias.test", "answer_names": ["www.plain.test"]})
    lab.row("RPZ on the name, NXDOMAIN", "nxdomain.plain.test", client="NXDOMAIN", wanted=here)
    lab.row("RPZ on the name, NODATA", "nodata.plain.test", client="NOERROR", wanted=here)
    lab.row("RPZ on the name, data", "data.plain.test", client="NOERROR", wanted=here)
    lab.row("RPZ on the name, tcp-only", "tcponly.plain.test", client="NOERROR",
            wanted={"cache_status": "local", "policy_action": "tcp_only"})
    for name in ("id.server", "version.bind", "trustanchor.unbound"):
        lab.row(f"CHAOS {name}", name, "TXT", qclass="CH", client="NOERROR", wanted=here)


def policy(lab):
    lab.row("RPZ on an address of the answer, miss", "blocked-ip.plain.test", client="NXDOMAIN",
            wanted={"cache_status": "miss", "policy_action": "nxdomain"})
    lab.row("RPZ on an address of the answer, hit", "blocked-ip.plain.test", client="NXDOMAIN",
            wanted={"cache_status": "hit"})
    asked = lab.ask("dropped-ip.plain.test", timeout_s=0.5)
    lab.row("RPZ on an address of the answer, drop", "dropped-ip.plain.test", asked=asked,
            wanted={"outcome": "dropped", "drop_reason": "policy"})


def served(lab):
    lab.row("auth-zone for downstream", "www.served.test", client="NOERROR", wanted={
        "message_type": "auth_response", "cache_status": "authoritative", "aa": True, "upstream_count": lambda n: not n})
    lab.row("auth-zone for downstream, NXDOMAIN", "no.served.test", client="NXDOMAIN",
            wanted={"message_type": "auth_response", "cache_status": "authoritative"})
    lab.row("auth-zone for upstream only", "www.behind.example", client="NOERROR", wanted={
        "message_type": "client_response", "upstream_count": lambda count: not count})


def transports(lab):
    for transport in ("tcp", "dot", "doh"):
        lab.row(f"{transport}, miss", f"{transport}.wild.secure.test", transport=transport,
                wanted={"cache_status": "miss", "transport": transport})
        lab.row(f"{transport}, hit", f"{transport}.wild.secure.test", transport=transport,
                wanted={"cache_status": "hit", "transport": transport})
    asked = lab.ask("big.plain.test", "TXT", **EDNS)
    lab.checks(asked.message is not None and asked.message.tc, "the answer is truncated", asked.got())
    lab.row("truncated over UDP", "big.plain.test", "TXT", asked=asked, **EDNS, wanted={"response_code": "NOERROR"})
    lab.row("the retry over TCP is whole", "big.plain.test", "TXT", transport="tcp",
            wanted={"cache_status": "hit", "answer_count": 20})


def coalesced(lab):
    """Three clients with the same question at once: one work, three events."""
    before = lab.authority.responder.asked["slow"]
    first = lab.send("d250.slow.test")
    proc.wait_for(lambda: lab.authority.responder.asked["slow"] > before, "the question at the upstream")
    all_asked = [first, lab.send("d250.slow.test"), lab.send("d250.slow.test")]
    events = [lab.event(asked.receive()) for asked in all_asked]
    fine = all(events) and len({event["transaction_id"] for event in events}) == 1
    lab.checks(fine, "clients with the same question share one transaction", events)
    flags = [event.get("coalesced") for event in events if event]
    lab.checks(flags[:1] in ([False], [None]) and flags[1:] == [True, True], "the later ones are coalesced", flags)
    for asked in all_asked:
        lab.row("one event for each waiting client", "d250.slow.test", asked=asked, wanted={"cache_status": "miss"})


def unseen(lab):
    plain = lambda **options: lambda: lab.ask("www.plain.test", timeout_s=0.3, **options)  # noqa: E731
    lab.row_unseen("access-control refuse", "acl", plain(source="127.0.0.9"))
    lab.row_unseen("access-control deny", "acl", plain(source="127.0.0.10"))
    lab.row_unseen("local-zone deny", "no_hook", lambda: lab.ask("a.deny.test", timeout_s=0.3))
    lab.row_unseen("RPZ drop on the name", "no_hook", lambda: lab.ask("drop.plain.test", timeout_s=0.3))
    asked = lab.row_unseen("RD=0 without the right to snoop", "no_hook", plain(rd=False))
    lab.checks.equal(asked.rcode, "REFUSED", "and the client is refused")
    lab.row_unseen("AXFR", "no_hook", lambda: lab.ask("plain.test", "AXFR", transport="tcp", timeout_s=1))
    lab.row_unseen("IXFR", "no_hook", lambda: lab.ask("plain.test", "IXFR", timeout_s=0.3))
    lab.row_unseen("meta type", "no_hook", lambda: lab.ask("plain.test", "MAILB", timeout_s=0.3))
    asked = lab.row_unseen("EDNS version 1", "no_hook", plain(edns=1232, version=1))
    lab.checks.equal(asked.rcode, "BADVERS", "and the client hears BADVERS")
    cut = dnsmsg.query("www.plain.test")[:-6]
    lab.row_unseen("question cut short", "no_hook", lambda: lab.raw(cut))
    odd_edns = dnsmsg.query("www.plain.test", edns=1232)[:-3]
    lab.row_unseen("EDNS cut short", "no_hook", lambda: lab.raw(odd_edns))
    lab.row_unseen("NOTIFY", "no_hook", lambda: lab.ask("plain.test", "SOA", opcode=4, timeout_s=0.3))


def uncounted(lab):
    """What Unbound itself does not count: the books must stay as they are."""
    lab.row_unseen("opcode UPDATE", None, lambda: lab.ask("plain.test", "SOA", opcode=5, timeout_s=0.3))
    lab.row_unseen("packet shorter than a header", None, lambda: lab.raw(b"\0\1\2"))
    lab.row_unseen("a response instead of a query", None,
                   lambda: lab.raw(struct.pack(">6H", 1, 0x8180, 1, 0, 0, 0) + dnsmsg.query(".")[12:]))
    lab.row_unseen("two questions", None,
                   lambda: lab.raw(struct.pack(">6H", 1, 0x0100, 2, 0, 0, 0) + dnsmsg.query("a.test")[12:] * 2))
    for what, port in (("DoT", lab.host.tls_port), ("DoH", lab.host.https_port)):
        with socket.create_connection(("127.0.0.1", port), 2) as sock:
            sock.sendall(b"this is not TLS\r\n\r\n")
        lab.row_unseen(f"{what}: no TLS handshake", None, lambda: None, count=0)


def run(checks, authority, **settings):
    lab = start(checks, authority, **settings)
    for part in (misses, failures, hits, snooping, local, policy, served, transports, coalesced, unseen, uncounted):
        part(lab)
    lab.balance("base")
    lab.stop()
