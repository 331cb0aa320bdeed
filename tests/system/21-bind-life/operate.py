# SPDX-FileCopyrightText: 2026 the telltale authors
# SPDX-License-Identifier: BSD-3-Clause
"""telltalectl against the core in a named: status, off and on, reload. What it says is in named's log."""

import json
import os
import subprocess

import named
import proc
import rig
import tree


def ctl(server, *words):
    path = os.path.join(server.directory, "state/bind-1/control.sock")
    return subprocess.run([tree.tool("telltalectl"), *words, "--socket", path], check=False, capture_output=True, text=True)


def status_of(server):
    return json.loads(ctl(server, "status", "--json").stdout)


def off_and_on(checks, server):
    checks.equal(ctl(server, "off").returncode, 0, "off")
    for number in range(50):
        server.ask("www.plain.test", source=("127.0.0.1", rig.INNER)[number % 2])
    checks.equal(server.metrics.snapshot().sum("telltale_up"), 0, "off: telltale_up is 0")
    checks.equal(ctl(server, "on").returncode, 0, "on")
    checks(server.tells() and server.tells(rig.INNER), "on: observed again, in both views")

    def balances():
        found = server.metrics.snapshot()
        return found.sum("telltale_unseen_queries_total", reason="switched_off") == 50 and \
            found.sum("telltale_unexplained_queries") == 0
    try:
        proc.wait_for(balances, "the host's books", 10)
    except proc.Timeout:
        pass
    checks(balances(), "off: named's books hold, with 50 queries switched off",
           server.metrics.snapshot().by("telltale_unseen_queries_total", "reason"))


def reload(checks, server):
    checks.equal(ctl(server, "reload").returncode, 0, "reload")
    server.write_yaml("nonsense: 1\n")
    said = ctl(server, "reload")
    checks(said.returncode == 1 and "refused" in said.stderr, "reload of a broken file fails, and it is said", said.stderr)
    checks(status_of(server)["config"]["stale"], "status says that the configuration is stale")
    checks(server.said("telltale.yaml:1"), "named's log names file and line", server.lines()[-3:])
    server.write_yaml()
    checks.equal(ctl(server, "reload").returncode, 0, "reload of a sound file again")
    checks(not status_of(server)["config"]["stale"], "status says so")


def run(checks, servers):
    server = rig.Logged(checks.path("operate"), servers, views=rig.views(), yaml=named.YAML).start()
    proc.wait_for(lambda: os.path.exists(os.path.join(server.directory, "state/bind-1/control.sock")), "the socket")
    status = status_of(server)
    checks.equal((status["software"], status["enabled"]), ("bind", True), "status names the host, and that it is on")
    checks("testnode/bind" in ctl(server, "status").stdout, "status is readable")
    off_and_on(checks, server)
    reload(checks, server)
    checks(server.said("uid 0") or os.getuid(), "named's log names who did it", server.lines())
    checks("telltale" not in server.stderr(), "all of our lines are in named's log", server.stderr())
    checks.equal(server.stop(), 0, "operate: stops cleanly")
