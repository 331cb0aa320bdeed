# SPDX-FileCopyrightText: 2026 the telltale authors
# SPDX-License-Identifier: BSD-3-Clause
"""What the demo asks: one row for each kind of query of each host, with what its event must say."""

import proc

EDNS = {"edns": 1232}
DNSSEC = {"edns": 1232, "do": True}
AUTHORITATIVE = {"cache_status": "authoritative", "message_type": "auth_response", "dnssec_status": None}


class Case:
    """kind: the word shown. first: what happens before, given (stage, case). late: its answer takes long, so it is
    asked at once and looked at last. last: after all others, when nothing else is under way. unseen: no event, but
    the counter of this reason counts it. upstream: what some upstream event of the same work, with BIND of the same
    question, says."""

    def __init__(self, kind, name, qtype="A", options=None, first=None, late=False, last=False, unseen=None,
                 upstream=None, **wanted):
        self.kind, self.name, self.qtype, self.options, self.first = kind, name, qtype, options or {}, first
        self.late, self.last, self.unseen, self.upstream, self.wanted = late, last, unseen, upstream, wanted


def asked_before(stage, case):
    """The answer is in the cache by a query of its own."""
    stage.ask_and_account(case.name, case.qtype)


def expire(stage, case):
    """The answer was in the cache and its TTL is over."""
    asked = stage.ask_and_account(case.name, case.qtype)
    ttl = asked.message.ttl()
    proc.wait_for(lambda: stage.seconds_since(asked) > ttl + 1.1, "end of the TTL", ttl + 5)


def change_zone(address):
    """The authority changes the record; the cache forgets the old one."""
    def change(stage, case):
        stage.ask_and_account(case.name, case.qtype)
        stage.authority.change(address)
        stage.host.control(stage.role.forget, case.name)
    return change


def reload_at_work(stage, case):
    """Unbound reloads while the query is at work."""
    stage.settle()
    before = stage.authority.responder.asked["slow"]
    stage.pending = stage.send(case)
    proc.wait_for(lambda: stage.authority.responder.asked["slow"] > before, "the query at work")
    stage.host.control("reload")
    stage.host.wait_ready()


def reconfigure(stage, case):
    """named reads its configuration, and telltale its own, again."""
    stage.ask_and_account(case.name, case.qtype)
    stage.host.control("reconfig")


def shared(forget_to, expired):
    """What both resolvers are asked. forget_to: see change_zone; expired: of the validator's words one that it says of
    an expired signature."""
    return [
        Case("secure", "www.secure.test", options=DNSSEC, cache_status="miss", dnssec_status="secure",
             response_code="NOERROR", zone_owner="dns-team", zone_class="critical", registrable_domain="secure.test",
             answer_country=["NL"], answer_asn=[64501]),
        Case("insecure", "www.plain.test", cache_status="miss", dnssec_status="insecure", response_code="NOERROR",
             zone_owner="web-team", residency="eu"),
        Case("bogus", "www.bogus.test", options=EDNS, dnssec_status="bogus", response_code="SERVFAIL",
             servfail_reason="dnssec_bogus", threat_list="demo-hosts", threat_category="malware"),
        Case("expired signature", "www.expired.test", options=EDNS, dnssec_status="bogus", response_code="SERVFAIL",
             dnssec_reason=lambda text: text and expired in text),
        Case("nxdomain", "no.secure.test", cache_status="miss", response_code="NXDOMAIN", dnssec_status="secure"),
        Case("nodata", "brief.secure.test", "MX", cache_status="miss", response_code="NOERROR", answer_count=0),
        Case("hit", "mail.plain.test", "MX", first=asked_before, cache_status="hit", transaction_id=None),
        Case("cname chain", "chain.plain.test", cache_status="miss", answer_names=lambda names: len(names or []) == 2),
        Case("slow", "d200.slow.test", cache_status="miss", latency_us=lambda us: us and us >= 190_000),
        Case("changing zone", "www.changing.test", first=change_zone(forget_to), answer_ips=[forget_to],
             threat_list="demo-hosts", zone_owner=None),
        Case("stale", "brief.plain.test", first=expire, cache_status="stale"),
        Case("policy nxdomain", "nxdomain.plain.test", cache_status="local", response_code="NXDOMAIN"),
        Case("policy data", "data.plain.test", cache_status="local", answer_ips=["192.0.2.201"],
             threat_list="demo-nets", threat_category="botnet"),
        Case("truncated", "big.plain.test", "TXT", EDNS, response_code="NOERROR"),
        Case("tcp", "big.plain.test", "TXT", {"transport": "tcp"}, transport="tcp", cache_status="hit"),
        Case("dot", "www.secure.test", "AAAA", {"transport": "dot"}, transport="dot", dnssec_status="secure"),
        Case("doh", "text.secure.test", "TXT", {"transport": "doh"}, transport="doh", dnssec_status="secure"),
    ]


UNBOUND = [
    Case("timeout", "www.dead.test", late=True, cache_status="miss", servfail_reason={"upstream_timeout", None},
         upstream={"outcome": "timeout"}),
    Case("dropped", "c9d320.slow.test", late=True, outcome="dropped", drop_reason="discard_timeout",
         upstream={"outcome": "answered"}),
    *shared("192.0.2.11", "expired"),
    Case("upstream events", "text.plain.test", "TXT", cache_status="miss",
         upstream={"upstream_zone": "plain.test", "outcome": "answered"}),
    Case("indeterminate", "www.outside", cache_status="miss", dnssec_status="indeterminate"),
    Case("servfail", "www.servfail.test", cache_status="miss", response_code="SERVFAIL",
         servfail_reason="upstream_failure", upstream={"response_code": "SERVFAIL"}),
    Case("broken answers", "www.malformed.test", cache_status="miss", response_code="SERVFAIL"),
    Case("local", "host.local.test", cache_status="local", answer_ips=["192.0.2.200"],
         answer_country=["SE"], threat_list="demo-nets", threat_category="botnet"),
    Case("chaos", "id.server", "TXT", {"qclass": "CH"}, cache_status="local", query_class="CH"),
    Case("refused", "www.plain.test", options={"rd": False, "source": "127.0.0.2"}, unseen="no_hook"),
    Case("reload", "c9d320.reload.slow.test", first=reload_at_work, last=True, outcome="dropped",
         drop_reason="shutdown"),
]

CACHING = [
    *shared("192.0.2.12", "broken trust chain"),
    Case("no trust anchor", "www.outside", cache_status="miss"),
    Case("servfail", "www.servfail.test", cache_status="miss", response_code="SERVFAIL"),
    Case("broken answers", "www.malformed.test", cache_status="miss", response_code="SERVFAIL"),
    Case("policy drop", "drop.plain.test", outcome="dropped", drop_reason="policy", policy_action="drop"),
    Case("refused", "www.plain.test", options={"source": "127.0.0.2"}, response_code="REFUSED", cache_status=None),
    Case("chaos", "id.server", "TXT", {"qclass": "CH"}, unseen="no_plugin"),
    Case("EDNS version 1", "www.plain.test", options={"edns": 1232, "version": 1}, unseen="rejected"),
    Case("notify", "plain.test", "SOA", {"opcode": 4}, unseen="notify"),
    Case("zone transfer", "plain.test", "AXFR", {"transport": "tcp"}, unseen="transfer"),
    Case("reconfig", "mail.secure.test", "MX", first=reconfigure, last=True, cache_status="hit"),
    Case("upstream events", "text.plain.test", "TXT", last=True, cache_status="miss",
         upstream={"outcome": "answered", "upstream_ip": "127.0.0.1", "answer_rdata": ['"one" "two"']}),
]

SERVING = [
    Case("authoritative", "www.served.test", **AUTHORITATIVE, aa=True, answer_ips=["192.0.2.170"]),
    Case("alias", "alias.served.test", **AUTHORITATIVE, answer_names=["www.served.test"]),
    Case("wildcard", "any.wild.served.test", "AAAA", **AUTHORITATIVE, answer_ips=["2001:db8::170"]),
    Case("nxdomain", "no.served.test", **AUTHORITATIVE, response_code="NXDOMAIN"),
    Case("nodata", "www.served.test", "MX", **AUTHORITATIVE, answer_count=0),
    Case("delegation", "www.below.served.test", aa=False, response_code="NOERROR", answer_count=0),
    Case("truncated", "big.served.test", "TXT", **AUTHORITATIVE, tc=True),
    Case("tcp", "big.served.test", "TXT", {"transport": "tcp"}, **AUTHORITATIVE, transport="tcp", answer_count=10),
    Case("dot", "www.served.test", options={"transport": "dot"}, **AUTHORITATIVE, transport="dot"),
    Case("doh", "www.served.test", options={"transport": "doh"}, **AUTHORITATIVE, transport="doh"),
    Case("refused", "www.elsewhere.test", response_code="REFUSED", cache_status=None),
    Case("rate limit, slipped", "limited.served.test", first=asked_before, response_code="NOERROR", tc=True,
         answer_count=0),
    Case("rate limit, dropped", "limited.served.test", outcome="dropped", drop_reason="rate_limit"),
    Case("chaos", "version.bind", "TXT", {"qclass": "CH"}, unseen="no_plugin"),
    Case("zone transfer", "served.test", "AXFR", {"transport": "tcp"}, unseen="transfer"),
]
