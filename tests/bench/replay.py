#!/usr/bin/python3
# SPDX-FileCopyrightText: 2026 the telltale authors
# SPDX-License-Identifier: BSD-3-Clause
"""CPU time of a dnstap file of 1,000,000 frames to JSON lines: telltalectl replay, and the tools that print every field.

The others read the first 200,000 frames (the same load, the same seed) and are scaled by five: their time grows with
the frames. Interleaved rounds, user and system time of the process, output to the null device. Short forms, which
print one line of few fields, stand beside it without a ratio."""

import os
import shutil
import statistics
import subprocess
import sys

sys.path[:0] = [os.path.join(os.path.dirname(os.path.realpath(__file__)), "../lib")]
import dnstap  # noqa: E402
import tree  # noqa: E402

FRAMES, PART = 1000000, 200000
ROUNDS = int(os.environ.get("ROUNDS", "7"))
WHOLE_FILE, PART_FILE = (os.path.join(tree.BUILD, "bench", f"replay-{count}.dnstap") for count in (FRAMES, PART))
OURS = [os.path.join(tree.BUILD, "telltalectl"), "replay", WHOLE_FILE]
FULL = {"dnstap-ldns -y": ["dnstap-ldns", "-y", "-r", PART_FILE], "dnstap-read -y": ["dnstap-read", "-y", PART_FILE],
        "dnstap -j": ["dnstap", "-j", "-r", PART_FILE]}
SHORT = {"dnstap-ldns -q": ["dnstap-ldns", "-q", "-r", PART_FILE], "dnstap-read": ["dnstap-read", PART_FILE],
         "dnstap -q": ["dnstap", "-q", "-r", PART_FILE]}


def write_files():
    os.makedirs(os.path.dirname(WHOLE_FILE), exist_ok=True)
    for path, count in ((WHOLE_FILE, FRAMES), (PART_FILE, PART)):
        if not os.path.exists(path):
            size = dnstap.Load().write(path + ".part", count)
            os.rename(path + ".part", path)
            print(f"# {path}: {count} frames, {size / 1e6:.0f} MB")


def cpu_s(argv):
    """User and system time of one run, all threads."""
    child = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != 0:
        raise RuntimeError(f"{argv[0]}: exit status {child.returncode}")
    return usage.ru_utime + usage.ru_stime


def main():
    there = {name: argv for name, argv in {**FULL, **SHORT}.items() if shutil.which(argv[0])}
    missing = sorted({argv[0] for name, argv in {**FULL, **SHORT}.items() if name not in there})
    if missing:
        print(f"# not installed, left out: {', '.join(missing)}")
    write_files()
    times = {name: [] for name in ["ours", *there]}
    for number in range(ROUNDS):
        names = list(times)
        for name in names[number % len(names):] + names[:number % len(names)]:
            scale = 1 if name == "ours" else FRAMES / PART
            times[name].append(cpu_s(OURS if name == "ours" else there[name]) * scale)
    medians = {name: statistics.median(values) for name, values in times.items()}
    rivals = [name for name in FULL if name in medians]
    if rivals:
        best = min(rivals, key=medians.get)
        print(f"BENCH replay_to_json {medians['ours']:.3f} cpu_s baseline={medians[best]:.3f} "
              f"ratio={medians[best] / medians['ours']:.2f}")
        print(f"# baseline: {best}, {PART} frames scaled to {FRAMES}")
    else:
        print(f"BENCH replay_to_json {medians['ours']:.3f} cpu_s")
    for name, values in times.items():
        low, _, high = statistics.quantiles(values, n=4) if len(values) > 1 else [values[0]] * 3
        print(f"# {name:15} {medians[name]:7.3f} s, quartiles {low:.3f} {high:.3f}, {medians[name] / FRAMES * 1e6:.3f} µs a frame"
              f"{', short form' if name in SHORT else ''}")


main()
