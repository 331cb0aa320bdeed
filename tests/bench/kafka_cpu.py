# SPDX-FileCopyrightText: 2026 the telltale authors
# SPDX-License-Identifier: BSD-3-Clause
"""BENCH kafka_cpu_us_json_lz4, kafka_cpu_us_protobuf_lz4 (CPU time of all threads that are not Unbound's own, per event,
enriched, into a real broker) and kafka_vs_collector (all that our way to Kafka costs a query, the resolver's extra
included, against what stock dnstap, a collector and its producer cost; the broker is not counted), interleaved.

ROUNDS (10), SECONDS (20), RATE (20000) of the environment change the run. PEER=<command>: another collector (kafka_lab.py).
"""
import os
import pathlib
import statistics
import tempfile

import kafka_lab
import lab
import load

ROUNDS = int(os.environ.get("ROUNDS", "10"))
SECONDS = int(os.environ.get("SECONDS", "20"))
RATE = int(os.environ.get("RATE", "20000"))
FORMS = ("none", "json", "protobuf", "collector")
QUERIES = 200_000


def is_own(thread):
    """Of telltale and the libraries it loads: the pipeline, the sinks, librdkafka."""
    return thread.startswith(("tt-", "rdk:"))


def spent_by(pids):
    """{thread name: ns} of each process."""
    return [lab.cpu_ns(pid) for pid in pids]


def measure(work, bus, form, upstream):
    """µs per query: our threads, the whole resolver, the collector's processes; messages and bytes that came."""
    host, peers, port = bus.start(work, form, upstream, {0})
    pids = [host.pid, *(peer.pid for peer in peers)]
    try:
        lab.run_dnsperf(work, port, work / "warm.txt", 0, 0, {1})
        messages, bytes_ = bus.settle(form), bus.bytes_of(form) if form != "none" else 0
        before = spent_by(pids)
        completed, lost = lab.run_dnsperf(work, port, work / "queries.txt", SECONDS, RATE, {1})
        after = spent_by(pids)
        messages, bytes_ = bus.settle(form) - messages, (bus.bytes_of(form) if form != "none" else 0) - bytes_
    finally:
        host.stop()
        kafka_lab.stop_peers(peers)
    spent = [{name: now[name] - then.get(name, 0) for name in now} for then, now in zip(before, after)]
    own = sum(ns for name, ns in spent[0].items() if is_own(name))
    threads = {name: ns / completed / 1e3 for name, ns in spent[0].items() if is_own(name) and ns}
    return {"own": own / completed / 1e3, "threads": threads, "host": sum(spent[0].values()) / completed / 1e3,
            "peers": sum(sum(one.values()) for one in spent[1:]) / completed / 1e3, "rate": completed / SECONDS,
            "lost": lost, "stored": messages / completed, "bytes": bytes_ / max(messages, 1)}


def quartiles(name, values):
    q = statistics.quantiles(values, n=4) if len(values) > 1 else list(values) * 3
    print(f"# {name}: quartiles {q[0]:.3f} {q[1]:.3f} {q[2]:.3f}")


def report_threads(rounds, form):
    names = sorted({name for r in rounds for name in r[form]["threads"]})
    medians = [(statistics.median(r[form]["threads"].get(name, 0) for r in rounds), name) for name in names]
    print(f"# {form}, us per event by thread: " + "  ".join(f"{name} {value:.2f}" for value, name in sorted(medians)[::-1]))


def report(rounds):
    for form in ("json", "protobuf"):
        own = [r[form]["own"] for r in rounds]
        name = f"kafka_cpu_us_{form}_lz4"
        print(f"BENCH {name} {statistics.median(own):.3f} us")
        quartiles(name, own)
        report_threads(rounds, form)
    extra = {form: [r[form]["host"] + r[form]["peers"] - r["none"]["host"] for r in rounds]
             for form in ("json", "protobuf", "collector")}
    ours, theirs = statistics.median(extra["json"]), statistics.median(extra["collector"])
    print(f"BENCH kafka_vs_collector {ours:.3f} us baseline={theirs:.3f} ratio={ours / theirs:.3f}")
    for form, values in extra.items():
        quartiles(f"kafka_vs_collector {form}: extra us per query", values)
    for form in FORMS[1:]:
        rows = [r[form] for r in rounds]
        print(f"# {form}: {statistics.median(row['rate'] for row in rows):.0f} q/s, "
              f"{statistics.median(row['stored'] for row in rows):.4f} messages stored per query, "
              f"{statistics.median(row['bytes'] for row in rows):.0f} bytes per message on the broker's disk, "
              f"{sum(row['lost'] for row in rows)} answers lost")


def main():
    rounds = []
    with tempfile.TemporaryDirectory(prefix="telltale-bench-") as path:
        work = pathlib.Path(path)
        lines = list(load.queries(QUERIES))
        (work / "queries.txt").write_text("".join(lines))
        (work / "warm.txt").write_text("".join(sorted(set(lines))))
        named, upstream = lab.start_named(work, {1})
        bus = kafka_lab.Bus(work)
        try:
            for number in range(ROUNDS):
                order = [FORMS[(number + i) % len(FORMS)] for i in range(len(FORMS))]
                rounds.append({form: measure(work, bus, form, upstream) for form in order})
                print(f"# round {number + 1}/{ROUNDS}: " + "  ".join(
                    f"{form} own {row['own']:.2f} host {row['host']:.2f} peers {row['peers']:.2f} us ({row['rate']:.0f} q/s)"
                    for form, row in rounds[-1].items()), flush=True)
        finally:
            named.stop()
            bus.broker.stop()
    report(rounds)


main()
