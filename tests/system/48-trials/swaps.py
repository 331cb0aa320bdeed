# SPDX-FileCopyrightText: 2026 the telltale authors
# SPDX-License-Identifier: BSD-3-Clause
"""A database, the configuration and a certificate are replaced in the middle: by nonsense, then by something good."""

import os
import ssl

import certs
import loki_double
import mmdb
import proc
import rig


def put(path, data):
    with open(path + ".new", "wb") as out:
        out.write(data)
    os.chmod(path + ".new", 0o640)
    os.rename(path + ".new", path)


def database(code):
    return mmdb.build([("127.0.0.0/8", mmdb.country_record(code, "nested"))], ip_version=4, epoch=1, database_type="t-country")


def country(host):
    return host.unbound.events.read()[-1].get("country")


class Secure:
    """A stand-in for Loki that asks for certificates, and ours."""

    def __init__(self, checks):
        self.authority = certs.Authority(checks.path("swap-ca"))
        pair = self.authority.server()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(pair.cert, pair.key)
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(self.authority.ca)
        self.double = loki_double.Double(tls=context)
        self.cert, self.key, self.count = checks.path("swap.pem"), checks.path("swap.key"), 0
        self.renew()

    def renew(self):
        self.count += 1
        pair = self.authority.client(f"c{self.count}")
        for source, target in ((pair.cert, self.cert), (pair.key, self.key)):
            with open(source, "rb") as data:
                put(target, data.read())

    def sink(self):
        return (f'{{ name: safe, type: loki, url: "{self.double.push}", topics: [enriched], timeout: 2s, tls: {{ '
                f'ca_file: "{self.authority.ca}", cert_file: "{self.cert}", key_file: "{self.key}" }} }}')


def swap_database(checks, host, path):
    put(path, b"nonsense")
    host.wait_said("swap.mmdb", limit_s=60)
    host.moves("bus")
    checks.equal(country(host), "DE", "a database of nonsense: the old one stays")
    put(path, database("FR"))
    proc.wait_for(lambda: country(host) == "FR", "the new database", 60)
    checks(True, "a good one: it is used")


def swap_certificate(checks, host, safe):
    host.mark()
    put(safe.cert, b"nonsense")
    host.wait_said("sink safe:", "swap.pem", limit_s=30)
    host.moves("safe")
    checks(True, "a certificate of nonsense: the old one stays in use")
    safe.renew()
    host.moves("safe")
    checks.equal(host.books("safe").dropped, 0, "then a good one: none is lost")


def swap_configuration(checks, lab, host, sinks):
    host.mark()
    good = host.yaml(sinks + [f'{{ name: late, type: file, path: "{checks.path("late.jsonl")}", topics: [enriched] }}'])
    host.unbound.write_yaml(good + "nonsense: yes\n")
    host.unbound.control("reload")
    host.wait_said("nonsense", limit_s=30)
    host.moves("bus")
    host.unbound.write_yaml(good)
    host.unbound.control("reload")
    host.moves("late")
    host.moves("bus")
    checks(True, "a configuration of nonsense: the old one goes on; a good one: it is used, and the other sinks go on")


def test(checks, lab):
    safe, path = Secure(checks), checks.path("swap.mmdb")
    put(path, database("DE"))
    sinks = [lab.kafka_sink(), safe.sink()]
    host = rig.Host(checks, "swaps", sinks, more=f'enrich: {{ geo: {{ country: "{path}" }} }}\nprivacy: {{ client: full }}\n')
    host.start()
    host.moves("safe")
    proc.wait_for(lambda: country(host) == "DE", "the first database", 30)
    host.mark()
    swap_database(checks, host, path)
    swap_certificate(checks, host, safe)
    swap_configuration(checks, lab, host, sinks)
    host.rest(("bus", "enriched"), ("safe", "enriched"))
    host.exact()
    checks.equal(safe.double.broken, [], "Loki has seen no broken rule")
    host.stop()
    safe.double.close()
