# SPDX-FileCopyrightText: 2026 the telltale authors
# SPDX-License-Identifier: BSD-3-Clause
"""What depends on the machine costs that part only: directories, ports, locks of others, leftovers."""

import json
import os
import socket

import ports
import proc
import starts
import unbound


def asks_and_tells(server):
    asked = server.ask("www.plain.test")
    return asked.rcode == "NOERROR" and server.events.of(asked) is not None


def said(server, words, limit_s=5.0):
    """True when a line of ours with these words is in the log, or comes soon."""
    try:
        return proc.wait_for(lambda: any(words in line for line in starts.our_lines(server)), words, limit_s)
    except proc.Timeout:
        return False


def unwritable(checks, servers):
    """The state directory cannot be written; the file sink lies elsewhere and works."""
    directory = checks.path("unwritable")
    os.makedirs(directory)
    with open(os.path.join(directory, "state"), "w", encoding="ascii") as file:
        file.write("not a directory\n")
    server = unbound.Unbound(directory, servers)
    server.write_conf()
    server.write_yaml()
    server.launch([server.binary(), "-d", "-c", server.conf])
    server.wait_ready()
    checks(asks_and_tells(server), "state_dir cannot be made: Unbound answers, other sinks work", starts.our_lines(server))
    checks(said(server, "state"), "state_dir cannot be made: a line says so", starts.our_lines(server))
    checks(starts.has_metrics(server), "state_dir cannot be made: /metrics is served")
    server.stop()
    text = unbound.YAML.replace("{events}", "/proc/no-such/events.jsonl")
    server = unbound.Unbound(checks.path("nosink"), servers, yaml=text).start()
    checks(starts.answers(server), "the sink's path cannot be made: Unbound answers")
    checks(said(server, "no-such"), "the sink's path cannot be made: a line says so", starts.our_lines(server))
    checks.equal(server.metrics.snapshot().sum("telltale_sink_up"), 0, "the sink's path cannot be made: the metric says so")
    server.stop()


def port_range(count):
    """Sockets that hold `count` ports in a row, and the first of them."""
    while True:
        first, held = ports.free(), []
        for port in range(first, first + count):
            sock = socket.socket()
            try:
                sock.bind(("127.0.0.1", port))
                sock.listen()
            except OSError:
                break
            held.append(sock)
        if len(held) == count:
            return first, held
        for sock in held:
            sock.close()


def taken_ports(checks, servers):
    first, held = port_range(16)
    server = unbound.Unbound(checks.path("port"), servers)
    server.metrics_port = first
    held[3].close()
    server.start()
    proc.wait_for(lambda: starts.has_metrics(server), "/metrics on another port")
    checks.equal(server.find_metrics(), f"127.0.0.1:{first + 3}", "metrics port taken: the next free one, written down")
    checks(said(server, str(first + 3)), "metrics port taken: the log names it", starts.our_lines(server))
    server.stop()
    held[3] = socket.socket()
    held[3].setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    held[3].bind(("127.0.0.1", first + 3))
    held[3].listen()
    server = unbound.Unbound(checks.path("port2"), servers)
    server.metrics_port = first
    server.start()
    checks(asks_and_tells(server), "all 16 metrics ports taken: events come all the same")
    lines = [line for line in starts.our_lines(server) if str(first) in line]
    checks.equal(len(lines), 1, f"all 16 metrics ports taken: one line says so: {lines}")
    server.stop()
    for sock in held:
        sock.close()


def leftovers(checks, servers):
    """Lock files of a killed process do not keep the next from its place; a living one keeps its own."""
    server = unbound.Unbound(checks.path("left"), servers).start()
    checks(asks_and_tells(server), "first start")
    server.process.kill()
    server.start()
    checks(asks_and_tells(server), "after kill -9 the next start takes the same place")
    states = sorted(name for name in os.listdir(os.path.join(server.directory, "state"))
                    if os.path.isdir(os.path.join(server.directory, "state", name)))
    checks.equal(states, ["unbound-1"], "stale lock: the place is the same")
    text = unbound.YAML.replace("{directory}", server.directory).replace("{events}", server.settings["events"])
    second = unbound.Unbound(checks.path("left2"), servers, yaml=text).start()
    checks(starts.answers(second), "a second process with the same paths: answers")
    checks(said(second, "events.jsonl"), "a second process with the same paths: a line names the sink",
           starts.our_lines(second))
    own = os.path.join(server.directory, "state", "unbound-2")
    proc.wait_for(lambda: os.path.isdir(own), "a place of its own")
    checks(asks_and_tells(server), "the first goes on as before")
    second.stop()
    server.stop()


def torn(checks, servers):
    """kill -9 in the middle of a line: the next start leaves a file of whole lines."""
    server = unbound.Unbound(checks.path("torn"), servers).start()
    checks(asks_and_tells(server), "before the kill")
    server.process.kill()
    with open(server.settings["events"], "ab") as events:
        events.write(b'{"kind":"dns","schema_version":1,"event_id":"0123')
    server.start()
    asked = server.ask("www.plain.test")
    server.events = type(server.events)(server.settings["events"])
    checks(server.events.of(asked) is not None, "after the kill events come")
    with open(server.settings["events"], encoding="utf-8") as lines:
        kinds = [json.loads(line)["kind"] for line in lines]
    checks("dns" in kinds and set(kinds) <= {"dns", "books"}, "torn line: every line of the file is a record", kinds)
    server.stop()


def run(checks, servers):
    for part in (unwritable, taken_ports, leftovers, torn):
        part(checks, servers)
