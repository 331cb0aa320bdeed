# SPDX-FileCopyrightText: 2026 the telltale authors
# SPDX-License-Identifier: BSD-3-Clause
"""What every host under test has in common: a directory of its own, free ports, the YAML file, events and metrics."""

import os
import resource

import ask
import events
import metrics
import ports
import proc

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


class Host:
    """A subclass has: software (the word in events), name (in messages), settings of its own, write_conf(), argv()
    and is_ready(). Settings of all: username, yaml (text; None: no file), events (path), open_files, env."""

    software = name = None

    def __init__(self, directory, settings):
        self.directory = os.path.abspath(directory)
        os.makedirs(self.directory, exist_ok=True)
        self.settings = {"username": "", "yaml": YAML, "open_files": None, "env": {},
                         "events": os.path.join(self.directory, "events.jsonl"), **settings}
        self.port, self.tls_port, self.https_port = ports.free(), ports.free(), ports.free()
        self.metrics_port = ports.free()
        self.server = ask.Server("127.0.0.1", self.port, self.tls_port, self.https_port)
        self.ask, self.send = self.server.ask, self.server.send
        self.conf = os.path.join(self.directory, self.name.lower() + ".conf")
        self.yaml = os.path.join(self.directory, "telltale.yaml")
        self.log_path = os.path.join(self.directory, self.name.lower() + ".log")
        self.events = events.Events(self.settings["events"])
        self.metrics = metrics.Metrics(self.find_metrics)
        self.process, self.log_start = None, 0

    def write_yaml(self, text=None):
        text = YAML if text is None else text
        new = self.yaml + ".new"
        with open(new, "w", encoding="utf-8") as out:
            out.write(text.format(directory=self.directory, port=self.metrics_port, events=self.settings["events"]))
        os.chmod(new, 0o644)
        os.rename(new, self.yaml)

    def write_conf(self):
        raise NotImplementedError

    def argv(self):
        raise NotImplementedError

    def is_ready(self):
        raise NotImplementedError

    def start(self, wait=True):
        os.makedirs(os.path.join(self.directory, "state"), exist_ok=True)
        if self.settings["username"]:
            proc.run(["chown", "-R", self.settings["username"], self.directory])
        self.write_conf()
        if self.settings["yaml"] is not None:
            self.write_yaml(self.settings["yaml"])
        self.launch(self.argv())
        if wait:
            self.wait_ready()
        return self

    def launch(self, argv):
        limit = self.settings["open_files"]
        if limit:
            resource.setrlimit(resource.RLIMIT_NOFILE, (limit, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
        self.log_start = os.path.getsize(self.log_path) if os.path.exists(self.log_path) else 0
        env = {**os.environ, **self.settings["env"]}
        self.process = proc.Process(argv, self.log_path, name=self.name.lower(), env=env)

    def wait_ready(self, limit_s=60.0):
        proc.wait_for(lambda: not self.process.is_alive() or self.is_ready(), f"start of {self.name}", limit_s)
        if not self.process.is_alive():
            raise RuntimeError(f"{self.name} did not start:\n" + self.log()[-3000:])

    def log(self):
        with open(self.log_path, encoding="utf-8", errors="replace") as log:
            return log.read()

    def log_of_this_start(self):
        with open(self.log_path, "rb") as log:
            log.seek(self.log_start)
            return log.read().decode("utf-8", "replace")

    def find_metrics(self):
        """host:port of /metrics: what the core wrote beside its state."""
        state = os.path.join(self.directory, "state")
        for name in sorted(os.listdir(state)) if os.path.isdir(state) else []:
            path = os.path.join(state, name, "metrics.listen")
            if os.path.exists(path):
                with open(path, encoding="ascii") as text:
                    return text.read().strip()
        return f"127.0.0.1:{self.metrics_port}"

    def stop(self):
        return self.process.stop() if self.process else None
