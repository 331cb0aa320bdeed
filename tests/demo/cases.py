# SPDX-FileCopyrightText: 2026 the telltale authors
# SPDX-License-Identifier: BSD-3-Clause
"""What the demo asks: one row for each kind of query, with what its event must say."""

import proc

# Unbound gives a silent server up after 2.3 s, and throws away what is older than 3 s; c9d320 takes 3.2 s.
SERVER = """serve-expired: yes
serve-expired-client-timeout: 0
local-zone: "local.test." static
local-data: "host.local.test. 300 A 192.0.2.200"
identity: "the demo"
infra-cache-max-rtt: 1400
discard-timeout: 3000
"""
RPZ = 'rpz:\n    name: policy.invalid\n    zonefile: "{path}"\n    rpz-log: no\n'
RPZ_ZONE = """$TTL 60
@ SOA localhost. root.localhost. 1 3600 600 86400 60
@ NS localhost.
nxdomain.plain.test CNAME .
data.plain.test A 192.0.2.201
"""
EDNS = {"edns": 1232}
DNSSEC = {"edns": 1232, "do": True}


class Case:
    """kind: the word shown. first: what happens before, given (lab, case). late: its answer takes long, so it is
    asked at once and looked at last. unseen: no event, but this counter counts it. upstream: what some upstream event
    of the same work says."""

    def __init__(self, kind, name, qtype="A", options=None, first=None, late=False, unseen=None, upstream=None,
                 **wanted):
        self.kind, self.name, self.qtype, self.options, self.first = kind, name, qtype, options or {}, first
        self.late, self.unseen, self.upstream, self.wanted = late, unseen, upstream, wanted


def asked_before(lab, case):
    """The answer is in the cache by a query of its own."""
    lab.ask_and_account(case.name, case.qtype)


def expire(lab, case):
    """The answer was in the cache and its TTL is over."""
    asked = lab.ask_and_account(case.name, case.qtype)
    ttl = asked.message.ttl()
    proc.wait_for(lambda: lab.seconds_since(asked) > ttl + 1.1, "end of the TTL", ttl + 5)


def change_zone(lab, case):
    """The authority changes the record; the cache forgets the old one."""
    lab.ask_and_account(case.name, case.qtype)
    lab.authority.change("192.0.2.11")
    lab.unbound.control("flush", case.name)


def hears_nothing(lab, case):
    """Nothing comes before: the row only waits."""
    del lab, case


CASES = [
    Case("timeout", "www.dead.test", late=True, cache_status="miss", servfail_reason={"upstream_timeout", None},
         upstream={"outcome": "timeout"}),
    Case("dropped", "c9d320.slow.test", late=True, outcome="dropped", drop_reason="discard_timeout",
         upstream={"outcome": "answered"}),
    Case("secure", "www.secure.test", options=DNSSEC, cache_status="miss", dnssec_status="secure",
         response_code="NOERROR", upstream={"upstream_zone": "secure.test", "outcome": "answered"},
         zone_owner="dns-team", zone_class="critical", registrable_domain="secure.test", answer_country=["NL"], answer_asn=[64501]),
    Case("insecure", "www.plain.test", cache_status="miss", dnssec_status="insecure", response_code="NOERROR",
         zone_owner="web-team", residency="eu"),
    Case("bogus", "www.bogus.test", options=EDNS, dnssec_status="bogus", response_code="SERVFAIL",
         servfail_reason="dnssec_bogus", threat_list="demo-hosts", threat_category="malware"),
    Case("expired signature", "www.expired.test", options=EDNS, dnssec_status="bogus", response_code="SERVFAIL",
         dnssec_reason=lambda text: text and "expired" in text),
    Case("indeterminate", "www.outside", cache_status="miss", dnssec_status="indeterminate"),
    Case("servfail", "www.servfail.test", cache_status="miss", response_code="SERVFAIL",
         servfail_reason="upstream_failure", upstream={"response_code": "SERVFAIL"}),
    Case("broken answers", "www.malformed.test", cache_status="miss", response_code="SERVFAIL"),
    Case("nxdomain", "no.secure.test", cache_status="miss", response_code="NXDOMAIN", dnssec_status="secure"),
    Case("nodata", "brief.secure.test", "MX", cache_status="miss", response_code="NOERROR", answer_count=0),
    Case("hit", "mail.plain.test", "MX", first=asked_before, cache_status="hit", transaction_id=None),
    Case("cname chain", "chain.plain.test", cache_status="miss", answer_names=lambda names: len(names or []) == 2),
    Case("slow", "d200.slow.test", cache_status="miss", latency_us=lambda us: us and us >= 190_000),
    Case("changing zone", "www.changing.test", first=change_zone, answer_ips=["192.0.2.11"],
         threat_list="demo-hosts", zone_owner=None),
    Case("stale", "brief.plain.test", first=expire, cache_status="stale"),
    Case("local", "host.local.test", cache_status="local", answer_ips=["192.0.2.200"],
         answer_country=["SE"], threat_list="demo-nets", threat_category="botnet"),
    Case("chaos", "id.server", "TXT", {"qclass": "CH"}, cache_status="local", query_class="CH"),
    Case("policy nxdomain", "nxdomain.plain.test", cache_status="local", response_code="NXDOMAIN"),
    Case("policy data", "data.plain.test", cache_status="local", answer_ips=["192.0.2.201"]),
    Case("truncated", "big.plain.test", "TXT", EDNS, response_code="NOERROR"),
    Case("tcp", "big.plain.test", "TXT", {"transport": "tcp"}, transport="tcp", cache_status="hit"),
    Case("dot", "www.secure.test", "AAAA", {"transport": "dot"}, transport="dot", dnssec_status="secure"),
    Case("doh", "text.secure.test", "TXT", {"transport": "doh"}, transport="doh", dnssec_status="secure"),
    Case("refused", "www.plain.test", options={"rd": False, "source": "127.0.0.2"}, unseen=True),
    Case("reload", "c9d320.reload.slow.test", first=hears_nothing, outcome="dropped", drop_reason="shutdown"),
]
