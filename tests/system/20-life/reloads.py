# SPDX-FileCopyrightText: 2026 the telltale authors
# SPDX-License-Identifier: BSD-3-Clause
"""Reloads and signals under load."""

import json
import os

import load
import proc
import signal
import starts
import unbound

WARM_UP = 40


def leftovers_of(server):
    """(open files, threads, resident KiB) of the process."""
    base = f"/proc/{server.process.pid}"
    with open(base + "/status", encoding="ascii") as status:
        resident = [int(line.split()[1]) for line in status if line.startswith("VmRSS")][0]
    return len(os.listdir(base + "/fd")), len(os.listdir(base + "/task")), resident


def resting(server, files):
    """The same, when no more than `files` are open, or when a minute has not helped: Unbound asks servers that are silent
    for half of one."""
    try:
        proc.wait_for(lambda: leftovers_of(server)[0] <= files, "end of the exchanges", 60)
    except proc.Timeout:
        pass
    return leftovers_of(server)


def reload_once(server, text):
    server.write_yaml(text)
    server.control("reload")
    server.wait_ready()
    return starts.answers(server)


def under_load(checks, servers, count):
    """`count` reloads under load, each fourth with a broken file."""
    server = unbound.Unbound(checks.path("reload"), servers, server=load.SERVER).start()
    data = load.write_mix(checks.path("mix"), 20000)
    watch, fine, broken = load.Watch(server), 0, 0
    files = leftovers_of(server)[0]
    generator = load.Load(checks, server, data, seconds=3600, per_second=2000)
    for _ in range(WARM_UP if count > WARM_UP else 3):  # rings, queues and Unbound's caches have been used since
        reload_once(server, unbound.YAML)
    before = leftovers_of(server)
    for number in range(count):
        is_broken = number % 4 == 3
        broken += is_broken
        fine += reload_once(server, "node: [\n" if is_broken else unbound.YAML)
        watch.look()
    reload_once(server, unbound.YAML)
    result = generator.stop()
    checks.equal(fine, count, f"{count} reloads under load, {broken} with a broken file: Unbound answers after each")
    checks(result["completed"] > 0, "queries were answered meanwhile", result)
    refused = server.metrics.snapshot().sum("telltale_config_reloads_total", result="refused")
    checks.equal(refused, broken, "every broken file was refused, and counted")
    checks.equal(watch.backwards, [], "no counter ran backwards")
    after = resting(server, files)
    checks(after[0] <= files + 2, "no open file was leaked", (files, after))
    checks.equal(after[1], before[1], "no thread was leaked")
    grown_max = 2048 + 12 * count if count > WARM_UP else 12288  # KiB; Unbound by itself grows by 8 a reload
    checks(after[2] - before[2] < grown_max, "no memory was leaked", (before, after))
    checks.equal(server.metrics.snapshot().sum("telltale_config_stale"), 0, "the sound file is in use at the end")
    server.events.read()
    checks.equal(server.events.broken, [], "the file has whole lines")
    checks.equal(server.stop(), 0, "stops cleanly")


def stale_configuration(checks, servers):
    server = unbound.Unbound(checks.path("stale"), servers).start()
    starts.answers(server)
    before = len(starts.our_lines(server))
    server.write_yaml("node: [\n")
    server.control("reload")
    server.wait_ready()
    checks(starts.answers(server), "broken YAML at reload: Unbound answers")
    said = starts.our_lines(server)[before:]
    checks(any("telltale.yaml:" in line for line in said), "broken YAML at reload: a line names file and line", said)
    checks.equal(server.metrics.snapshot().sum("telltale_config_stale"), 1, "broken YAML at reload: telltale_config_stale 1")
    asked = server.ask("www.plain.test")
    checks(server.events.of(asked) is not None, "broken YAML at reload: the old configuration goes on")
    server.stop()


def whole_lines(path):
    """(records, what follows the last newline)."""
    with open(path, "rb") as data:
        *lines, rest = data.read().split(b"\n")
    return [json.loads(line) for line in lines], rest


def signals(checks, servers):
    """TERM under load loses nothing; KILL under load leaves a readable file."""
    data = load.write_mix(checks.path("mix2"), 20000, seed=2)
    for number, word in ((signal.SIGTERM, "TERM"), (signal.SIGKILL, "KILL")):
        server = unbound.Unbound(checks.path(word), servers, server=load.SERVER).start()
        generator = load.Load(checks, server, data, seconds=3600, per_second=5000)
        server.events.wait(lambda record: True, "the first events", 2000)
        server.process.signal(number)
        status = server.process.wait(10)
        result = generator.stop()
        records, rest = whole_lines(server.settings["events"])
        clients = sum(record.get("message_type") == "client_response" for record in records)
        checks(clients >= 1000, f"{word} under load: the file is readable", clients)
        if word == "TERM":
            checks.equal((status, rest), (0, b""), "TERM under load: clean exit, no torn line")
            meta = sum(1 for line in open(data, encoding="ascii") if "MAILB" in line) / 20000
            answered = result["completed"] * (1 - 2 * meta)
            checks(clients >= answered, "TERM under load: answered queries are in the file", (clients, result))
        server.start()
        asked = server.ask("www.plain.test")
        server.events.read()
        checks(server.events.of(asked) is not None, f"{word} under load: the next start works",
               starts.our_lines(server)[-3:])
        server.stop()
        checks.equal(whole_lines(server.settings["events"])[1], b"", f"{word} under load: then every line is whole")


def run(checks, servers, count):
    stale_configuration(checks, servers)
    under_load(checks, servers, count)
    signals(checks, servers)
