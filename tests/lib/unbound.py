# SPDX-FileCopyrightText: 2026 the telltale authors
# SPDX-License-Identifier: BSD-3-Clause
"""An Unbound with the module on free loopback ports: its configuration, life and control."""

import os
import re
import resource

import ask
import events
import metrics
import ports
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
YAML = """node: testnode
region: test-region
state_dir: "{directory}/state"
metrics: {{ listen: "127.0.0.1:{port}" }}
privacy: {{ client: full }}
sinks:
  - {{ type: file, path: "{events}" }}
"""


def make_certificate(directory):
    key = os.path.join(directory, "tls.key")
    if not os.path.exists(key):
        proc.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days",
                  "2", "-subj", "/CN=localhost", "-keyout", key, "-out", os.path.join(directory, "tls.pem")])
        os.chmod(key, 0o644)


class Unbound:
    """Set what differs, then start(). Keywords: modules, module, threads, server (lines of the server clause),
    clauses (more clauses), extended, username, yaml (text, None: the default of the tests), dynlib (more
    dynlib-file lines), build (Unbound's directory), stubs, anchor."""

    def __init__(self, directory, authority=None, **settings):
        self.directory = os.path.abspath(directory)
        os.makedirs(self.directory, exist_ok=True)
        self.settings = {
            "modules": "dynlib respip validator iterator", "threads": 2, "server": "", "clauses": "", "extended": "yes",
            "username": "", "module": tree.module(), "yaml": YAML, "dynlib": [], "build": None,
            "stubs": authority.stubs if authority else {}, "anchor": authority.anchor if authority else "",
            "events": os.path.join(self.directory, "events.jsonl"), "open_files": None}
        self.settings.update(settings)
        self.build = self.settings["build"] or tree.unbound_dir()
        self.port, self.tls_port, self.https_port = ports.free(), ports.free(), ports.free()
        self.metrics_port = ports.free()
        self.server = ask.Server("127.0.0.1", self.port, self.tls_port, self.https_port)
        self.ask, self.send = self.server.ask, self.server.send
        self.conf = os.path.join(self.directory, "unbound.conf")
        self.yaml = os.path.join(self.directory, "telltale.yaml")
        self.log_path = os.path.join(self.directory, "unbound.log")
        self.events = events.Events(self.settings["events"])
        self.metrics = metrics.Metrics(self.find_metrics)
        self.process = None

    def binary(self, name="unbound"):
        return os.path.join(self.build, "prefix/sbin", name)

    def version(self):
        """As a tuple: (1, 17, 1)."""
        said = proc.run([self.binary(), "-V"], check=False).stdout.split()[1]
        return tuple(int(part) for part in re.findall(r"\d+", said))

    def write_yaml(self, text=None):
        text = YAML if text is None else text
        new = self.yaml + ".new"
        with open(new, "w", encoding="utf-8") as out:
            out.write(text.format(directory=self.directory, port=self.metrics_port, events=self.settings["events"]))
        os.chmod(new, 0o644)
        os.rename(new, self.yaml)

    def write_conf(self):
        make_certificate(self.directory)
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

    def start(self, wait=True):
        os.makedirs(os.path.join(self.directory, "state"), exist_ok=True)
        if self.settings["username"]:
            proc.run(["chown", "-R", self.settings["username"], self.directory])
        self.write_conf()
        if self.settings["yaml"] is not None:
            self.write_yaml(self.settings["yaml"])
        self.launch([self.binary(), "-d", "-c", self.conf])
        if wait:
            self.wait_ready()
        return self

    def launch(self, argv):
        limit = self.settings["open_files"]
        if limit:
            resource.setrlimit(resource.RLIMIT_NOFILE, (limit, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
        self.process = proc.Process(argv, self.log_path, name="unbound")

    def wait_ready(self, limit_s=20.0):
        proc.wait_for(lambda: not self.process.is_alive() or self._answers(), "start of Unbound", limit_s)
        if not self.process.is_alive():
            raise RuntimeError("Unbound did not start:\n" + self.log()[-3000:])

    def _answers(self):
        return proc.run([self.binary("unbound-control"), "-c", self.conf, "status"], check=False).returncode == 0

    def control(self, *words, check=True):
        return proc.run([self.binary("unbound-control"), "-c", self.conf, *words], check=check).stdout

    def stats(self, command="stats_noreset"):
        lines = self.control(command).splitlines()
        return {key: float(value) for key, _, value in (line.partition("=") for line in lines)}

    def flush(self, zone="."):
        self.control("flush_zone", zone)

    def log(self):
        with open(self.log_path, encoding="utf-8", errors="replace") as log:
            return log.read()

    def find_metrics(self):
        """host:port of /metrics: what the module wrote beside its state."""
        state = os.path.join(self.directory, "state")
        for name in sorted(os.listdir(state)) if os.path.isdir(state) else []:
            path = os.path.join(state, name, "metrics.listen")
            if os.path.exists(path):
                with open(path, encoding="ascii") as text:
                    return text.read().strip()
        return f"127.0.0.1:{self.metrics_port}"

    def stop(self):
        return self.process.stop() if self.process else None
