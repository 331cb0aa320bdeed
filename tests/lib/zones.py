# SPDX-FileCopyrightText: 2026 the telltale authors
# SPDX-License-Identifier: BSD-3-Clause
"""The zones of the tests: plain, signed, badly signed, expired, delegated, changing.

Everything below test. has test.'s key as trust anchor; what lies outside has none. A zone that a responder
or nobody serves is delegated here like the others, so that the validator finds a proof that it is unsigned.
"""

import os

import proc

HEAD = """$TTL 300
@ SOA ns.test. hostmaster.test. {serial} 3600 600 86400 {negative}
@ NS ns.test.
"""

WWW = """www 120 A 192.0.2.80
www 120 A 192.0.2.81
www 60 AAAA 2001:db8::80
mail MX 10 www
text TXT "one" "two"
alias 200 CNAME www
chain 200 CNAME alias
outward CNAME www.plain.test.
*.wild A 192.0.2.90
sub.deep A 192.0.2.91
brief 1 A 192.0.2.92
blocked-ip A 192.0.2.66
dropped-ip A 192.0.2.67
caa CAA 0 issue "ca.test"
svc HTTPS 1 . alpn="h2"
"""

BIG = "".join(f'big TXT "{number:03d}{"x" * 200}"\n' for number in range(20))

# Types that are seldom asked, names in RDATA with capitals, strings of odd bytes, more records than an event holds.
RARE = r"""srv SRV 10 5 443 WwW
_443._tcp.www TLSA 3 1 1 8d02536c887482bc34ff54e41d2ba659bf85b341a0a20afadb5813dcfbcf286d
svcb SVCB 1 www alpn="h3" port=8443
naptr NAPTR 100 10 "u" "E2U+sip" "!^.*$!sip:a@secure.test!" .
sshfp SSHFP 4 2 123456789abcdef67890123456789abcdef67890123456789abcdef123456789
ptr PTR WWW
mixed MX 10 Mail.WWW
mixed MX 20 www
odd TXT "" "quo\"te back\\slash" "\000\127\200\255"
odd TXT "second"
codes CAA 128 tbs "Unknown"
codes CAA 0 iodef "mailto:a@ca.test"
unknown TYPE65280 \# 4 0a000001
dname DNAME deep
loop CNAME pool
pool CNAME loop
dangling CNAME nothing.deep
zero 0 A 192.0.2.93
LONG A 192.0.2.94
""".replace("LONG", ".".join(letter * 60 for letter in "abc") + "." + "d" * 50)
MANY = "".join(f"many A 192.0.2.{number}\n" for number in range(110, 150))

# Names with every byte value: one label each, the byte between two letters.
BYTES = "".join(f"a\\{byte:03d}b.bytes A 192.0.2.100\n" for byte in range(256))

# Served by a responder, see there, at an address each and the port of all: a resolver that asks every server at that
# port gets there by the delegations, another has stub zones for them.
RESPONDER_ZONES = ("slow", "servfail", "refused", "lame", "malformed", "formerr", "dead", "truncated", "throttled")


def zone_texts(address, child_address, responders):
    """The text of every zone, by name. responders: name below test. -> address."""
    head = HEAD.format(serial=1, negative=5)
    test = head + f"ns A {address}\n" + "plain A 192.0.2.1\n"
    for name in ("secure", "bogus", "expired", "plain", "changing"):
        test += f"{name} NS ns\n"
    test += "".join(f"{name} NS ns.{name}\nns.{name} A {at}\n" for name, at in responders.items())
    if child_address:
        test += f"parent NS ns\nchild.parent NS ns.child.parent\nns.child.parent A {child_address}\n"
    texts = {
        ".": head + f"test. NS ns.test.\nns.test. A {address}\noutside. NS ns.test.\n",
        "outside": head + WWW,
        "test": test,
        "secure.test": head + WWW + RARE + MANY + BIG + BYTES,
        "bogus.test": head + WWW,
        "expired.test": head + WWW,
        "plain.test": head + WWW + RARE + MANY + BIG + BYTES,
        "changing.test": head.replace("300", "1") + "www 1 A 192.0.2.10\n",
    }
    if child_address:
        texts["parent.test"] = head + f"child NS ns.child\nns.child A {child_address}\n"
    return texts


def file_of(zone):
    return ("root" if zone == "." else zone) + ".zone"


def _write(directory, zone, text):
    path = os.path.join(directory, file_of(zone))
    with open(path, "w", encoding="ascii") as out:
        out.write(f"$ORIGIN {zone.rstrip('.')}.\n{text}")
    return path


def _make_key(directory, zone):
    """A combined signing key; its base name."""
    made = proc.run(["dnssec-keygen", "-q", "-a", "ECDSAP256SHA256", "-f", "KSK", "-K", directory, zone])
    return made.stdout.split()[-1]


def _record_of(directory, key):
    with open(os.path.join(directory, key + ".key"), encoding="ascii") as lines:
        return [line.strip() for line in lines if not line.startswith(";")][0]


def _ds_of(directory, key):
    return proc.run(["dnssec-dsfromkey", "-2", os.path.join(directory, key + ".key")]).stdout


def _sign(directory, zone, key, *options):
    path = os.path.join(directory, file_of(zone))
    with open(path, "a", encoding="ascii") as out:
        out.write(_record_of(directory, key) + "\n")
    proc.run(["dnssec-signzone", "-q", "-z", "-o", zone, "-f", path + ".signed", *options, path,
              os.path.join(directory, key)], cwd=directory)
    os.rename(path + ".signed", path)


def make(directory, address, child_address, responders):
    """Writes and signs all zones of the main server. Returns (zone names, trust anchor line)."""
    texts = zone_texts(address, child_address, responders)
    keys = {zone: _make_key(directory, zone) for zone in ("test", "secure.test", "bogus.test", "expired.test")}
    other = _make_key(directory, "bogus.test")
    texts["test"] += _ds_of(directory, keys["secure.test"]) + _ds_of(directory, keys["expired.test"])
    texts["test"] += _ds_of(directory, other)  # not the key that signs bogus.test
    for zone, text in texts.items():
        _write(directory, zone, text)
    _sign(directory, "secure.test", keys["secure.test"])
    _sign(directory, "bogus.test", keys["bogus.test"])
    _sign(directory, "expired.test", keys["expired.test"], "-s", "20200101000000", "-e", "20200201000000", "-P")
    _sign(directory, "test", keys["test"])
    return list(texts), _record_of(directory, keys["test"])
