# SPDX-FileCopyrightText: 2026 the telltale authors
# SPDX-License-Identifier: BSD-3-Clause
"""An Unbound with the module on free loopback ports: its configuration, life and control."""

import os
import re

import host
import proc
import tree

CONF = """server:
    interface: 127.0.0.1@{port}
    interface: 127.0.0.1@{tls_port}
    interface: 127.0.0.1@{https_port}
    tls-port: {tls_port}
    https-port: {https_port}
    tls-service-key: "{directory}/tls.key"
    tls-service-pem: "{directory}/tls.pem"
    do-ip6: no
    directory: "{directory}"
    pidfile: "{directory}/unbound.pid"
    chroot: ""
    username: "{username}"
    use-syslog: no
    logfile: ""
    log-time-ascii: yes
    do-daemonize: no
    do-not-query-localhost: no
    module-config: "{modules}"
    num-threads: {threads}
    aggressive-nsec: no
    prefetch: no
    local-zone: "test." nodefault
    so-reuseport: yes
    outgoing-num-tcp: 8
    incoming-num-tcp: 32
    msg-buffer-size: 65552
    trust-anchor: "{anchor}"
    val-log-level: 2
    log-servfail: yes
    statistics-interval: 0
    extended-statistics: {extended}
{server}
remote-control:
    control-enable: yes
    control-interface: "{directory}/control"
    control-use-cert: no
{clauses}
{stubs}
"""
STUB = 'stub-zone:\n    name: "{zone}"\n    stub-addr: {at}\n    stub-prime: no\n'
DYNLIB = 'dynlib:\n    dynlib-file: "{module}"\n'
YAML = host.YAML


class Unbound(host.Host):
    """Set what differs, then start(). Keywords: modules, module, threads, server (lines of the server clause),
    clauses (more clauses), extended, username, yaml (text, None: the default of the tests), dynlib (more
    dynlib-file lines), build (Unbound's directory), stubs, anchor."""

    software, name = "unbound", "Unbound"

    def __init__(self, directory, authority=None, **settings):
        super().__init__(directory, {
            "modules": "dynlib respip validator iterator", "threads": 2, "server": "", "clauses": "", "extended": "yes",
            "module": tree.module(), "dynlib": [], "build": None, "stubs": authority.stubs if authority else {},
            "anchor": authority.anchor if authority else "", **settings})
        self.build = self.settings["build"] or tree.unbound_dir()

    def binary(self, name="unbound"):
        return os.path.join(self.build, "prefix/sbin", name)

    def version(self):
        """As a tuple: (1, 17, 1)."""
        said = proc.run([self.binary(), "-V"], check=False).stdout.split()[1]
        return tuple(int(part) for part in re.findall(r"\d+", said))

    def write_conf(self):
        host.make_certificate(self.directory)
        values = dict(self.settings)
        values["server"] = "".join(f"    {line}\n" for line in values["server"].splitlines())
        values["stubs"] = "".join(STUB.format(zone=zone, at=at) for zone, at in values["stubs"].items())
        if "dynlib" in values["modules"]:
            values["clauses"] += DYNLIB.format(module=values["module"])
            values["clauses"] += "".join(f'    dynlib-file: "{line}"\n'
                                         for line in [f"config={self.yaml}", *values["dynlib"]])
        text = CONF.format(directory=self.directory, port=self.port, tls_port=self.tls_port,
                           https_port=self.https_port, **values)
        if not values["anchor"]:
            text = text.replace('    trust-anchor: ""\n', "")
        with open(self.conf, "w", encoding="utf-8") as out:
            out.write(text)

    def argv(self):
        return [self.binary(), "-d", "-c", self.conf]

    def is_ready(self):
        return proc.run([self.binary("unbound-control"), "-c", self.conf, "status"], check=False).returncode == 0

    def control(self, *words, check=True):
        return proc.run([self.binary("unbound-control"), "-c", self.conf, *words], check=check).stdout

    def stats(self, command="stats_noreset"):
        lines = self.control(command).splitlines()
        return {key: float(value) for key, _, value in (line.partition("=") for line in lines)}

    def flush(self, zone="."):
        self.control("flush_zone", zone)
