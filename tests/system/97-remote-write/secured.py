# SPDX-FileCopyrightText: 2026 the telltale authors
# SPDX-License-Identifier: BSD-3-Clause
"""The same over TLS with client certificates and a password, which changes while samples flow."""

import base64
import os
import ssl

import certs
import prometheus
import receiver
import unbound

OLD, NEW = "correct-horse", "battery-staple"
HASHED = {  # bcrypt
    OLD: "$2b$04$telltaletesttelltaleteCFCZcQQoctVR5jIWiYxen0N3ZRAXFs6",
    NEW: "$2b$04$telltaletesttelltaletePWtnrXBYq6rOUEPPsmE7z6nEL1WkWGS",
}
WEB = """tls_server_config:
  cert_file: {server.cert}
  key_file: {server.key}
  client_ca_file: {ca}
  client_auth_type: RequireAndVerifyClientCert
basic_auth_users:
  dns: {hashed}
"""


def basic(password):
    return {"Authorization": "Basic " + base64.b64encode(f"dns:{password}".encode()).decode()}


def write_secret(path, text):
    with open(path + ".new", "w", encoding="ascii") as out:
        out.write(text + "\n")
    os.chmod(path + ".new", 0o640)
    os.rename(path + ".new", path)


def body(checks, servers):
    authority = certs.Authority(checks.path("ca"))
    pair, client = authority.server(), authority.client()
    context = ssl.create_default_context(cafile=authority.ca)
    context.load_cert_chain(client.cert, client.key)
    server = prometheus.Prometheus(
        checks.path("ps"), scheme="https", headers=basic(OLD), context=context,
        web=WEB.format(server=pair, ca=authority.ca, hashed=HASHED[OLD])).start()
    secret = checks.path("prom.pw")
    write_secret(secret, OLD)
    tls = f'tls: {{{{ ca_file: "{authority.ca}", cert_file: "{client.cert}", key_file: "{client.key}" }}}}'
    text = receiver.yaml(server.write_url, tls, f'auth: {{{{ user: dns, password_file: "{secret}" }}}}')
    host = unbound.Unbound(checks.path("us"), servers, yaml=text).start()
    lab = receiver.Lab(checks, host, server)
    lab.ask("www.plain.test")
    lab.wait_rest()
    checks(lab.books().delivered > 0, "samples arrive over TLS with a client certificate and a password", lab.books())
    lab.probe(["takes samples from us"])
    rotate(checks, lab, server, secret, WEB.format(server=pair, ca=authority.ca, hashed=HASHED[NEW]))
    checks(OLD not in host.log() and NEW not in host.log(), "no password in the log")
    checks.equal(host.stop(), 0, "Unbound stops cleanly")
    server.stop()


def rotate(checks, lab, server, secret, web):
    """The server's side first: until the file follows, requests are refused and wait."""
    server.write_web(web)  # Prometheus reads it again for each connection
    lab.wait(lambda: "answers 401" in lab.host.log(), "the old password is refused", 30)
    write_secret(secret, NEW)
    server.headers = basic(NEW)
    lab.wait_rest(90)
    lab.no_hole("a changed password")
    checks("has changed; opened anew" in lab.host.log(), "the changed file was noticed")
