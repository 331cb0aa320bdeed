# SPDX-FileCopyrightText: 2026 the telltale authors
# SPDX-License-Identifier: BSD-3-Clause
"""What events should know, from other hands: libpsl, mmdblookup and plain python; and data files to try it with."""

import ctypes
import ctypes.util
import ipaddress
import os
import random
import re
import subprocess

import tree

SUFFIX_LIST = "/usr/share/publicsuffix/public_suffix_list.dat"
COUNTRIES = ("DE", "FR", "JP", "US", "BR", "NL", "ZA", "IN")
MALWARE, PHISHING = 0.9, 0.6
YAML = """enrich:
  suffix_list: {suffix_list}
  geo: {{ country: {directory}/country.mmdb, asn: {directory}/asn.mmdb }}
  threats:
    - {{ name: malware, file: {directory}/malware.txt, category: malware, score: 0.9 }}
    - {{ name: phishing, file: {directory}/phishing.hosts, category: phishing, score: 0.6 }}
zones_dir: {directory}/zones.d
zones:
  - {{ name: com, owner: registry-watch, class: wide }}
  - {{ name: site-7.com, owner: web-team, class: critical, residency: eu }}
"""


class Psl:
    """libpsl over a list file."""

    def __init__(self, path=SUFFIX_LIST):
        self.lib = ctypes.CDLL(ctypes.util.find_library("psl") or "libpsl.so.5")
        for name in ("psl_unregistrable_domain", "psl_registrable_domain"):
            getattr(self.lib, name).restype = ctypes.c_char_p
            getattr(self.lib, name).argtypes = [ctypes.c_void_p, ctypes.c_char_p]
        self.lib.psl_load_file.restype = ctypes.c_void_p
        self.context = self.lib.psl_load_file(path.encode())

    def parts(self, name):
        """(public suffix, registrable domain), None where there is none."""
        def ask(function):
            found = function(self.context, name.encode())
            return found.decode() if found else None
        return ask(self.lib.psl_unregistrable_domain), ask(self.lib.psl_registrable_domain)


class Mmdb:
    """mmdblookup over a database, one process an address, each address once."""

    def __init__(self, path, *field):
        self.path, self.field, self.known = path, field, {}

    def find(self, address):
        if address not in self.known:
            said = subprocess.run(["mmdblookup", "--file", self.path, "--ip", address, *self.field], check=False,
                                  capture_output=True, text=True).stdout
            found = re.search(r'"(.*)" <utf8_string>|(\d+) <uint', said)
            self.known[address] = (found[1] or found[2]) if found else None
        return self.known[address]


def write_networks(directory, seed=5):
    """Databases: /24 and /48 networks of random countries and numbers, with some finer ones and some holes."""
    rng = random.Random(seed)
    country, asn = [], []
    for second in range(256):
        for third in range(0, 256, 8):
            if rng.random() < 0.1:
                continue
            network = f"127.{second}.{third}.0/{rng.choice((21, 22, 24))}"
            country.append(f"{network} {rng.choice(COUNTRIES)}")
            asn.append(f"{network} {rng.randrange(1, 4000000000)} Net {second} of “{rng.choice(COUNTRIES)}”")
    for _ in range(300):
        country.append(f"127.{rng.randrange(256)}.{rng.randrange(256)}.{rng.randrange(256)}/32 {rng.choice(COUNTRIES)}")
    for first in (198, 203, 192, 100):
        country.append(f"{first}.0.0.0/9 {rng.choice(COUNTRIES)}")
        asn.append(f"{first}.0.0.0/8 {64496 + first} Answer Net {first}")
    for part in range(64):
        country.append(f"2001:db8:{part:x}::/48 {rng.choice(COUNTRIES)}")
        asn.append(f"2001:db8:{part:x}::/{rng.choice((48, 56))} {65000 + part} Six {part}")
    for kind, lines in (("country", country), ("asn", asn)):
        write_mmdb(kind, os.path.join(directory, f"{kind}.mmdb"), lines)


def write_mmdb(kind, path, lines, *options):
    """A new database, put in place by a rename."""
    subprocess.run(["python3", os.path.join(tree.TOP, "tests/lib/mmdb.py"), kind, path + ".new", *options], check=True,
                   input="\n".join(lines) + "\n", text=True, stdout=subprocess.DEVNULL)
    os.chmod(path + ".new", 0o644)
    os.rename(path + ".new", path)


def names(count, seed=3):
    """Names under rules of the suffix list, some of them in the lists and zones below."""
    rng = random.Random(seed)
    with open(SUFFIX_LIST, encoding="utf-8") as lines:
        rules = [line.strip() for line in lines if line.strip() and not line.startswith("//")]
    rules = [rule.lstrip("!").replace("*", "w").encode("idna").decode() for rule in rules]
    for number in range(count):
        tail = rng.choice(rules) if rng.random() < 0.5 else rng.choice(("com", "co.uk", "de", "test", "github.io"))
        head = rng.choice(("", "www.", "a.b.", f"x{number % 50}.", "_dmarc."))
        middle = rng.choice(("", f"site-{rng.randrange(40)}.", f"bad{rng.randrange(60)}."))
        yield (head + middle + tail).lower()


def write_lists(directory):
    """Threat lists in two forms, a file of zones."""
    os.makedirs(os.path.join(directory, "zones.d"), exist_ok=True)
    with open(os.path.join(directory, "malware.txt"), "w", encoding="ascii") as out:
        out.write("# names\n" + "".join(f"bad{n}.com\nbad{n}.co.uk\r\n" for n in range(0, 60, 2)) + "198.51.100.66\n")
    with open(os.path.join(directory, "phishing.hosts"), "w", encoding="ascii") as out:
        out.write("127.0.0.1 localhost\n" + "".join(f"0.0.0.0 www.bad{n}.com\n" for n in range(60)))
    with open(os.path.join(directory, "zones.d", "uk.yaml"), "w", encoding="ascii") as out:
        out.write("- { name: site-7.co.uk, owner: uk-team, class: normal, residency: uk }\n- { name: test }\n")


ZONES = {"com": ("registry-watch", "wide", None), "site-7.com": ("web-team", "critical", "eu"),
         "site-7.co.uk": ("uk-team", "normal", "uk"), "test": (None, None, None)}
MALWARE_NAMES = {f"bad{n}.{tail}" for n in range(0, 60, 2) for tail in ("com", "co.uk")}
PHISHING_NAMES = {f"www.bad{n}.com" for n in range(60)}


def parents(name):
    labels = name.split(".")
    return [".".join(labels[start:]) for start in range(len(labels))]


def once_each(values):
    return list(dict.fromkeys(value for value in values if value is not None))


class Expect:
    """The enriched fields of an event, by other means than ours."""

    def __init__(self, directory):
        self.psl = Psl()
        self.country = Mmdb(os.path.join(directory, "country.mmdb"), "country", "iso_code")
        self.asn = Mmdb(os.path.join(directory, "asn.mmdb"), "autonomous_system_number")
        self.org = Mmdb(os.path.join(directory, "asn.mmdb"), "autonomous_system_organization")

    def number(self, address):
        found = self.asn.find(address)
        return int(found) if found else None

    def name_fields(self, name):
        suffix, domain = self.psl.parts(name)
        zone = next((parent for parent in parents(name) if parent in ZONES), None)
        owner, zone_class, residency = ZONES.get(zone, (None, None, None))
        return {"public_suffix": suffix, "registrable_domain": domain, "watched_zone": zone, "zone_owner": owner,
                "zone_class": zone_class, "residency": residency}

    def geo_fields(self, event):
        address, ecs = event.get("client_ip"), event.get("ecs")
        fields = dict.fromkeys(("country", "asn_id", "as_org", "ecs_country", "ecs_asn"))
        if address:
            fields.update(country=self.country.find(address), asn_id=self.number(address), as_org=self.org.find(address))
        if ecs:
            at = str(ipaddress.ip_network(ecs, strict=False).network_address)
            fields.update(ecs_country=self.country.find(at), ecs_asn=self.number(at))
        answers = event.get("answer_ips", [])
        fields["answer_country"] = once_each(self.country.find(at) for at in answers) or None
        fields["answer_asn"] = once_each(self.number(at) for at in answers) or None
        return fields

    @staticmethod
    def threat_fields(event):
        name = event.get("query_name", ".")
        if any(parent in MALWARE_NAMES for parent in parents(name)):
            found = ("malware", MALWARE)
        elif name in PHISHING_NAMES:
            found = ("phishing", PHISHING)
        elif "198.51.100.66" in event.get("answer_ips", []):
            found = ("malware", MALWARE)
        else:
            found = (None, 0)
        return {"threat_list": found[0], "threat_category": found[0], "domain_risk_score": found[1]}

    def differences(self, event):
        """Lines about the fields that are not what they should be."""
        fields = {**self.name_fields(event["query_name"]), **self.geo_fields(event), **self.threat_fields(event)}
        wrong = []
        for key, value in fields.items():
            is_value = event.get(key)
            if isinstance(value, float) and is_value is not None:
                is_value = round(is_value, 4)
            if is_value != value:
                wrong.append(f"{key} of {event['query_name']} from {event.get('client_ip')}: {is_value!r}, not {value!r}")
        return wrong
