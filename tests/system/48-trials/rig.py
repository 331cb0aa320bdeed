# SPDX-FileCopyrightText: 2026 the telltale authors
# SPDX-License-Identifier: BSD-3-Clause
"""Real servers behind fault proxies, and a resolver that is asked all along while something goes wrong."""

import os

import books
import fault_proxy
import kafka
import loki_double
import metrics
import ports
import proc
import prometheus
import steady
import unbound

PER_SECOND = int(os.environ.get("PER_SECOND", "200"))
TOPICS = ("raw", "normalized", "enriched", "alerts", "books")
YAML = """node: testnode
state_dir: "{{directory}}/state"
metrics: {{{{ listen: "127.0.0.1:{{port}}" }}}}
tap: off
{more}sinks:
  - {{{{ name: file, type: file, path: "{{events}}", topics: [enriched, alerts, books] }}}}
{sinks}"""
SERVER = 'local-zone: "k.test" redirect\nlocal-data: "k.test. 300 A 192.0.2.150"\n'
# So that what takes a production client half a minute takes seconds.
HASTE = ("properties: { request.timeout.ms: 3000, socket.timeout.ms: 4000, reconnect.backoff.max.ms: 1000, "
         "topic.metadata.refresh.interval.ms: 1000 }")


class Lab:
    """broker, prom, loki: the servers; bus, samples, lines: the proxies in front of them."""

    def __init__(self, checks):
        self.checks = checks
        self.broker = kafka.Kafka(checks.path("kafka"))
        self.broker.ports["FAULTY"] = ports.free()
        self.bus = fault_proxy.Proxy(("127.0.0.1", self.broker.ports["FAULTY"]))
        self._advertise()
        self.prom = prometheus.Prometheus(checks.path("prometheus"))
        self.samples = fault_proxy.Proxy(("127.0.0.1", self.prom.port))
        self.loki_port, self.loki = ports.free(), None
        self.lines = fault_proxy.Proxy(("127.0.0.1", self.loki_port))

    def _advertise(self):
        """One more listener, whose clients are told to come back through the proxy."""
        names = [name for name in self.broker.ports if name != "CONTROLLER"]
        at = {**self.broker.ports, "FAULTY": self.bus.port}
        plain = {"PLAIN": "PLAINTEXT", "CONTROLLER": "PLAINTEXT", "FAULTY": "PLAINTEXT", "SSL": "SSL"}
        self.broker.properties["advertised__listeners"] = ",".join(f"{name}://127.0.0.1:{at[name]}" for name in names)
        self.broker.properties["listener__security__protocol__map"] = ",".join(
            f"{name}:{plain.get(name, 'SASL_SSL')}" for name in self.broker.ports)

    def start(self):
        self.broker.start()
        self.broker.create(*(f"dns_{topic}" for topic in TOPICS))
        self.prom.start()
        self.loki = loki_double.Double(port=self.loki_port)

    def stop(self):
        self.broker.stop()
        self.prom.stop()
        self.loki.close()

    def kafka_sink(self, name="bus", more="topics: [enriched, alerts, books]", host="127.0.0.1"):
        return f'{{ name: {name}, type: kafka, brokers: "{host}:{self.bus.port}", {more}, {HASTE} }}'

    def loki_sink(self, more="topics: [enriched]", host="127.0.0.1"):
        return (f'{{ name: lines, type: loki, url: "http://{host}:{self.lines.port}/loki/api/v1/push", timeout: 2s, '
                f'{more} }}')

    def prom_sink(self, more="interval: 5s", host="127.0.0.1"):
        return (f'{{ name: prom, type: remote_write, url: "http://{host}:{self.samples.port}/api/v1/write", timeout: 3s, '
                f'{more} }}')

    def sinks(self, **words):
        return [self.kafka_sink(**words), self.loki_sink(**words), self.prom_sink(**words)]


class Host:
    """An Unbound under a small, steady load. sinks: rows of YAML, braces as they are; more: other keys, lines."""

    def __init__(self, checks, name, sinks, more="", of=unbound.Unbound, **settings):
        self.checks, self.name, self.more, self.settings = checks, name, more, settings
        settings["server"] = SERVER + settings.get("server", "")
        self.unbound = of(checks.path(name), threads=1, yaml=self.yaml(sinks), **settings)
        self.at, self.client, self.starts = 0, None, 0

    def yaml(self, sinks, more=None):
        def double(text):
            return text.replace("{", "{{").replace("}", "}}")
        more = self.more if more is None else more
        return YAML.format(more=double(more), sinks="".join(f"  - {double(sink)}\n" for sink in sinks))

    def start(self, **options):
        self.unbound.start(**options)
        self.starts += 1
        self.client = steady.Steady(self.unbound.port, f"{self.name}{self.starts}x", per_second=PER_SECOND).start()
        return self

    def asked(self, count=100):
        """Waits until so many queries were sent in this life."""
        proc.wait_for(lambda: self.client.asked >= count, "queries", 30)
        return self

    def mark(self):
        """said() tells what was logged since."""
        self.at = len(self.unbound.log())

    def said(self, *words):
        """The lines of the log with all these words."""
        return [line for line in self.unbound.log()[self.at:].splitlines() if all(word in line for word in words)]

    def wait_said(self, *words, limit_s=40.0):
        """As a check: it is said, and once."""
        try:
            proc.wait_for(lambda: self.said(*words), "word", limit_s)
        except proc.Timeout:
            pass
        found = self.said(*words)
        return self.checks(len(found) == 1, f"one line of the log says: {' … '.join(words)}",
                           found or self.unbound.log()[self.at:][-1500:])

    def snapshot(self):
        """Of the page, which comes a moment after the start and goes for one at a reload."""
        text = proc.wait_for(self.unbound.metrics.text_if_there, "metrics", 20)
        return metrics.Snapshot(metrics.parse(text))

    def books(self, sink, topic="enriched"):
        return books.SinkBooks(self.snapshot(), sink, topic)

    def moves(self, sink, topic="enriched"):
        """Waits until more is delivered than now, by 20."""
        before = self.books(sink, topic).delivered
        proc.wait_for(lambda: self.books(sink, topic).delivered >= before + 20, f"delivery by {sink}", 60)

    def rest(self, *pairs, limit_s=90.0):
        """No more queries; until nothing of these sinks and topics waits."""
        self.quiet()

        def is_at_rest():
            rows = [self.books(*pair) for pair in pairs]
            return all(row.is_at_rest() for row in rows)
        try:
            proc.wait_for(is_at_rest, "rest", limit_s)
        except proc.Timeout:
            self.checks(False, f"{self.name}: all queues are empty in the end", [str(self.books(*pair)) for pair in pairs])

    def quiet(self):
        """The load ends; all of it was answered."""
        if self.client is None:
            return
        client, self.client = self.client.stop(), None
        self.checks(len(client.answered) >= 0.99 * client.asked > 0,
                    f"{self.name}: it answered all along, {len(client.answered)} of {client.asked}")

    def exact(self, expected=None):
        """The books of all sinks; expected: {(sink, topic): reasons of drops}, none where none are given."""
        expected = expected or {}
        for row in books.of_sinks(self.snapshot()):
            reasons = {reason for reason, count in row.reasons.items() if count}
            self.checks(row.difference() == 0 and row.uncertain == 0 and
                        reasons == expected.get((row.sink, row.topic), set()), f"{self.name}: books of {row.sink}, {row.topic}", row)
            if row.offered:
                print(f"     {row}", flush=True)

    def stop(self, status=0):
        self.quiet()
        self.checks.equal(self.unbound.stop(), status, f"{self.name}: stops cleanly")


def spool(host, name="bus"):
    return os.path.join(host.unbound.directory, "state/unbound-1/spool", name)
