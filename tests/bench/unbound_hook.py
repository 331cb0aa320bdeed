# SPDX-FileCopyrightText: 2026 the telltale authors
# SPDX-License-Identifier: BSD-3-Clause
"""BENCH unbound_hook_ns_p50: time of the whole reply callback on a cache hit, inside Unbound under load,
the stopwatch's own time taken off; and what our code called there: allocator, locks, system calls.

Once over the load's 200,000 names, whose records are cold in every cache of the processor when we copy
them (Unbound encodes them right after and finds them warm), and once over 2,000, to tell the two costs apart.
System calls are compared, not traced back: those of the worker per 1,000 queries with and without us.
"""
import collections
import os
import pathlib
import subprocess
import tempfile

import lab
import load

SECONDS = int(os.environ.get("SECONDS", "20"))
RATE = int(os.environ.get("RATE", "30000"))


def timed_run(work, upstream, queries):
    out = work / "probe.txt"
    os.environ["TT_PROBE_OUT"] = str(out)
    lab.MODULE = lab.ROOT / "build/telltale-unbound-probe.so"
    try:
        unbound, _, port = lab.start_unbound(work, "ours", upstream, {0})
        try:
            lab.run_dnsperf(work, port, work / "warm.txt", 0, 0, {1 % os.cpu_count()})
            lab.run_dnsperf(work, port, queries, SECONDS, RATE, {1 % os.cpu_count()})
        finally:
            unbound.stop()
    finally:
        lab.MODULE = lab.ROOT / "build/telltale-unbound.so"
    return [line.split() for line in out.read_text().splitlines()]


def syscalls_per_query(work, form, upstream, queries):
    """{system call: number per 1,000 queries} of the worker thread, by strace, at a low rate."""
    unbound, _, port = lab.start_unbound(work, form, upstream, {0})
    trace = work / f"{form}.strace"
    try:
        lab.run_dnsperf(work, port, work / "warm.txt", 0, 0, {1 % os.cpu_count()})
        strace = subprocess.Popen(["strace", "-c", "-o", trace, "-p", str(unbound.pid)], stderr=subprocess.DEVNULL)
        status = pathlib.Path(f"/proc/{unbound.pid}/status")
        lab.wait_for("strace", lambda: f"TracerPid:\t{strace.pid}" in status.read_text())
        completed, _ = lab.run_dnsperf(work, port, queries, 5, 2000, {1 % os.cpu_count()})
        strace.send_signal(2)
        strace.wait(20)
    finally:
        unbound.stop()
    counts = collections.Counter()
    for line in trace.read_text().splitlines():
        words = line.split()
        if len(words) >= 5 and words[0][0].isdigit() and words[-1] != "total":
            counts[words[-1]] = int(words[3]) * 1000 / completed
    return counts


def write_load(work, names):
    queries = list(load.queries(400_000, miss=0.02, names=names))
    (work / "queries.txt").write_text("".join(queries))
    (work / "warm.txt").write_text("".join(sorted({q for q in queries if "miss" not in q})))
    return work / "queries.txt"


def main():
    with tempfile.TemporaryDirectory(prefix="telltale-bench-") as path:
        work = pathlib.Path(path)
        named, upstream = lab.start_named(work, {1 % os.cpu_count()})
        try:
            few = timed_run(work, upstream, write_load(work, 2000))
            queries = write_load(work, load.NAMES)
            figures = timed_run(work, upstream, queries)
            calls = {form: syscalls_per_query(work, form, upstream, queries) for form in ("none", "ours")}
        finally:
            named.stop()
    by_name = {words[0]: words[1:] for words in figures}
    print(f"BENCH unbound_hook_ns_p50 {by_name['cache'][2]} ns")
    for name in ("cache", "reply", "servfail", "query", "response"):
        n, q1, q2, q3, p99 = by_name[name]
        print(f"# hook {name}: {n} calls, quartiles {q1} {q2} {q3} ns, p99 {p99} ns")
    n, q1, q2, q3, p99 = {words[0]: words[1:] for words in few}["cache"]
    print(f"# hook cache over 2,000 names: {n} calls, quartiles {q1} {q2} {q3} ns, p99 {p99} ns")
    watch = by_name["watch"]
    print(f"# stopwatch {watch[0]} ns taken off; calls of ours in hooks: allocator {watch[2]}, locks {watch[4]}")
    names = sorted(set(calls["none"]) | set(calls["ours"]))
    print("# worker's system calls per 1,000 queries, without us and with us: " +
          "  ".join(f"{n} {calls['none'][n]:.0f}/{calls['ours'][n]:.0f}" for n in names))


main()
