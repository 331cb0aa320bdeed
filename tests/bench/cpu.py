# SPDX-FileCopyrightText: 2026 the telltale authors
# SPDX-License-Identifier: BSD-3-Clause
"""What a host costs a query in each of several forms, interleaved, and how that is reported (design.md §11).

ROUNDS (10), SECONDS (20), RATE (30000), MISS (0) of the environment change the run; say so when quoting.
MISS=0.18 mixes that share of cache misses in, at a RATE the machine can hold.
"""
import os
import pathlib
import statistics
import tempfile

import lab
import load

ROUNDS = int(os.environ.get("ROUNDS", "10"))
SECONDS = int(os.environ.get("SECONDS", "20"))
RATE = int(os.environ.get("RATE", "30000"))
MISS = float(os.environ.get("MISS", "0"))
QUERIES = 200_000


def measure(work, start, form, upstream, is_worker):
    """µs per query: threads that is_worker says are the host's workers, all host threads, and the whole process with
    its reader. start: the host's of lab.py."""
    cpu_host, cpu_load = {0}, {1 % os.cpu_count()}
    host, reader, port = start(work, form, upstream, cpu_host)
    try:
        lab.run_dnsperf(work, port, work / "warm.txt", 0, 0, cpu_load)
        before, reader_before = lab.cpu_ns(host.pid), sum(lab.cpu_ns(reader.pid).values()) if reader else 0
        completed, lost = lab.run_dnsperf(work, port, work / "queries.txt", SECONDS, RATE, cpu_load)
        after, reader_after = lab.cpu_ns(host.pid), sum(lab.cpu_ns(reader.pid).values()) if reader else 0
    finally:
        host.stop()
        if reader:
            reader.stop()
    spent = {name: after[name] - before.get(name, 0) for name in after}
    workers = sum(ns for name, ns in spent.items() if is_worker(name))
    threads = sum(ns for name, ns in spent.items() if not name.startswith("tt-"))
    total = sum(spent.values()) + reader_after - reader_before
    return {"worker": workers / completed / 1e3, "host": threads / completed / 1e3, "process": total / completed / 1e3,
            "rate": completed / SECONDS, "lost": lost}


def write_load(work):
    lines = list(load.queries(QUERIES, miss=MISS))
    (work / "queries.txt").write_text("".join(lines))
    (work / "warm.txt").write_text("".join(sorted({q for q in lines if "miss" not in q})))


def run(forms, start, is_worker):
    """ROUNDS of {form: figures}, in rotating order."""
    rounds = []
    with tempfile.TemporaryDirectory(prefix="telltale-bench-") as path:
        work = pathlib.Path(path)
        write_load(work)
        named, upstream = lab.start_named(work, {1 % os.cpu_count()})
        try:
            for number in range(ROUNDS):
                order = [forms[(number + i) % len(forms)] for i in range(len(forms))]
                rounds.append({form: measure(work, start, form, upstream, is_worker) for form in order})
                print(f"# round {number + 1}/{ROUNDS}: " + "  ".join(
                    f"{form} worker {rounds[-1][form]['worker']:.2f} process {rounds[-1][form]['process']:.2f} us"
                    f" ({rounds[-1][form]['rate']:.0f} q/s, {rounds[-1][form]['lost']} lost)" for form in forms), flush=True)
        finally:
            named.stop()
    return rounds


def report(name, rounds, form, figure):
    """One BENCH line: median extra of a form, with dnstap's as its baseline."""
    extras = {each: sorted(r[each][figure] - r["none"][figure] for r in rounds) for each in (form, "dnstap")}
    ours, dnstap = (statistics.median(extras[each]) for each in (form, "dnstap"))
    print(f"BENCH {name} {ours:.3f} us baseline={dnstap:.3f} ratio={ours / dnstap:.3f}", flush=True)
    for each in (form, "dnstap"):
        q = statistics.quantiles(extras[each], n=4) if len(extras[each]) > 1 else extras[each] * 3
        print(f"# {name} {each}: extra quartiles {q[0]:.3f} {q[1]:.3f} {q[2]:.3f} us")


def report_threads(rounds, forms):
    medians = {form: statistics.median(r[form]["host"] for r in rounds) for form in forms}
    print("# all host threads (with dnstap's own I/O thread), median us per query: " +
          "  ".join(f"{form} {value:.2f}" for form, value in medians.items()))
