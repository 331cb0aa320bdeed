# SPDX-FileCopyrightText: 2026 the telltale authors
# SPDX-License-Identifier: BSD-3-Clause
"""The rows that one configuration serves: cache, failures, own zones, policy, transports, refusals."""

import dnsmsg
import lab as labs
import named
import proc

OPTIONS = """allow-query { any; };
allow-recursion { !127.0.0.9; any; };
allow-query-cache { !127.0.0.9; any; };
allow-transfer { 127.0.0.1; };
blackhole { 127.0.0.10; };
response-policy { zone "rpz.invalid"; } qname-wait-recurse no;
dns64 64:ff9b::/96 { clients { 127.0.0.12; }; };
prefetch 0;
"""
POLICY = 'zone "rpz.invalid" {{ type primary; file "{directory}/rpz.zone"; allow-query {{ localhost; }}; }};\n'
OUTSIDE = 'zone "outside" {{ type forward; forward only; forwarders {{ {address} port {port}; }}; }};\n'
OWN = """zone "served.test" {{ type primary; file "{directory}/served.zone"; }};
zone "closed.test" {{ type primary; file "{directory}/closed.zone"; allow-query {{ none; }}; }};
"""
HEAD = "$TTL 60\n@ SOA localhost. root.localhost. {serial} 3600 600 86400 60\n@ NS localhost.\n"
RPZ = HEAD.format(serial=1) + """nxdomain.plain.test CNAME .
nodata.plain.test CNAME *.
data.plain.test A 192.0.2.160
elsewhere.plain.test CNAME www.plain.test.
passthru.plain.test CNAME rpz-passthru.
tcponly.plain.test CNAME rpz-tcp-only.
drop.plain.test CNAME rpz-drop.
32.66.2.0.192.rpz-ip CNAME .
32.67.2.0.192.rpz-ip CNAME rpz-drop.
"""
SERVED = HEAD.format(serial=7) + """www 60 A 192.0.2.170
www 30 A 192.0.2.171
alias CNAME www
outside CNAME www.plain.test.
*.wild A 192.0.2.172
child NS ns.child
ns.child A 192.0.2.173
""" + "".join(f'big TXT "{number:03d}{"x" * 200}"\n' for number in range(20))
EDNS = {"edns": 1232}
DNSSEC = {"edns": 1232, "do": True}
NO_WORK = {"transaction_id": None}


def is_there(value):
    return bool(value)


def write_zones(checks):
    for zone, text in (("rpz", RPZ), ("served", SERVED), ("closed", HEAD.format(serial=9))):
        with open(checks.path(zone + ".zone"), "w", encoding="ascii") as out:
            out.write(text)


def own_zones(checks):
    return OWN.format(directory=checks.directory)


def start(checks, authority, name="base.d", **settings):
    write_zones(checks)
    zones = own_zones(checks) + POLICY.format(directory=checks.directory) + OUTSIDE.format(
        address=authority.address, port=authority.port)
    return labs.Lab(checks, authority, name, host=named.Named, options=OPTIONS, zones=zones, **settings)


def misses(lab):
    lab.row("miss, answer, secure", "www.secure.test", **DNSSEC, client="NOERROR", wanted={
        "cache_status": "miss", "dnssec_status": "secure", "message_type": "client_response", "view": "_default",
        "transaction_id": lambda text: len(text or "") == 32, "server_ip": "127.0.0.1", "upstream_count": is_there,
        "answer_digest": lambda text: len(text or "") == 16, "server_port": lab.host.port, "ad": True})
    lab.row("miss, answer, insecure", "www.plain.test", wanted={"cache_status": "miss", "dnssec_status": "insecure"})
    lab.row("miss, from a forwarder", "www.outside", wanted={"cache_status": "miss", "dnssec_status": "insecure"})
    lab.row("miss, NXDOMAIN", "no.secure.test", **EDNS, client="NXDOMAIN", wanted={
        "cache_status": "miss", "dnssec_status": "secure", "answer_digest": "0000000000000001"})
    lab.row("miss, NODATA", "www.secure.test", "MX", **EDNS, client="NOERROR", wanted={
        "cache_status": "miss", "dnssec_status": "secure", "answer_count": 0, "answer_digest": "0000000000000000"})
    lab.row("miss, CNAME chain", "chain.secure.test", **EDNS, wanted={
        "cache_status": "miss", "dnssec_status": "secure", "answer_names": ["alias.secure.test", "www.secure.test"]})
    lab.row("miss, CNAME to another zone", "outward.secure.test", **EDNS, wanted={
        "dnssec_status": "insecure", "answer_names": ["www.plain.test"], "query_name": "outward.secure.test"})
    lab.row("miss, secure alias to what an unsigned zone does not have", "outward.secure.test", "SRV", **DNSSEC, wanted={
        "cache_status": "miss", "dnssec_status": "insecure", "answer_digest": "0000000000000000", "ad": False})
    lab.row("miss, secure alias to what a signed zone does not have", "dangling.secure.test", **DNSSEC, client="NXDOMAIN",
            wanted={"dnssec_status": "secure", "answer_digest": "0000000000000001", "ad": True})
    lab.row("miss, wildcard", "any.wild.secure.test", **EDNS, wanted={"dnssec_status": "secure"})
    lab.row("name in the client's own case", "WwW.deeP.Plain.TEST", client="NXDOMAIN",
            wanted={"query_name": "www.deep.plain.test"})
    lab.row("EDNS Client Subnet is in the event", "www.plain.test", edns=1232,
            options=[dnsmsg.ecs("198.51.100.7", 24)], wanted={"ecs": "198.51.100.0/24"})
    lab.row("a big EDNS size, as the client said it", "www.plain.test", edns=4096, wanted={"cache_status": "hit"})
    lab.row("CD: not checked", "mail.wild.secure.test", **DNSSEC, cd=True, client="NOERROR",
            wanted={"cd": True, "cache_status": "miss", "dnssec_status": "unchecked"})
    lab.row("DNS64, a miss", "sub.deep.plain.test", "AAAA", source="127.0.0.12", client="NOERROR",
            wanted={"cache_status": "miss", "answer_ips": ["64:ff9b::c000:25b"]})
    lab.row("DNS64, from the cache", "sub.deep.plain.test", "AAAA", source="127.0.0.12", client="NOERROR",
            wanted={"cache_status": "hit", "answer_ips": ["64:ff9b::c000:25b"], **NO_WORK})
    lab.row("ANY", "www.plain.test", "ANY", transport="tcp", client="NOERROR", wanted={"answer_count": is_there})


def failures(lab):
    """All of them end in an error: no hook tells that they are sent. named tells timeouts and bogus data apart, all
    else that goes wrong at the servers is one."""
    dead = lab.send("a.dead.test", timeout_s=15)
    for word in ("servfail", "refused", "lame", "malformed", "formerr", "truncated"):
        lab.row(f"miss, SERVFAIL: upstream, {word}", f"a.{word}.test", client="SERVFAIL", wanted={
            "cache_status": "miss", "servfail_reason": "upstream_failure", "transaction_id": is_there})
    for name, words in (("bogus", "no key fits"), ("expired", "signature expired")):
        lab.row(f"miss, SERVFAIL: bogus, {words}", f"www.{name}.test", **EDNS, client="SERVFAIL", wanted={
            "cache_status": "miss", "dnssec_status": "bogus", "servfail_reason": "dnssec_bogus",
            "dnssec_reason": is_there})
        lab.row(f"SERVFAIL cache: bogus, {words}: the reason is remembered", f"www.{name}.test", **EDNS,
                client="SERVFAIL", wanted={"cache_status": "hit", "dnssec_status": "bogus", "transaction_id": None,
                                           "servfail_reason": "dnssec_bogus", "dnssec_reason": is_there})
    lab.row("bogus data for a client that sets CD", "mail.expired.test", "MX", **DNSSEC, cd=True, client="NOERROR",
            wanted={"cd": True, "dnssec_status": {"bogus", "unchecked"}})
    lab.row("miss, SERVFAIL: upstream says nothing", "a.dead.test", asked=dead.receive(15), client="SERVFAIL",
            wanted={"cache_status": "miss", "servfail_reason": "upstream_timeout",
                    "latency_us": lambda us: us and us > 5_000_000})


def hits(lab):
    hit = {"cache_status": "hit", **NO_WORK}
    for what, name, qtype, client in (("NOERROR", "www.plain.test", "AAAA", "NOERROR"),
                                      ("NXDOMAIN", "nothing.plain.test", "A", "NXDOMAIN"),
                                      ("NODATA", "www.plain.test", "SRV", "NOERROR")):
        lab.prepare(name, qtype)
        lab.row(f"cache hit, {what}", name, qtype, client=client, wanted={**hit, "dnssec_status": "insecure"})
    lab.row("cache hit, CNAME chain", "chain.secure.test", **EDNS, wanted={**hit, "dnssec_status": "secure"})
    lab.prepare("b.servfail.test")
    lab.row("cache hit, SERVFAIL", "b.servfail.test", client="SERVFAIL",
            wanted={**hit, "servfail_reason": "cached"})
    lab.row("cache hit, secure, AD for a client with DO", "www.secure.test", **DNSSEC,
            wanted={**hit, "dnssec_status": "secure", "ad": True})
    lab.row("cache hit, secure, the client asks for no DNSSEC", "www.secure.test",
            wanted={**hit, "dnssec_status": "secure", "ad": False})
    lab.row("cache hit, signatures alone", "www.secure.test", "RRSIG", client="NOERROR",
            wanted={**hit, "answer_count": is_there, "answer_digest": None})
    lab.prepare("zz1.secure.test", **DNSSEC)
    lab.row("aggressive NSEC", "zz2.secure.test", **DNSSEC, client="NXDOMAIN",
            wanted={**hit, "dnssec_status": "secure", "answer_digest": "0000000000000001"})
    lab.row("RD=0, answer from the cache", "www.plain.test", rd=False, wanted=hit)
    lab.row("RD=0, delegation from the cache", "unknown.plain.test", rd=False, client="NOERROR",
            wanted={**hit, "answer_count": 0, "message_type": "client_response"})
    if lab.authority.child_address:
        lab.row("an answer from where a zone refers to", "www.child.parent.test",
                wanted={"cache_status": "miss", "answer_ips": ["192.0.2.50"]})


def served(lab):
    here = {"message_type": "auth_response", "cache_status": "authoritative", "aa": True, **NO_WORK}
    lab.row("own zone, positive", "www.served.test", client="NOERROR", wanted={**here, "answer_count": 2})
    lab.row("own zone, CNAME", "alias.served.test", client="NOERROR",
            wanted={**here, "answer_names": ["www.served.test"]})
    lab.row("own zone, alias to what an unsigned zone does not have", "outside.served.test", "SRV", client="NOERROR",
            wanted={"dnssec_status": "insecure", "message_type": "client_response", "answer_digest": "0000000000000000"})
    lab.row("own zone, NXDOMAIN", "no.served.test", client="NXDOMAIN",
            wanted={**here, "answer_digest": "0000000000000001"})
    lab.row("own zone, NODATA", "www.served.test", "AAAA", client="NOERROR",
            wanted={**here, "answer_digest": "0000000000000000"})
    lab.row("own zone, wildcard", "any.wild.served.test", client="NOERROR", wanted=here)
    lab.row("own zone, referral", "www.child.served.test", rd=False, client="NOERROR",
            wanted={**here, "aa": False, "answer_count": 0})
    asked = lab.ask("big.served.test", "TXT", **EDNS)
    lab.row("own zone, truncated", "big.served.test", "TXT", asked=asked, **EDNS, wanted={**here, "tc": True})
    lab.row("own zone, over TCP", "big.served.test", "TXT", transport="tcp",
            wanted={**here, "tc": False, "answer_count": 20})


def policy(lab):
    for word, client, action in (("nxdomain", "NXDOMAIN", "nxdomain"), ("nodata", "NOERROR", "nodata"),
                                 ("data", "NOERROR", "data"), ("tcponly", "NOERROR", "tcp_only")):
        lab.row(f"RPZ on the name, {action}", f"{word}.plain.test", client=client, wanted={
            "cache_status": "local", "policy_action": action, **NO_WORK,
            "policy_name": f"{word}.plain.test.rpz.invalid"})
    lab.row("RPZ on the name, tcp-only, over TCP", "tcponly.plain.test", transport="tcp", client="NXDOMAIN",
            wanted={"cache_status": "miss"})
    lab.row("RPZ on the name, alias", "elsewhere.plain.test", client="NOERROR", wanted={
        "policy_action": "data", "policy_name": "elsewhere.plain.test.rpz.invalid", "answer_names": ["www.plain.test"]})
    lab.row("RPZ on the name, passthru", "passthru.plain.test", client="NXDOMAIN", wanted={
        "cache_status": "miss", "policy_action": "passthru",
        "policy_name": "passthru.plain.test.rpz.invalid"})
    asked = lab.ask("drop.plain.test", timeout_s=0.3)
    lab.row("RPZ on the name, drop", "drop.plain.test", asked=asked, wanted={
        "outcome": "dropped", "drop_reason": "policy", "policy_action": "drop", "response_code": None})
    lab.row("RPZ on an address of the answer, miss", "blocked-ip.plain.test", client="NXDOMAIN",
            wanted={"cache_status": "miss", "policy_action": "nxdomain"})
    lab.row("RPZ on an address of the answer, hit", "blocked-ip.plain.test", client="NXDOMAIN",
            wanted={"cache_status": "local", "policy_action": "nxdomain"})
    asked = lab.ask("dropped-ip.plain.test", timeout_s=0.5)
    lab.row("RPZ on an address of the answer, drop", "dropped-ip.plain.test", asked=asked,
            wanted={"outcome": "dropped", "drop_reason": "policy"})


def transports(lab):
    for transport in ("tcp", "dot", "doh"):
        lab.row(f"{transport}, miss", f"{transport}.wild.secure.test", transport=transport,
                wanted={"cache_status": "miss", "transport": transport})
        lab.row(f"{transport}, hit", f"{transport}.wild.secure.test", transport=transport,
                wanted={"cache_status": "hit", "transport": transport})
    asked = lab.ask("big.plain.test", "TXT", **EDNS)
    lab.checks(asked.message is not None and asked.message.tc, "the answer is truncated", asked.got())
    lab.row("truncated over UDP", "big.plain.test", "TXT", asked=asked, **EDNS,
            wanted={"response_code": "NOERROR", "tc": True})
    lab.row("the retry over TCP is whole", "big.plain.test", "TXT", transport="tcp",
            wanted={"cache_status": "hit", "answer_count": 20, "tc": False})


def refused(lab):
    for what, name, options in (("allow-query of a zone", "closed.test", {}),
                                ("allow-recursion", "new.plain.test", {"source": "127.0.0.9"}),
                                ("allow-query-cache", "www.plain.test", {"source": "127.0.0.9"})):
        lab.row(f"REFUSED by {what}", name, **EDNS, **options, client="REFUSED", wanted={
            "cache_status": None, "ede_code": 18, "dnssec_status": None, **NO_WORK})


def coalesced(lab):
    """Three clients with the same question at once: one fetch, three events, each with a work of its own."""
    before = lab.authority.responder.asked["slow"]
    first = lab.send("d250.slow.test")
    proc.wait_for(lambda: lab.authority.responder.asked["slow"] > before, "the question at the upstream")
    all_asked = [first, lab.send("d250.slow.test"), lab.send("d250.slow.test")]
    for asked in all_asked:
        asked.receive()
    for number, asked in enumerate(all_asked):
        lab.row("one event for each waiting client", "d250.slow.test", asked=asked,
                wanted={"cache_status": "miss", "transaction_id": is_there, "coalesced": number > 0})


def run(checks, authority):
    """With one thread, and with two."""
    for threads in (1, 2):
        print(f"     -n {threads}")
        lab = start(checks, authority, f"base{threads}.d", threads=threads)
        for part in (misses, failures, hits, served, policy, transports, refused, coalesced):
            part(lab)
        lab.balance(f"base, -n {threads}")
        lab.stop()
