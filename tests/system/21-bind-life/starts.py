# SPDX-FileCopyrightText: 2026 the telltale authors
# SPDX-License-Identifier: BSD-3-Clause
"""Starts with a wrong configuration, with a wrong block, twice in a view, as another user."""

import os
import pwd
import re

import books
import named
import proc
import rig

BROKEN = "sinks: [ {{ type: file, path: 7 }} ]\nnode: [\n"
# Wrong blocks: what, its lines, words that the message must have. named takes none of them.
BLOCKS = [
    ("an unknown word", ["colour blue;"], ["colour"]),
    ("strict with another word", ["strict maybe;"], ["strict", "maybe"]),
    ("a word twice", ["strict no;", "strict yes;"], ["strict"]),
    ("no semicolon", ["strict no"], ["strict"]),
    ("no value", ["strict;"], ["strict"]),
]


def broken_yaml(checks, servers):
    server = rig.Logged(checks.path("broken"), servers, yaml=BROKEN, views=rig.views()).start()
    checks(server.answers(), "broken YAML at start: named starts, both views answer")
    checks(any(re.search(r"telltale\.yaml:\d+", line) for line in server.lines()),
           "broken YAML at start: a line of named's log names file and line", server.lines())
    checks(server.said("no telemetry") or server.said("inert"), "broken YAML at start: a line says what follows",
           server.lines())
    checks(not server.has_metrics(), "broken YAML at start: /metrics is not served")
    server.write_yaml()
    checks(server.try_control("reconfig"), "the file is mended: rndc reconfig works", server.lines()[-3:])
    checks(server.tells() and server.tells(rig.INNER), "the file is mended: events of both views come", server.lines()[-3:])
    checks("telltale" not in server.stderr(), "nothing of ours goes to standard error", server.stderr())
    checks.equal(server.stop(), 0, "broken YAML: stops cleanly")


def missing_file(checks, servers):
    server = rig.Logged(checks.path("missing"), servers, yaml=None).start()
    checks(server.answers("127.0.0.1"), "a file that was named and is missing: named starts and answers")
    checks(server.said("telltale.yaml"), "and a line names it", server.lines())
    server.stop()


def strict(checks, servers):
    server = rig.Logged(checks.path("strict"), servers, yaml="node: [\n", plugin_lines=["strict yes;"])
    server.start(wait=False)
    status = server.process.wait(10)
    checks(status > 0, "strict and a broken file: named does not start, and does not crash", status)
    checks(server.said("strict"), "and a line says so", server.lines())
    server = rig.Logged(checks.path("strict2"), servers, plugin_lines=["strict yes;"]).start()
    checks(server.tells(), "strict and a sound file: named starts, answers, events come")
    server.write_yaml("node: [\n")
    checks(not server.try_control("reconfig"), "strict, and the file breaks: the reconfiguration fails")
    checks(server.tells(), "strict, and the file breaks: the old configuration goes on, events too")
    server.write_yaml()
    checks(server.try_control("reconfig") and server.tells(), "strict, and it is mended: works again")
    checks.equal(server.stop(), 0, "strict: stops cleanly")


def wrong_blocks(checks, servers):
    for number, (what, lines, words) in enumerate(BLOCKS):
        server = rig.Logged(checks.path(f"block{number}"), servers, plugin_lines=lines).start(wait=False)
        status = server.process.wait(10)
        checks(status > 0, f"the block has {what}: named does not start, and does not crash", status)
        checks(server.said("named.conf:", *words), f"the block has {what}: a line names the place and what was expected",
               server.log()[-600:])


def twice(checks, servers):
    """Two lines in one view: each query is observed once, and a line says so."""
    server = rig.Logged(checks.path("twice"), servers, views=[named.View("only", "match-clients { any; };")])
    server.settings["tail"] = server.plugin_block([])
    server.start()
    asked = server.ask(rig.QUERY)
    checks.equal(asked.rcode, "NOERROR", "two lines in a view: named starts and answers")
    server.ask("www.secure.test")
    server.events.wait(lambda record: record.get("query_name") == "www.secure.test", "the later event")
    found = server.events.find(lambda record: record.get("client_port") == asked.port)
    checks.equal(len(found), 1, "two lines in a view: one event for one query")
    checks(server.said("twice") or server.said("once"), "two lines in a view: a line says so", server.lines())
    checks.equal(server.stop(), 0, "two lines in a view: stops cleanly")


def views_apart(checks, servers):
    """A view without the plugin is none of ours; its queries are counted."""
    server = rig.Logged(checks.path("views"), servers, views=rig.views(inner=False)).start()
    inner = server.ask(rig.QUERY, source=rig.INNER)
    asked = server.ask(rig.QUERY)
    event = server.events.of(asked)
    checks(event is not None and event.get("view") == "outer", "the event names the view", event)
    checks(server.events.of(inner, 0.2) is None, "a view without the plugin has no events")

    def counted():
        return server.metrics.snapshot().sum("telltale_unseen_queries_total", reason="no_plugin") == 1
    try:
        proc.wait_for(counted, "the count", 5)
    except proc.Timeout:
        pass
    checks(counted(), "and its query is counted as unseen", server.metrics.snapshot().by(
        "telltale_unseen_queries_total", "reason"))
    checks.equal(server.stop(), 0, "views: stops cleanly")


def added_later(checks, servers):
    """The plugin comes with a reload: what named answered before is none of its business."""
    server = rig.Logged(checks.path("later"), servers, has_plugin=False).start()
    for number in range(20):
        server.ask(f"n{number}.wild.plain.test")
    server.settings["has_plugin"] = True
    server.write_conf()
    checks(server.try_control("reconfig"), "the plugin is added: rndc reconfig works")
    asked = [server.ask(f"n{number}.wild.plain.test") for number in range(10)]
    checks(all(server.events.of(one) for one in asked), "the plugin is added: every query from then on has its event")
    def counted(host, unseen):
        found = books.Books(server.metrics.snapshot())
        return found.host == host and not found.host_difference() and found.unseen == unseen
    try:
        proc.wait_for(lambda: counted(10, {}), "the first look at named's counters", 5)
        server.ask("plain.test", "MAILB")
        proc.wait_for(lambda: counted(11, {"meta_type": 1}), "the books", 5)
    except proc.Timeout:
        pass
    checks(counted(11, {"meta_type": 1}), "the plugin is added: the books are those of the 11 queries since",
           books.Books(server.metrics.snapshot()).lines()[0])
    checks.equal(server.stop(), 0, "the plugin is added: stops cleanly")


def user_name():
    for name in ("bind", "nobody"):
        try:
            return pwd.getpwnam(name).pw_name
        except KeyError:
            continue
    return None


def other_user(checks, servers):
    """-u, the directories as Debian has them: the configuration is root's, the cache belongs to named's user."""
    if os.getuid() != 0:
        return  # the end of the test says so
    name = user_name()
    server = rig.Logged(checks.path("user"), servers, views=rig.views(), arguments=["-u", name])
    cache = os.path.join(server.directory, "var/cache/bind")
    os.makedirs(cache)
    proc.run(["chown", name, cache, server.directory])
    server.settings["yaml"] = (
        f'state_dir: "{cache}/telltale"\nmetrics: {{{{ listen: "127.0.0.1:{{port}}" }}}}\nprivacy: {{{{ client: full }}}}\n')
    server.events.path = cache + "/telltale/bind-1/events.jsonl"
    server.start()
    checks(server.tells() and server.tells(rig.INNER), f"-u {name}: both views answer, events come", server.lines())
    with open(f"/proc/{server.process.pid}/status", encoding="ascii") as status:
        checks(f"Uid:\t{pwd.getpwnam(name).pw_uid}\t" in status.read(), f"and it runs as {name}")
    owners = {os.stat(os.path.join(folder, entry)).st_uid for folder, folders, files in os.walk(cache)
              for entry in folders + files}
    checks.equal(owners, {pwd.getpwnam(name).pw_uid}, f"what it makes belongs to {name}")
    checks(server.try_control("reconfig") and server.tells(), "reconfig works without root's rights", server.lines()[-3:])
    checks.equal(server.stop(), 0, f"-u {name}: stops cleanly")
    with open(server.events.path, encoding="utf-8") as lines:
        checks(lines.read().endswith("\n"), f"-u {name}: the file is whole")


def run(checks, servers):
    for part in (broken_yaml, missing_file, strict, wrong_blocks, twice, views_apart, added_later, other_user):
        part(checks, servers)
