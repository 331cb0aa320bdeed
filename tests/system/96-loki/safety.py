# SPDX-FileCopyrightText: 2026 the telltale authors
# SPDX-License-Identifier: BSD-3-Clause
"""Who is let in: servers with certificates that do not hold, clients with certificates and tokens, tokens that change."""

import ssl

import certs
import loki_double
import proc
import rig

COUNT = 40
CANARY = "canary-9f2c51d7"
WORDS = {certs.EXPIRED: "expired", certs.SELF_SIGNED: "self-signed", certs.WRONG_HOST: "no alternative certificate subject name",
         certs.OTHER_CA: "self-signed certificate in certificate chain"}


def server_side(pair, ca=None):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pair.cert, pair.key)
    if ca:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(ca)
    return context


def sink(name, double, tls, more=""):
    return (f'{{ name: {name}, type: loki, url: "{double.push}", topics: [enriched], timeout: 5s, '
            f'tls: {{ {tls} }}{more} }}')


def said(server, name):
    return [line for line in server.log().splitlines() if f"sink {name}:" in line]


def test_certificates(checks):
    authority = certs.Authority(checks.path("certs"))
    ca = f'ca_file: "{authority.ca}"'
    client = authority.client()
    doubles = {kind: loki_double.Double(tls=server_side(authority.server(kind))) for kind in certs.KINDS}
    doubles["mutual"] = loki_double.Double(tls=server_side(authority.server(), authority.ca))
    doubles["unknown"] = loki_double.Double(tls=server_side(authority.server(), authority.ca))
    sinks = [sink(kind, doubles[kind], ca) for kind in certs.KINDS]
    sinks.append(sink("mutual", doubles["mutual"], f'{ca}, cert_file: "{client.cert}", key_file: "{client.key}"'))
    sinks.append(sink("unknown", doubles["unknown"], ca))
    server = rig.start(checks, "certificates.d", sinks)
    rig.ask(server, COUNT)
    for name in (certs.GOOD, "mutual"):
        rig.wait_delivered(server, name, COUNT)
        checks.equal(len(doubles[name].all()), COUNT, f"{name}: all arrived")
    for kind, words in WORDS.items():
        proc.wait_for(lambda kind=kind: said(server, kind), f"word of {kind}", 20)
        checks(words in said(server, kind)[0], f"{kind}: refused, and why", said(server, kind)[0])
        rig.check_books(checks, rig.books(server, kind), {"queued": COUNT, "delivered": 0, "dropped": 0}, kind)
    proc.wait_for(lambda: said(server, "unknown"), "word of a server that asks for a certificate", 20)
    for name in [*WORDS, "unknown"]:
        checks.equal(doubles[name].all(), [], f"{name}: nothing arrived")
    server.stop()
    for double in doubles.values():
        double.close()


def leaks(server, text):
    """Where a secret shows that must not."""
    places = {"the log": server.log(), "metrics": server.metrics.text()}
    for name in ("cmdline", "environ"):
        with open(f"/proc/{server.process.pid}/{name}", "rb") as lines:
            places[name] = lines.read().decode("utf-8", "replace")
    with open(server.settings["events"], encoding="utf-8") as lines:
        places["records"] = lines.read()
    return [name for name, words in places.items() if text in words]


def rotate(server, double, path, number, at):
    """First Loki takes another token, then the file has it; queries go on all the time."""
    token = f"{CANARY}-{number}"
    double.token = token
    rig.ask(server, COUNT, at)
    rig.write_secret(path, token)
    rig.ask(server, COUNT, at + COUNT)
    rig.wait_delivered(server, "loki", at + 2 * COUNT)


def test_token(checks):
    double = loki_double.Double(token=CANARY + "-0", tenant="dns")
    path = checks.path("loki.token")
    rig.write_secret(path, CANARY + "-0")
    server = rig.start(checks, "token.d", [
        f'{{ name: loki, type: loki, url: "{double.push}", topics: [enriched], tenant: dns, timeout: 5s, '
        f'auth: {{ mechanism: bearer, token_file: "{path}" }} }}'])
    rig.ask(server, COUNT)
    rig.wait_delivered(server, "loki", COUNT)
    total = COUNT
    for number in (1, 2, 3):
        rotate(server, double, path, number, total)
        total += 2 * COUNT
    counts = rig.books(server, "loki")
    rig.check_books(checks, counts, {"offered": total, "delivered": total, "dropped": 0}, "three tokens later")
    checks.equal(len(double.records("enriched")), total, "nothing was lost while tokens changed")
    checks(double.statuses.get(401, 0) > 0, "and Loki did refuse the old ones", double.statuses)
    checks.equal(leaks(server, CANARY), [], "no token shows anywhere")
    server.stop()
    double.close()
