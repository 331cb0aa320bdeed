# SPDX-FileCopyrightText: 2026 the telltale authors
# SPDX-License-Identifier: BSD-3-Clause
"""BENCH sinks_dead_rss_mib: resident memory above the resolver's own with every kind of sink configured and every
server dead, without a spool, over EVENTS (10,000,000) queries; and how flat it is.

One server refuses connections, one accepts them and says nothing, one does not exist; the resolver's own is that of
the same Unbound without the module after the same load.
"""
import os
import pathlib
import socket
import statistics
import tempfile
import threading

import lab
import load

EVENTS = int(os.environ.get("EVENTS", "10000000"))
RATE = int(os.environ.get("RATE", "30000"))
EVERYWHERE = set(range(os.cpu_count()))
YAML = """node: bench
state_dir: {directory}/state
metrics: {{ listen: "127.0.0.1:{port}" }}
sinks:
  - {{ type: file, path: /proc/telltale/events.jsonl, topics: [enriched, alerts, books] }}
  - {{ name: silent, type: kafka, brokers: "127.0.0.1:{silent}", topics: [raw, enriched, alerts, books], spool: off }}
  - {{ name: refusing, type: kafka, brokers: "127.0.0.1:{dead}", topics: [enriched, alerts, books], encoding: protobuf, spool: off }}
  - {{ type: remote_write, url: "http://127.0.0.1:{silent}/api/v1/write", interval: 5s }}
  - {{ type: loki, url: "http://127.0.0.1:{dead}/loki/api/v1/push", topics: [enriched, alerts, aggregates] }}
  - {{ type: dnstap, path: {directory}/nobody.sock }}
"""


def listen_and_say_nothing():
    """A port whose connections are accepted and never answered."""
    server = socket.create_server(("127.0.0.1", 0), backlog=64)
    kept = []
    threading.Thread(target=lambda: [kept.append(server.accept()) for _ in iter(int, 1)], daemon=True).start()
    return server.getsockname()[1]


def measure(work, form, upstream, queries):
    """RSS in MiB, a figure for each twentieth of the load."""
    port = lab.free_port()
    conf = lab.unbound_conf(work, form, port, upstream, 1)
    if form == "ours":
        (conf.parent / "telltale.yaml").write_text(YAML.format(directory=conf.parent, port=lab.free_port(),
                                                               silent=listen_and_say_nothing(), dead=lab.free_port()))
    unbound = lab.Process(EVERYWHERE, conf.parent / "unbound.log", lab.unbound_dir() / "prefix/sbin/unbound", "-d", "-c", conf)
    figures, completed = [], 0
    try:
        lab.wait_for(f"unbound ({form})", lambda: lab.answers(port))
        for _ in range(20):
            done, _ = lab.run_dnsperf(work, port, queries, max(1, EVENTS // 20 // RATE), RATE, EVERYWHERE)
            completed += done
            figures.append(lab.rss_kib(unbound.pid) / 1024)
    finally:
        unbound.stop()
    return figures, completed


def main():
    with tempfile.TemporaryDirectory(prefix="telltale-bench-") as path:
        work = pathlib.Path(path)
        queries = work / "queries.txt"
        queries.write_text("".join(load.queries(200_000)))
        named, upstream = lab.start_named(work, EVERYWHERE)
        try:
            plain, _ = measure(work, "none", upstream, queries)
            ours, completed = measure(work, "ours", upstream, queries)
        finally:
            named.stop()
    added = [with_us - without for with_us, without in zip(ours, plain)]
    print(f"BENCH sinks_dead_rss_mib {max(added):.1f} MiB")
    print(f"# {completed} events; above the same Unbound without the module, MiB: " + " ".join(f"{x:.1f}" for x in added))
    print(f"# second half less first half: {statistics.mean(added[10:]) - statistics.mean(added[:10]):.1f} MiB")


main()
