# SPDX-FileCopyrightText: 2026 the telltale authors
# SPDX-License-Identifier: BSD-3-Clause
"""The hosts of the demo, one row each, all with the one configuration file: how each is made and what it is asked."""

import os

import cases
import named
import unbound

# Unbound gives a silent server up after 2.3 s, and throws away what is older than 3 s; c9d320 takes 3.2 s.
UNBOUND = """serve-expired: yes
serve-expired-client-timeout: 0
local-zone: "local.test." static
local-data: "host.local.test. 300 A 192.0.2.200"
identity: "the demo"
infra-cache-max-rtt: 1400
discard-timeout: 3000
"""
UNBOUND_RPZ = 'rpz:\n    name: policy.invalid\n    zonefile: "{directory}/policy.zone"\n    rpz-log: no\n'
CACHING = """recursion yes; allow-query { !127.0.0.2; any; };
stale-cache-enable yes; stale-answer-enable yes; stale-answer-client-timeout 0;
response-policy { zone "policy.invalid"; } qname-wait-recurse no;
max-udp-size 1232;
dnstap { resolver; forwarder; }; dnstap-output unix "STATE/upstream.sock"; fstrm-set-reopen-interval 1;
"""
SERVING = """recursion no; allow-transfer { none; };
rate-limit { responses-per-second 1; slip 2; nodata-per-second 0; nxdomains-per-second 0; errors-per-second 0;
    referrals-per-second 0; window 5; };
"""
ZONE = 'zone "{name}" {{ type primary; file "{directory}/{file}.zone"; }};\n'
HEAD = "$TTL 60\n@ SOA ns.served.test. hostmaster.served.test. 7 3600 600 86400 60\n@ NS ns.served.test.\n"
FILES = {
    "policy": HEAD + "nxdomain.plain.test CNAME .\ndata.plain.test A 192.0.2.201\ndrop.plain.test CNAME rpz-drop.\n",
    "served": HEAD + """ns A 127.0.0.1
www A 192.0.2.170
alias CNAME www
*.wild AAAA 2001:db8::170
limited A 192.0.2.171
below NS ns.below
ns.below A 192.0.2.172
""" + "".join(f'big TXT "{number:03d}{"x" * 200}"\n' for number in range(10)),
}


def make_unbound(directory, authority, settings):
    return unbound.Unbound(os.path.join(directory, "unbound.d"), authority, server=UNBOUND,
                           clauses=UNBOUND_RPZ.format(directory=directory), **settings)


def make_caching(directory, authority, settings):
    zones = ZONE.format(name="policy.invalid", file="policy", directory=directory)
    options = CACHING.replace("STATE", os.path.join(directory, "state/bind-1"))
    return named.Named(os.path.join(directory, "caching.d"), authority, options=options, zones=zones, **settings)


def make_serving(directory, _authority, settings):
    zones = ZONE.format(name="served.test", file="served", directory=directory)
    return named.Named(os.path.join(directory, "serving.d"), options=SERVING, zones=zones, validation="no", **settings)


class Role:
    """title: on the screen. software and number: name its directory of state, `unbound-1`; processes of a software
    take their numbers in the order of their start. rest: what it is asked so that it tells its counts; None: it does
    so unasked. forget: the word of its control program that takes a name out of the cache. tail_shows: the first line
    of tail with each of these is printed."""

    def __init__(self, title, software, number, make, asks, rest, forget, tail_shows):
        self.title, self.software, self.number, self.make, self.cases = title, software, number, make, asks
        self.rest, self.forget, self.tail_shows = rest, forget, tail_shows

    @property
    def instance(self):
        return f"{self.software}-{self.number}"

    @property
    def file(self):
        """The stem of its files in build/demo: without the number for the first."""
        return self.software if self.number == 1 else self.instance


ROLES = [
    Role("Unbound", "unbound", 1, make_unbound, cases.UNBOUND, "www.plain.test", "flush",
         (" up ", "udp secure", "doh secure", "bogus", "NXDOMAIN", "stale", "demo-nets", "dropped")),
    Role("BIND, caching", "bind", 1, make_caching, cases.CACHING, None, "flushname",
         (" up ", "udp secure", "doh secure", "bogus", "stale", "demo-nets", "REFUSED", "dropped")),
    Role("BIND, authoritative", "bind", 2, make_serving, cases.SERVING, None, None,
         ("192.0.2.170", "NXDOMAIN", "tcp", "REFUSED", "rate_limit")),
]


def write_zones(directory):
    for name, text in FILES.items():
        with open(os.path.join(directory, name + ".zone"), "w", encoding="ascii") as out:
            out.write(text)
