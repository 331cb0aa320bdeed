# SPDX-FileCopyrightText: 2026 the telltale authors
# SPDX-License-Identifier: BSD-3-Clause
"""A real Kafka, and an Unbound that sends each client event to it in one of several forms, pinned, for one measurement.

Forms: none; json and protobuf (our Kafka sink: enriched, lz4, acks=all, a message an event); collector (Unbound's own
dnstap to Debian's Go dnstap tool in JSON mode, its lines to kcat, into the same broker with lz4 and acks=all), or
PEER=<command> in place of the Go tool: it is run with {socket} and {brokers} replaced, and sends by itself.
"""
import os
import pathlib
import shlex
import subprocess
import sys
import time

sys.path[1:1] = [str(pathlib.Path(__file__).resolve().parents[1] / "lib")]
import kafka  # noqa: E402
import lab  # noqa: E402
import pipeline  # noqa: E402

TOPIC = {"json": "json_enriched", "protobuf": "protobuf_enriched", "collector": "collector"}
YAML = """node: bench
state_dir: {directory}/state
metrics: {{ listen: "127.0.0.1:{port}" }}
privacy: {{ client: full }}
enrich:
  suffix_list: {suffix_list}
  geo: {{ country: {data}/country.mmdb, asn: {data}/asn.mmdb }}
  threats:
    - {{ name: names, file: {data}/names.txt, category: malware, score: 0.9 }}
    - {{ name: hosts, file: {data}/hosts.txt, category: phishing, score: 0.6 }}
sinks:
  - {{ type: kafka, brokers: "{brokers}", prefix: "{form}_", topics: [enriched], encoding: {form}, compression: lz4,
      only: {{ names: [bench] }}, spool: off }}
"""


class Bus:
    """The broker, on the load's processor, with a topic for each form."""

    def __init__(self, work):
        self.data = work / "data"
        self.data.mkdir()
        pipeline.write_networks(str(self.data))
        pipeline.write_lists(str(self.data))
        affinity = os.sched_getaffinity(0)
        os.sched_setaffinity(0, {1 % os.cpu_count()})
        self.broker = kafka.Kafka(str(work / "kafka"), log__retention__hours="1").start()
        os.sched_setaffinity(0, affinity)
        self.broker.create(*TOPIC.values(), partitions=4)

    def bytes_of(self, form):
        """On the broker's disk, all partitions together."""
        found = pathlib.Path(self.broker.directory, "data").glob(TOPIC[form] + "-*/*.log")
        return sum(path.stat().st_size for path in found)

    def messages(self, form):
        """How many the topic holds."""
        return 0 if form == "none" else self.broker.client().count(TOPIC[form])

    def settle(self, form):
        """The same when no more has come for a second: what is on its way is awaited, not measured."""
        found = [-1, self.messages(form)]
        while form != "none" and found[-1] != found[-2]:
            time.sleep(1)
            found.append(self.messages(form))
        return found[-1]

    def start(self, work, form, upstream, cpus):
        """(the resolver, [processes of a collector], port)."""
        port = lab.free_port()
        own = form in ("json", "protobuf")
        conf = lab.unbound_conf(work, "ours" if own else "none" if form == "none" else "dnstap", port, upstream, 1)
        directory, peers = conf.parent, []
        if own:
            (directory / "telltale.yaml").write_text(YAML.format(
                directory=directory, port=lab.free_port(), suffix_list=pipeline.enrichment.SUFFIX_LIST, data=self.data,
                brokers=self.broker.address(), form=form))
        if form == "collector":
            peers = self._start_collector(work, directory / "dnstap.sock")
        unbound = lab.Process(cpus, directory / "unbound.log", lab.unbound_dir() / "prefix/sbin/unbound", "-d", "-c", conf)
        lab.wait_for(f"unbound ({form})", lambda: lab.answers(port))
        return unbound, peers, port

    def _start_collector(self, work, sock):
        sock.unlink(missing_ok=True)
        pinned = lambda: os.sched_setaffinity(0, {0})  # noqa: E731 - where ours has its threads
        log = open(work / "collector.log", "ab")
        if os.environ.get("PEER"):
            argv = shlex.split(os.environ["PEER"].format(socket=sock, brokers=self.broker.address()))
            peers = [subprocess.Popen(argv, stdout=log, stderr=log, preexec_fn=pinned)]
        else:
            reader = subprocess.Popen(["dnstap", "-u", str(sock), "-j", "-w", "-"], stdout=subprocess.PIPE, stderr=log,
                                      preexec_fn=pinned)
            argv = ["kcat", "-P", "-b", self.broker.address(), "-t", TOPIC["collector"], "-z", "lz4", "-X", "acks=all",
                    "-X", "linger.ms=50"]
            peers = [reader, subprocess.Popen(argv, stdin=reader.stdout, stdout=log, stderr=log, preexec_fn=pinned)]
        lab.wait_for("the collector", sock.exists)
        return peers


def stop_peers(peers):
    for peer in peers:
        peer.terminate()
    for peer in peers:
        try:
            peer.wait(10)
        except subprocess.TimeoutExpired:
            peer.kill()
            peer.wait()
