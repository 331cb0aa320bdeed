# SPDX-FileCopyrightText: 2026 the telltale authors
# SPDX-License-Identifier: BSD-3-Clause
"""The same over TLS with client certificates and a password, which changes while samples flow."""

import base64
import os
import ssl
import time

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


class Secured:
    """In the order of its methods; samples flow from the first on, whatever else is tested meanwhile."""

    def __init__(self, checks, servers):
        authority = certs.Authority(checks.path("ca"))
        self.pair, self.ca, client = authority.server(), authority.ca, authority.client()
        context = ssl.create_default_context(cafile=self.ca)
        context.load_cert_chain(client.cert, client.key)
        self.checks, self.secret = checks, checks.path("prom.pw")
        self.server = prometheus.Prometheus(checks.path("ps"), scheme="https", headers=basic(OLD), context=context,
                                            web=self.web(OLD)).start()
        write_secret(self.secret, OLD)
        tls = f'tls: {{{{ ca_file: "{self.ca}", cert_file: "{client.cert}", key_file: "{client.key}" }}}}'
        text = receiver.yaml(self.server.write_url, tls, f'auth: {{{{ user: dns, password_file: "{self.secret}" }}}}')
        self.host = unbound.Unbound(checks.path("us"), servers, yaml=text).start()
        self.lab = receiver.Lab(checks, self.host, self.server)
        self.started = self.changed = time.time()
        self.lab.ask("www.plain.test")

    def web(self, password):
        return WEB.format(server=self.pair, ca=self.ca, hashed=HASHED[password])

    def flow(self):
        self.lab.wait_rest(since=self.started)
        self.checks(self.lab.books().delivered > 0,
                    "samples arrive over TLS with a client certificate and a password", self.lab.books())
        self.lab.probe(["takes samples from us"])

    def refuse(self):
        """The server's side of the change first: until the file follows, requests are refused and wait."""
        self.server.write_web(self.web(NEW))  # Prometheus reads it again for each connection

    def follow(self):
        self.lab.wait(lambda: "answers 401" in self.host.log(), "the old password is refused", 30)
        write_secret(self.secret, NEW)
        self.server.headers = basic(NEW)
        self.changed = time.time()

    def end(self):
        self.lab.wait_rest(90, since=self.changed)
        self.lab.no_hole("a changed password")
        self.checks("has changed; opened anew" in self.host.log(), "the changed file was noticed")
        self.checks(OLD not in self.host.log() and NEW not in self.host.log(), "no password in the log")
        self.checks.equal(self.host.stop(), 0, "Unbound stops cleanly")
        self.server.stop()
