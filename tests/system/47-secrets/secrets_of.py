# SPDX-FileCopyrightText: 2026 the telltale authors
# SPDX-License-Identifier: BSD-3-Clause
"""Servers that let nobody in without a secret, and how each secret is changed on both sides while records flow."""

import base64
import ctypes
import os
import secrets
import ssl

import certs
import kafka
import loki_double
import proc
import prometheus

TOPICS = ("dns_enriched", "dns_alerts", "dns_books")
WEB = """tls_server_config:
  cert_file: {server.cert}
  key_file: {server.key}
  client_ca_file: {ca}
  client_auth_type: RequireAndVerifyClientCert
basic_auth_users:
  dns: {hashed}
"""


def bcrypt(password):
    """As Prometheus wants it in its file; by the C library of passwords, Python has none any more."""
    lib = ctypes.CDLL("libcrypt.so.1")
    lib.crypt.restype = ctypes.c_char_p
    return lib.crypt(password.encode(), b"$2b$04$" + b"telltaletesttelltaletu").decode()


def replace(path, data, mode=0o640):
    """A new file in the place of the old one, as it is rotated."""
    with open(path + ".new", "wb") as out:
        out.write(data)
    os.chmod(path + ".new", mode)
    os.rename(path + ".new", path)


class Keeper:
    """The files of secrets, in a directory of their own; canaries: what stands or stood in them."""

    def __init__(self, directory, canaries):
        self.directory, self.canaries, self.count = directory, canaries, 0
        os.makedirs(directory, exist_ok=True)
        self.authority = certs.Authority(os.path.join(directory, "ca"))

    def path(self, name):
        return os.path.join(self.directory, name)

    def new(self, name):
        """The next value of a text, known as a canary before anybody uses it."""
        value = secrets.token_hex(20)
        self.canaries.add(name, value.encode())
        return value

    def write(self, name, value, mode=0o640):
        replace(self.path(name), value.encode() + b"\n", mode)

    def new_key(self, name="client.key"):
        """Another key with its certificate, put where the old ones are: the key last."""
        self.count += 1
        pair = self.authority.client(f"client{self.count}")
        der = pair.key + ".der"
        proc.run(["openssl", "ec", "-in", pair.key, "-outform", "DER", "-out", der])
        with open(der, "rb") as data, open(pair.key, "rb") as pem:
            scalar, lines = data.read()[7:39], pem.read().splitlines()
            self.canaries.add(name, scalar, scalar[::-1], lines[1][48:64], lines[2][:22])
            pem.seek(0)
            key = pem.read()
        with open(pair.cert, "rb") as text:
            replace(self.path("client.pem"), text.read())
        replace(self.path(name), key)


class Kafka(kafka.Kafka):
    """Asks for the password again every few seconds on a connection that stays: an old one does not live on."""

    def __init__(self, directory, keeper):
        super().__init__(directory, connections__max__reauth__ms="4000",
                         listener__name__sasl__ssl__client__auth="required")
        self.keeper = keeper
        self.properties["listener__name__sasl__ssl__truststore__location"] = keeper.authority.ca

    def change(self):
        """Kafka's own tool changes it in the broker; then the file."""
        value = self.keeper.new("kafka.pw")
        self.java("kafka.admin.ConfigCommand", "--bootstrap-server", self.address(), "--alter", "--entity-type", "users",
                  "--entity-name", kafka.USER, "--add-config", f"SCRAM-SHA-512=[password={value}]")
        self.keeper.write("kafka.pw", value)

    def sink(self, keeper):
        return (f'  - {{{{ name: bus, type: kafka, brokers: "{self.address("SASL", "localhost")}", '
                f'topics: [enriched, alerts, books], spool: {{{{ topics: [enriched, alerts], size: 256MiB }}}}, '
                f'tls: {{{{ ca_file: "{self.authority.ca}", cert_file: "{keeper.path("client.pem")}", '
                f'key_file: "{keeper.path("client.key")}" }}}}, '
                f'auth: {{{{ mechanism: scram-sha-512, user: dns, password_file: "{keeper.path("kafka.pw")}" }}}} }}}}\n')


class Prometheus(prometheus.Prometheus):
    """Basic authentication, and a client certificate."""

    def __init__(self, directory, keeper):
        self.keeper, self.pair = keeper, keeper.authority.server()
        context = ssl.create_default_context(cafile=keeper.authority.ca)
        own = keeper.authority.client("reader")
        context.load_cert_chain(own.cert, own.key)
        super().__init__(directory, web="", scheme="https", context=context)

    def change(self):
        """Prometheus reads its file again for each connection."""
        value = self.keeper.new("prom.pw")
        self.canary_of_pair(value)
        self.write_web(WEB.format(server=self.pair, ca=self.keeper.authority.ca, hashed=bcrypt(value)))
        self.headers = {"Authorization": "Basic " + base64.b64encode(f"dns:{value}".encode()).decode()}
        self.keeper.write("prom.pw", value)

    def canary_of_pair(self, value):
        """What stands in the header is also a canary, from end to end."""
        self.keeper.canaries.by_name["prom.pw"][-1].add(base64.b64encode(f"dns:{value}".encode()))

    def sink(self, keeper):
        return (f'  - {{{{ name: prom, type: remote_write, url: "{self.write_url}", interval: 5s, timeout: 5s, '
                f'{tls(keeper)}, auth: {{{{ user: dns, password_file: "{keeper.path("prom.pw")}" }}}} }}}}\n')


class Loki:
    """The stand-in, with TLS that asks for a certificate."""

    def __init__(self, keeper):
        pair, self.keeper = keeper.authority.server(), keeper
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(pair.cert, pair.key)
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(keeper.authority.ca)
        self.double = loki_double.Double(tls=context, token="none yet")

    def change(self):
        self.double.token = self.keeper.new("loki.token")
        self.keeper.write("loki.token", self.double.token)

    def sink(self, keeper):
        return (f'  - {{{{ name: lines, type: loki, url: "{self.double.push}", topics: [enriched, alerts], timeout: 5s, '
                f'{tls(keeper)}, auth: {{{{ mechanism: bearer, token_file: "{keeper.path("loki.token")}" }}}}, '
                'spool: {{ topics: [enriched, alerts], size: 256MiB }} }}\n')


def tls(keeper):
    return (f'tls: {{{{ ca_file: "{keeper.authority.ca}", cert_file: "{keeper.path("client.pem")}", '
            f'key_file: "{keeper.path("client.key")}" }}}}')
