# SPDX-FileCopyrightText: 2026 the telltale authors
# SPDX-License-Identifier: BSD-3-Clause
"""BENCH named_instructions_per_query: what named's net threads execute for a cached query with the plugin (baseline:
without it), counted by callgrind: the difference of a run of 8,000 and one of 2,000 queries, so that start and warming
fall out. The lines below it say the same of stock dnstap (client responses; queries and responses).
"""
import pathlib
import random
import re
import tempfile

import lab
import lab_named
import load

NAMES, FEW, MANY, ROUNDS = 2000, 2000, 8000, 3


def count(out):
    """Instructions of the threads that handle requests, of one run's files (a file a thread)."""
    total = 0
    for path in out.parent.glob(out.name + "-*"):
        text = path.read_text(errors="replace")
        if re.search(r"^c?fn=.*ns_+client_request", text, re.MULTILINE):
            total += int(re.search(r"^(?:summary|totals): (\d+)", text, re.MULTILINE)[1])
    if total == 0:
        raise SystemExit(f"no thread of named's in {out}-*")
    return total


def run_once(work, form, upstream, queries, number):
    out = work / f"callgrind.{form}.{number}"
    valgrind = ("valgrind", "--tool=callgrind", "--separate-threads=yes", f"--callgrind-out-file={out}", "-q")
    named, reader, port = lab_named.start(work, form, upstream, {0}, wrapper=valgrind)
    try:
        lab.run_dnsperf(work, port, work / "warm.txt", 0, 0, {1})
        completed, lost = lab.run_dnsperf(work, port, queries, 0, 0, {1}, clients=4)
    finally:
        named.stop()
        if reader:
            reader.stop()
    if lost:
        raise SystemExit(f"{lost} queries of {form} were lost: {work / form}/named.log")
    return count(out), completed


def per_query(work, form, upstream, number):
    (few, few_n), (many, many_n) = (run_once(work, form, upstream, work / f"{size}.txt", f"{number}.{size}")
                                    for size in (FEW, MANY))
    return (many - few) / (many_n - few_n)


def write_load(work):
    rng, zipf = random.Random(7), load.Zipf(NAMES, load.EXPONENT)
    lines = [f"n{zipf.draw(rng)}.cached.bench A\n" for _ in range(MANY)]
    for size in (FEW, MANY):
        (work / f"{size}.txt").write_text("".join(lines[:size]))
    (work / "warm.txt").write_text("".join(sorted(set(lines))))


def main():
    with tempfile.TemporaryDirectory(prefix="telltale-bench-") as path:
        work = pathlib.Path(path)
        write_load(work)
        named, upstream = lab.start_named(work, {1})
        found = {form: [] for form in ("none", "json", *lab_named.DNSTAP)}
        try:
            for number in range(ROUNDS):
                for form, counts in found.items():
                    counts.append(per_query(work, form, upstream, number))
                print(f"# round {number + 1}/{ROUNDS}: " + "  ".join(f"{form} {counts[-1]:.0f}" for form, counts in found.items()),
                      flush=True)
        finally:
            named.stop()
    median = {form: sorted(counts)[len(counts) // 2] for form, counts in found.items()}
    print(f"BENCH named_instructions_per_query {median['json']:.0f} instructions baseline={median['none']:.0f} "
          f"ratio={median['json'] / median['none']:.4f}")
    for form, what in lab_named.DNSTAP.items():
        print(f"# dnstap {{ {what}; }}: {median[form]:.0f}, ratio {median[form] / median['none']:.4f}")


main()
