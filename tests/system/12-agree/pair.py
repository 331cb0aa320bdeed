# SPDX-FileCopyrightText: 2026 the telltale authors
# SPDX-License-Identifier: BSD-3-Clause
"""Unbound and named, told the same: zones, policy, trust anchor, who may ask, what telltale does with events."""

import os

import enrichment
import kinds
import named
import proc
import unbound

ZONE = "$TTL 60\n@ SOA ns.served.test. hostmaster.served.test. {serial} 3600 600 86400 60\n@ NS ns.served.test.\n"
SERVED = ZONE.format(serial=7) + """ns A 127.0.0.1
www A 192.0.2.170
alias CNAME www
*.wild A 192.0.2.171
below NS ns.below
ns.below A 192.0.2.172
""" + "".join(f'big TXT "{number:03d}{"x" * 200}"\n' for number in range(10))
POLICY = ZONE.format(serial=1) + """nxdomain.plain.test CNAME .
nodata.plain.test CNAME *.
data.plain.test A 192.0.2.160
cname.plain.test CNAME www.plain.test.
passthru.plain.test CNAME rpz-passthru.
tcponly.plain.test CNAME rpz-tcp-only.
drop.plain.test CNAME rpz-drop.
32.66.2.0.192.rpz-ip CNAME .
32.67.2.0.192.rpz-ip CNAME rpz-drop.
"""
UNBOUND_SERVER = f"""access-control: {kinds.REFUSED_CLIENT}/32 refuse
access-control: 127.0.0.11/32 allow_snoop
infra-cache-max-rtt: 700
qname-minimisation: no
identity: "agree"
version: "one"
ede: yes
"""
UNBOUND_CLAUSES = """rpz:
    name: policy.invalid
    zonefile: "{directory}/policy.zone"
    rpz-log: yes
    rpz-log-name: "policy"
auth-zone:
    name: served.test
    zonefile: "{directory}/served.zone"
    for-downstream: yes
    for-upstream: yes
    fallback-enabled: no
"""
NAMED_OPTIONS = f"""allow-query {{ !{kinds.REFUSED_CLIENT}; any; }};
response-policy {{ zone "policy.invalid"; }} qname-wait-recurse no break-dnssec yes max-policy-ttl 3600;
server-id "agree"; version "one"; resolver-query-timeout 3000; max-udp-size 1232; synth-from-dnssec no;
dnstap {{ resolver; }}; dnstap-output unix "{{directory}}/dnstap.sock"; fstrm-set-reopen-interval 1;
"""
NAMED_ZONES = """zone "policy.invalid" {{ type primary; file "{directory}/policy.zone"; }};
zone "served.test" {{ type primary; file "{directory}/served.zone"; }};
"""
# The first sink has all; the others are for the fields that only other policies show.
YAML = """node: testnode
region: test-region
state_dir: "{{directory}}/state"
metrics: {{{{ listen: "127.0.0.1:{{port}}" }}}}
privacy: {{{{ client: full, key_file: "{directory}/hmac.key" }}}}
enrich:
  suffix_list: {suffix_list}
  geo: {{{{ country: "{directory}/country.mmdb", asn: "{directory}/asn.mmdb" }}}}
  threats:
    - {{{{ name: names, file: "{directory}/threats.txt", category: malware, score: 0.9 }}}}
zones:
  - {{{{ name: secure.test, owner: dns-team, class: critical, residency: eu }}}}
sinks:
  - {{{{ name: all, type: file, path: "{{events}}" }}}}
  - {{{{ name: net, type: file, path: "{{directory}}/net.jsonl", privacy: {{{{ client: net }}}} }}}}
  - {{{{ name: hash, type: file, path: "{{directory}}/hash.jsonl", privacy: {{{{ client: hash }}}}, sample: 0.5 }}}}
hosts:
  bind: {{{{ upstream: dnstap, upstream_socket: "{{directory}}/dnstap.sock" }}}}
"""
COUNTRIES = ["127.0.0.0/8 DE", "192.0.2.0/24 NL", "198.51.100.0/24 FR", "2001:db8::/32 JP"]
NUMBERS = ["127.0.0.0/8 64500 Clients", "192.0.2.0/24 64501 Answers", "198.51.100.0/24 64502 Far",
           "2001:db8::/32 64503 Six"]


def _write(path, text):
    with open(path, "w", encoding="ascii") as out:
        out.write(text)


def write_files(directory):
    """Zones, policy and data files that both read."""
    for name, text in (("served.zone", SERVED), ("policy.zone", POLICY), ("threats.txt", "threat.wild.plain.test\n"),
                       ("hmac.key", "0123456789abcdef0123456789abcdef\n")):
        _write(os.path.join(directory, name), text)
    os.chmod(os.path.join(directory, "hmac.key"), 0o600)
    enrichment.write_mmdb("country", os.path.join(directory, "country.mmdb"), COUNTRIES)
    enrichment.write_mmdb("asn", os.path.join(directory, "asn.mmdb"), NUMBERS)


class Pair:
    """hosts: by software, as in events."""

    def __init__(self, directory, authority):
        write_files(directory)
        yaml = YAML.format(directory=directory, suffix_list=enrichment.SUFFIX_LIST)
        at = os.path.join(directory, "named.d")
        self.hosts = {
            "unbound": unbound.Unbound(os.path.join(directory, "unbound.d"), authority, server=UNBOUND_SERVER,
                                       clauses=UNBOUND_CLAUSES.format(directory=directory), yaml=yaml),
            "bind": named.Named(at, authority, options=NAMED_OPTIONS.replace("{directory}", at),
                                zones=NAMED_ZONES.format(directory=directory), yaml=yaml)}

    def start(self):
        for host in self.hosts.values():
            host.start()
        for host in self.hosts.values():
            proc.wait_for(lambda at=host: at.metrics.text_if_there().count("telltale_data_info{") >= 3,
                          f"data files of {host.name}")
        return self

    def records(self, software):
        """All records of all sinks of a host."""
        host = self.hosts[software]
        found = list(host.events.read())
        for name in ("net.jsonl", "hash.jsonl"):
            found += type(host.events)(os.path.join(host.directory, name)).read()
        return found
