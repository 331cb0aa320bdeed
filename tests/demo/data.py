# SPDX-FileCopyrightText: 2026 the telltale authors
# SPDX-License-Identifier: BSD-3-Clause
"""The data files of the demo: made-up networks, a threat list, owners of zones. Only the suffix list is a real one."""

import os

import enrichment

# After the configuration of the tests: see docs/data-files.md.
YAML = """tap: { mode: "0600" }
enrich:
  suffix_list: SUFFIX_LIST
  geo: { country: DATA/country.mmdb, asn: DATA/asn.mmdb }
  threats:
    - { name: demo-hosts, file: DATA/hosts.txt, category: malware, score: 0.9 }
    - { name: demo-nets, file: DATA/nets.txt, category: botnet, score: 0.6 }
zones_dir: DATA/zones.d
zones:
  - { name: secure.test, owner: dns-team, class: critical }
"""
FILES = 6  # that the configuration above names, those of zones_dir included
COUNTRIES = ["127.0.0.0/8 DE", "::1/128 DE", "192.0.2.0/24 NL", "192.0.2.200/32 SE", "2001:db8::/32 FR"]
NUMBERS = ["127.0.0.0/8 64500 Demo Clients", "::1/128 64500 Demo Clients", "192.0.2.0/24 64501 Demo Hosting",
           "2001:db8::/32 64502 Demo Six"]
HOSTS = "# as a hosts file\n0.0.0.0 www.changing.test\n0.0.0.0 www.bogus.test\n"
NETS = "192.0.2.200/31  # host.local.test and the answer of a policy\n"
ZONES = "- { name: plain.test, owner: web-team, residency: eu }\n- { name: slow.test, owner: slow-team }\n"

# Every client event says where the client is, and of which domain the name is.
CLIENT = {"country": "DE", "asn_id": 64500, "as_org": "Demo Clients"}


def write(directory):
    """Makes the files; returns the lines of the configuration that name them."""
    os.makedirs(os.path.join(directory, "zones.d"))
    enrichment.write_mmdb("country", os.path.join(directory, "country.mmdb"), COUNTRIES)
    enrichment.write_mmdb("asn", os.path.join(directory, "asn.mmdb"), NUMBERS)
    for name, text in (("hosts.txt", HOSTS), ("nets.txt", NETS), ("zones.d/demo.yaml", ZONES)):
        with open(os.path.join(directory, name), "w", encoding="ascii") as out:
            out.write(text)
    return YAML.replace("DATA", directory).replace("SUFFIX_LIST", enrichment.SUFFIX_LIST)


def seen(events):
    """(what, how many events say so) for each kind of knowledge."""
    def count(field, wanted=None):
        return sum(1 for event in events if field in event and (wanted is None or event[field] == wanted))
    return [
        ("country of the client", count("country", "DE")),
        ("network of the client", count("asn_id", 64500)),
        ("country of an answer", count("answer_country")),
        ("network of an answer", count("answer_asn")),
        ("registrable domain", count("registrable_domain", "secure.test")),
        ("threat by name", count("threat_list", "demo-hosts")),
        ("threat by address", count("threat_list", "demo-nets")),
        ("risk", count("domain_risk_score")),
        ("owner of a zone", count("zone_owner", "dns-team")),
        ("owner from zones_dir", count("zone_owner", "web-team")),
        ("enrichment_id", count("enrichment_id")),
    ]
