# SPDX-FileCopyrightText: 2026 the telltale authors
# SPDX-License-Identifier: BSD-3-Clause
"""One Unbound under load in one form: without the module, or with every sink, with spools or without."""

import os
import time

import books
import exits
import load
import proc
import tree
import unbound

FROZEN_S, PER_SECOND = float(os.environ.get("FROZEN_S", "6")), int(os.environ.get("PER_SECOND", "5000"))
WARM_S, AFTER_S, LIMIT_S = 2.0, 2.0, 300.0
TIMEOUT_S = 2  # of the sinks: each gives up and tries again more than once while all stands still
# Of every sink the keys that differ.
FORMS = {
    "none": None,
    "spool": {"bus": "{{ topics: [enriched, alerts], size: 6GiB }}",
              "tap": ", spool: {{ size: 6GiB }}",
              "lines": ", spool: {{ topics: [enriched, aggregates, alerts], size: 256MiB }}", "metrics": ", queue: 64MiB",
              "queue": ""},
    "memory": {"bus": "off", "tap": ", queue: 16MiB", "lines": ", queue: 2MiB", "metrics": ", queue: 1MiB",
               "queue": ", queue: 16MiB"},
}
# Loki takes alerts, aggregates and some 500 events a second, whatever the load: the stand-in for it is Python, which looks
# at each line; at 30,000 a second it would take a core from what is under test.
SHARE = min(1.0, 500 / PER_SECOND)
EVENTS = (("bus", "enriched"), ("dnstap", "dnstap"), ("loki", "enriched"))
METRICS = ("remote_write", "metrics")
# Each watched zone is a series of its own with a long label, and begins with a zero: so a single snapshot after the first
# queries in all of them is more than the smallest queue of remote write holds, where ordinary ones last for hours.
ZONES_N, ZONES_PER_SECOND = 3000, 2000
YAML = """node: testnode
state_dir: "{{directory}}/state"
zones_dir: "{zones}"
metrics: {{{{ listen: "127.0.0.1:{{port}}" }}}}
aggregates: {{{{ top: 50 }}}}
tap: off
sinks:
{sinks}"""
SERVER = 'local-zone: "k.test" redirect\nlocal-data: "k.test. 300 A 192.0.2.150"\nso-rcvbuf: 4m\n'


def wait(seconds):
    end = time.monotonic() + seconds
    proc.wait_for(lambda: time.monotonic() > end, "the time", seconds + 5)


def wait_for(condition, what, limit_s=LIMIT_S):
    """As of proc, but it asks four times a second: a page of /metrics takes the CPU of the resolver."""
    looked = 0.0

    def looks():
        nonlocal looked
        if time.monotonic() < looked + 0.25:
            return None
        looked = time.monotonic()
        return condition()
    return proc.wait_for(looks, what, limit_s)


class Servers:
    """One of every kind, fresh."""

    def __init__(self, checks, keys, name):
        self.bus = exits.Bus(checks.path(f"kafka.{name}"), keys["bus"], "[enriched, alerts]", keys["queue"])
        self.tap = exits.Tap(checks.path(f"tap.{name}"), f", timeout: {TIMEOUT_S}s" + keys["tap"])
        self.prometheus = exits.Metrics(checks.path(f"prometheus.{name}"), more=f", timeout: {TIMEOUT_S}s" + keys["metrics"])
        self.loki = exits.Lines(checks.path(f"loki.{name}"), f", timeout: {TIMEOUT_S}s, topics: [enriched, aggregates, alerts], "
                                f"sample: {SHARE:.6f}" + keys["lines"])
        self.all = [self.bus, self.tap, self.prometheus, self.loki]

    def start(self):
        self.bus.start()
        for server in self.all[1:]:
            server.start()
        return self

    def stop(self):
        for server in self.all:
            server.stop()


class Names:
    """What is asked: names without end that are all answered alike, and one in each watched zone."""

    def __init__(self, checks):
        self.data, self.in_zones, self.zones = checks.path("names"), checks.path("names-in-zones"), checks.path("zones")
        zones = [".".join(f"{number:04d}{os.urandom(28).hex()}" for _ in range(3)) + ".k.test"
                 for number in range(ZONES_N)]
        os.makedirs(self.zones)
        for path, lines in ((self.data, (f"n{number}.k.test A\n" for number in range(100000))),
                            (self.in_zones, (f"www.{zone} A\n" for zone in zones)),
                            (os.path.join(self.zones, "many.yaml"), (f"- name: {zone}\n" for zone in zones))):
            with open(path, "w", encoding="ascii") as out:
                out.writelines(lines)


class Form:
    """rows and page: books by (sink, topic), and all of /metrics, of the last look; frozen: rows just before SIGCONT."""

    def __init__(self, checks, name, servers, names, number):
        self.checks, self.name, self.servers, self.names = checks, name, servers, names
        self.figures = checks.path(f"probe.{name}.{number}")
        settings = {"modules": "respip validator iterator", "yaml": None}
        if servers:
            sinks = "".join(server.sink for server in servers.all)
            settings = {"yaml": YAML.format(sinks=sinks, zones=names.zones),
                        "module": os.path.join(tree.BUILD, "telltale-unbound-probe.so"),
                        "env": {"TT_PROBE_OUT": self.figures, "TT_PROBE_SWITCHES": "1"}}
        self.host = unbound.Unbound(checks.path(f"{name}.{number}"), server=SERVER, threads=1, **settings)
        self.page, self.rows, self.frozen, self.arrived_s = None, {}, {}, 0.0

    def look(self):
        self.page = self.host.metrics.snapshot()
        self.rows = {(row.sink, row.topic): row for row in books.of_sinks(self.page)}
        return self.rows

    def run(self):
        """What dnsperf says of the load."""
        self.host.start()
        generator = self.ask(self.names.data, int(WARM_S + LIMIT_S * 2 + FROZEN_S), PER_SECOND)
        wait(WARM_S)
        if self.servers:
            for server in self.servers.all:
                server.freeze()
            self.spoil()
        in_zones = self.ask(self.names.in_zones, None, ZONES_PER_SECOND, runs=1)
        wait(FROZEN_S)
        if self.servers:
            wait_for(self.has_all_happened, "what shall happen meanwhile")
            for server in self.servers.all:
                server.thaw()
        thawed, self.frozen = time.monotonic(), self.rows
        if self.servers:
            self.arrived_s = self.wait_for_arrival(thawed)
        wait(max(0.0, thawed + AFTER_S - time.monotonic()))
        self.checks(generator.is_running(), f"{self.name}: traffic went on all the while")
        result = {word: value + in_zones.result()[word] for word, value in generator.stop().items()}
        if self.servers:
            wait_for(self.is_at_rest, "rest")
        return result

    def ask(self, data, seconds, per_second, runs=None):
        return load.Load(self.checks, self.host, data, seconds=seconds, per_second=per_second, runs=runs)

    def spoil(self):
        """A configuration that is refused: an alert about ourselves 5 s later, while nobody listens."""
        with open(self.host.yaml, "a", encoding="ascii") as out:
            out.write("nonsense: yes\n")

    def has_all_happened(self):
        """The alert is there, and the spools or queues have more than the servers' sockets took."""
        rows = self.look()
        is_alert = all(rows[sink, "alerts"].offered > 0 for sink in ("bus", "loki"))
        if self.name == "spool":
            return is_alert and all(rows[pair].spooled > 0 for pair in EVENTS) and rows[METRICS].queued > 2 * ZONES_N
        return is_alert and all(rows[pair].dropped > 0 for pair in (*EVENTS, METRICS))

    def wait_for_arrival(self, thawed):
        """All that was offered before SIGCONT has gone out, while more comes in: the seconds it took."""
        wanted = {pair: row.offered for pair, row in self.frozen.items()}

        def has_arrived():
            rows = self.look()
            return all(rows[pair].offered - rows[pair].queued - rows[pair].spooled >= offered
                       for pair, offered in wanted.items())
        wait_for(has_arrived, "arrival")
        return time.monotonic() - thawed

    def is_at_rest(self):
        return all(row.is_at_rest() for row in self.look().values()) and not self.unexplained()

    def unexplained(self):
        """Events that neither the books of a sink nor what was lost before them explain, by sink."""
        of_sinks = {sink: int(books.Books(self.page, sink).record_difference()) for sink, _ in EVENTS}
        return {sink: count for sink, count in of_sinks.items() if count}

    def stop(self):
        self.checks.equal(self.host.stop(), 0, f"{self.name}: stops cleanly")
        if self.servers:
            with open(self.figures, encoding="ascii") as text:
                words = text.readline().split()
            self.checks.equal(words[words.index("switches") + 1], "0", f"{self.name}: no voluntary switch inside a hook")
