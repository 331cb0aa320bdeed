# SPDX-FileCopyrightText: 2026 the telltale authors
# SPDX-License-Identifier: BSD-3-Clause
"""The ends of a named under load: asked politely everything is written, killed the file is readable."""

import json
import signal

import load
import rig

YAML = rig.named.YAML.replace('path: "{events}"', 'path: "{events}", topics: [enriched, books]')
ENDS = [("TERM", lambda server: server.process.signal(signal.SIGTERM)),
        ("INT", lambda server: server.process.signal(signal.SIGINT)),
        ("rndc stop", lambda server: server.control("stop")),
        ("rndc halt", lambda server: server.control("halt")),
        ("KILL", lambda server: server.process.signal(signal.SIGKILL))]


def whole_lines(path):
    """(records, what follows the last newline)."""
    with open(path, "rb") as data:
        *lines, rest = data.read().split(b"\n")
    return [json.loads(line) for line in lines], rest


def is_client(record):
    return record.get("message_type") in ("client_response", "auth_response")


def judge_books(checks, what, records):
    """The last books record of the events: every record has one fate, and the file holds what it says."""
    final = [record for record in records if record["kind"] == "books" and record.get("final") and
             record["topic"] == "enriched"]
    if not checks.equal(len(final), 1, f"{what}: one final record of the books"):
        return
    found, events = final[0], sum(record["kind"] == "dns" for record in records)
    lost, filtered, dropped = (sum(found.get(word, {}).values()) for word in ("lost", "filtered", "dropped"))
    of_ports = sum(port["last"] - port["first"] + 1 for port in found["ports"])
    checks.equal((of_ports, found["seen"]), (found["observed"], found["observed"] - lost), f"{what}: every sequence number")
    checks.equal(found["seen"] - filtered - found["sampled_out"],
                 found["delivered"] + found["uncertain"] + found["queued"] + dropped, f"{what}: every record has one fate")
    checks.equal((events, lost, dropped), (found["delivered"] + found["queued"], 0, 0), f"{what}: all of it is in the file")


def judge_polite(checks, what, server, status, records, rest, result):
    clients = sum(map(is_client, records))
    checks.equal((status, rest), (0, b""), f"{what} under load: clean exit, no torn line")
    checks(clients >= result["completed"], f"{what} under load: every answered query is in the file", (clients, result))
    judge_books(checks, f"{what} under load", records)
    checks("telltale" not in server.stderr(), f"{what} under load: nothing of ours on standard error", server.stderr())


def run(checks, servers):
    data = load.write_mix(checks.path("mix-ends"), 20000, seed=2, others=load.OBSERVED)
    for number, (what, end) in enumerate(ENDS):
        server = rig.Logged(checks.path(f"end{number}"), servers, views=rig.views(), yaml=YAML).start()
        generators = [load.Load(checks, server, data, seconds=3600, per_second=2500, source=source)
                      for source in ("127.0.0.1", rig.INNER)]
        server.events.wait(is_client, "the first events", 2000)
        end(server)
        status = server.process.wait(15)
        results = [generator.stop() for generator in generators]
        result = {word: sum(one[word] for one in results) for word in ("sent", "completed")}
        records, rest = whole_lines(server.settings["events"])
        clients = sum(map(is_client, records))
        checks(clients >= 1000, f"{what} under load: the file is readable", clients)
        checks.equal({record.get("view") for record in records if is_client(record)}, {"inner", "outer"},
                     f"{what} under load: both views are in it")
        if what != "KILL":
            judge_polite(checks, what, server, status, records, rest, result)
        server.start()
        checks(server.tells() and server.tells(rig.INNER), f"{what} under load: the next start works", server.lines()[-3:])
        checks.equal(server.stop(), 0, f"{what} under load: then it stops cleanly")
        checks.equal(whole_lines(server.settings["events"])[1], b"", f"{what} under load: then every line is whole")
