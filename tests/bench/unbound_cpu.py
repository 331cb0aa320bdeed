# SPDX-FileCopyrightText: 2026 the telltale authors
# SPDX-License-Identifier: BSD-3-Clause
"""BENCH unbound_cpu_us_workers and unbound_cpu_us_process: what telltale adds to Unbound's CPU time per
query, against what stock dnstap with its reader adds, at a fixed rate, interleaved (design.md §11).

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


def measure(work, form, upstream, queries):
    """µs per query: worker, all host threads, whole process with its reader."""
    cpu_host, cpu_load = {0}, {1 % os.cpu_count()}
    unbound, reader, port = lab.start_unbound(work, form, upstream, cpu_host)
    try:
        lab.run_dnsperf(work, port, work / "warm.txt", 0, 0, cpu_load)
        before, reader_before = lab.cpu_ns(unbound.pid), sum(lab.cpu_ns(reader.pid).values()) if reader else 0
        completed, lost = lab.run_dnsperf(work, port, queries, SECONDS, RATE, cpu_load)
        after, reader_after = lab.cpu_ns(unbound.pid), sum(lab.cpu_ns(reader.pid).values()) if reader else 0
    finally:
        unbound.stop()
        if reader:
            reader.stop()
    spent = {name: after[name] - before.get(name, 0) for name in after}
    host = sum(ns for name, ns in spent.items() if not name.startswith("tt-"))
    total = sum(spent.values()) + reader_after - reader_before
    return {"worker": spent["main"] / completed / 1e3, "host": host / completed / 1e3, "process": total / completed / 1e3,
            "completed": completed, "lost": lost, "rate": completed / SECONDS}


def report(name, rounds, figure):
    """One BENCH line: median extra of ours, with dnstap's as its baseline."""
    extras = {form: sorted(r[form][figure] - r["none"][figure] for r in rounds) for form in ("ours", "dnstap")}
    ours, dnstap = (statistics.median(extras[form]) for form in ("ours", "dnstap"))
    print(f"BENCH {name} {ours:.3f} us baseline={dnstap:.3f} ratio={ours / dnstap:.3f}", flush=True)
    for form in ("ours", "dnstap"):
        q = statistics.quantiles(extras[form], n=4) if len(extras[form]) > 1 else extras[form] * 3
        print(f"# {name} {form}: extra quartiles {q[0]:.3f} {q[1]:.3f} {q[2]:.3f} us")


def main():
    rounds = []
    with tempfile.TemporaryDirectory(prefix="telltale-bench-") as path:
        work = pathlib.Path(path)
        queries = work / "queries.txt"
        lines = list(load.queries(QUERIES, miss=MISS))
        queries.write_text("".join(lines))
        (work / "warm.txt").write_text("".join(sorted({q for q in lines if "miss" not in q})))
        named, upstream = lab.start_named(work, {1 % os.cpu_count()})
        try:
            for number in range(ROUNDS):
                order = [lab.FORMS[(number + i) % 3] for i in range(3)]
                rounds.append({form: measure(work, form, upstream, queries) for form in order})
                print(f"# round {number + 1}/{ROUNDS}: " + "  ".join(
                    f"{form} worker {rounds[-1][form]['worker']:.2f} process {rounds[-1][form]['process']:.2f} us"
                    f" ({rounds[-1][form]['rate']:.0f} q/s, {rounds[-1][form]['lost']} lost)" for form in lab.FORMS), flush=True)
        finally:
            named.stop()
    report("unbound_cpu_us_workers", rounds, "worker")
    report("unbound_cpu_us_process", rounds, "process")
    medians = {form: statistics.median(r[form]["host"] for r in rounds) for form in lab.FORMS}
    print("# all host threads (with dnstap's own I/O thread), median us per query: " +
          "  ".join(f"{form} {value:.2f}" for form, value in medians.items()))


main()
