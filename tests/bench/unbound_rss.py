# SPDX-FileCopyrightText: 2026 the telltale authors
# SPDX-License-Identifier: BSD-3-Clause
"""BENCH unbound_rss_mib: resident memory that telltale adds to Unbound, default configuration, two
threads, after the same load with and without; bench_rss feeds random names into the ring."""
import os
import pathlib
import statistics
import subprocess
import tempfile

import lab
import load

ROUNDS = int(os.environ.get("ROUNDS", "3"))
SECONDS = int(os.environ.get("SECONDS", "10"))


def measure(work, form, upstream, queries):
    everywhere = set(range(os.cpu_count()))
    unbound, _, port = lab.start_unbound(work, form, upstream, everywhere, threads=2)
    try:
        lab.run_dnsperf(work, port, queries, SECONDS, 20000, everywhere)
        return lab.rss_kib(unbound.pid) / 1024
    finally:
        unbound.stop()


def main():
    with tempfile.TemporaryDirectory(prefix="telltale-bench-") as path:
        work = pathlib.Path(path)
        queries = work / "queries.txt"
        queries.write_text("".join(load.queries(200_000)))
        named, upstream = lab.start_named(work, set(range(os.cpu_count())))
        try:
            pairs = [(measure(work, "none", upstream, queries), measure(work, "ours", upstream, queries)) for _ in range(ROUNDS)]
        finally:
            named.stop()
    added = [ours - none for none, ours in pairs]
    print(f"BENCH unbound_rss_mib {statistics.median(added):.1f} MiB")
    print("# with and without: " + "  ".join(f"{ours:.1f} - {none:.1f}" for none, ours in pairs))
    with tempfile.TemporaryDirectory(prefix="telltale-bench-") as path:
        subprocess.run([lab.ROOT / "build/tests/bench/bench_rss", path], check=True)


main()
