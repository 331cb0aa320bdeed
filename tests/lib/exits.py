# SPDX-FileCopyrightText: 2026 the telltale authors
# SPDX-License-Identifier: BSD-3-Clause
"""One real server of every kind that records leave to, and the sinks for them: for tests of outages.

Each server has start(), stop(), kill(), freeze(), thaw(), restart(); `sink` is its row of `sinks:` in YAML. more: further
keys of that row, as they follow the others (", queue: 1MiB").
"""

import os
import signal
import sys

import check
import kafka
import ports
import proc
import prometheus

TOPICS = ("dns_enriched", "dns_alerts", "dns_books")


class Server:
    """A process that is started again with the same address and data."""

    sink = ""

    def __init__(self):
        self.process = None

    def launch(self):
        raise NotImplementedError

    def start(self):
        self.process = self.launch()
        return self

    def is_alive(self):
        return self.process is not None and self.process.is_alive()

    def stop(self):
        return self.process.stop()

    def kill(self):
        self.process.kill()

    def freeze(self):
        self.process.signal(signal.SIGSTOP)

    def thaw(self):
        self.process.signal(signal.SIGCONT)

    def restart(self):
        self.thaw()
        self.kill()
        return self.start()


class Bus(kafka.Kafka):
    """Kafka, whose records carry the time when they came. spool: the value of the key in YAML."""

    def __init__(self, directory, spool, topics="[enriched, alerts, books]", more=""):
        super().__init__(directory, log__message__timestamp__type="LogAppendTime")
        self.sink = (f'  - {{{{ name: bus, type: kafka, brokers: "{self.address()}", topics: {topics}, '
                     f'spool: {spool}{more} }}}}\n')

    def start(self, wait=True):
        is_new = not self.is_formatted
        super().start(wait)
        if is_new:
            self.create(*TOPICS)
        return self

    def restart(self):
        self.thaw()
        self.kill()
        return self.start()


class Tap(Server):
    """fstrm_capture on a unix socket, what it gets goes to a file of its own each time."""

    def __init__(self, directory, more=""):
        super().__init__()
        os.makedirs(directory, exist_ok=True)
        self.directory, self.starts = directory, 0
        self.socket = os.path.join(directory, "dnstap.sock")
        self.sink = f"  - {{{{ type: dnstap, path: {self.socket}{more} }}}}\n"

    def launch(self):
        self.starts += 1
        if os.path.exists(self.socket):
            os.unlink(self.socket)
        process = proc.Process(["fstrm_capture", "-t", "protobuf:dnstap.Dnstap", "-u", self.socket, "-w",
                                os.path.join(self.directory, f"{self.starts}.fstrm")],
                               os.path.join(self.directory, "log"))
        proc.wait_for(lambda: os.path.exists(self.socket), "fstrm_capture")
        return process


class Metrics(Server):
    """Prometheus, which takes remote write."""

    def __init__(self, directory, interval="5s", more=""):
        super().__init__()
        self.server = prometheus.Prometheus(directory)
        self.sink = f'  - {{{{ type: remote_write, url: "{self.server.write_url}", interval: {interval}{more} }}}}\n'

    def launch(self):
        self.server.start()
        return self.server.process


class Lines(Server):
    """The stand-in for Loki."""

    def __init__(self, directory, more=""):
        super().__init__()
        self.port, self.log_path = ports.free(), directory + ".log"
        self.sink = f'  - {{{{ type: loki, url: "http://127.0.0.1:{self.port}/loki/api/v1/push"{more} }}}}\n'

    def launch(self):
        script = os.path.join(os.path.dirname(os.path.realpath(__file__)), "loki_server.py")
        start = os.path.getsize(self.log_path) if os.path.exists(self.log_path) else 0
        process = proc.Process([sys.executable, script, self.port], self.log_path, name="loki_server")
        proc.wait_for(lambda: "ready" in process.log()[start:] or not process.is_alive(), "the stand-in for Loki", 30)
        return process


def need():
    check.need_tool("fstrm_capture", "prometheus")


def others(checks):
    """All servers but Kafka, not started."""
    return [Tap(checks.path("tap")), Metrics(checks.path("prometheus")), Lines(checks.path("loki"))]
