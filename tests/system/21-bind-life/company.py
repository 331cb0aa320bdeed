# SPDX-FileCopyrightText: 2026 the telltale authors
# SPDX-License-Identifier: BSD-3-Clause
"""In company: a plugin of another maker's that does what we do, and a second copy of ourselves."""

import os
import shutil
import subprocess

import books
import named
import proc
import rig
import tree

SOURCE = os.path.join(os.path.dirname(os.path.realpath(__file__)), "other_plugin.c")


def build(checks):
    plugin = checks.path("other.so")
    proc.run(["cc", "-shared", "-fPIC", "-D_GNU_SOURCE", "-DHAVE_STDATOMIC_H=1", "-DRCU_MEMBARRIER=1", "-o", plugin, SOURCE])
    return plugin


def wrapper_in_one_view(checks, servers, plugin):
    """It wraps the clean-up in front of us in one view, then in none: all views are observed all the time."""
    views = rig.views()
    views[0] = named.View("inner", f'{views[0].text}\nplugin query "{plugin}" {{ wrap; }};')
    server = rig.Logged(checks.path("wrapper"), servers, views=views).start()
    checks(server.tells(rig.INNER), "another plugin wraps the clean-up too: its view is observed")
    checks(server.tells(), "another plugin wraps the clean-up too: the view without it is observed")
    server.settings["views"] = rig.views()
    server.write_conf()
    checks(server.try_control("reconfig"), "the other plugin is removed: rndc reconfig works")
    checks(server.tells(rig.INNER) and server.tells(), "the other plugin is removed: both views are observed")
    checks.equal(server.stop(), 0, "another plugin wraps the clean-up too: stops cleanly")


def refuser(checks, servers, plugin):
    """It answers at the first hook, in front of us: the answer is the client's, so it has its event."""
    server = rig.Logged(checks.path("refuser"), servers, zones=f'plugin query "{plugin}" {{ refuse; }};\n').start()
    for transport in ("udp", "tcp"):
        asked = server.ask(rig.QUERY, transport=transport)
        event = server.events.of(asked)
        checks(asked.rcode == "REFUSED" and event is not None and event["response_code"] == "REFUSED",
               f"another plugin answers before us, {transport}: the event has its answer", event)
    try:
        proc.wait_for(lambda: books.Books(server.metrics.snapshot()).unseen == {}, "the books", 5)
    except proc.Timeout:
        pass
    checks.equal(books.Books(server.metrics.snapshot()).unseen, {}, "another plugin answers before us: nothing is unseen")
    checks.equal(server.stop(), 0, "another plugin answers before us: stops cleanly")


def second_copy(checks, servers):
    """A reload finds telltale.so under another path, and the same shim: named goes on, and takes the new one."""
    copies = [checks.path("old.so"), checks.path("new.so")]
    for copy in copies:
        shutil.copy(tree.plugin(), copy)
    shims = f'shim-directory "{os.path.dirname(tree.plugin())}/bind";'
    server = rig.Logged(checks.path("copies"), servers, module=copies[0], plugin_lines=[shims], views=rig.views()).start()
    checks(server.tells() and server.tells(rig.INNER), "a copy of telltale.so: works")
    server.settings["module"] = copies[1]
    server.write_conf()
    try:
        is_done = server.try_control("reconfig")
    except subprocess.TimeoutExpired:
        is_done = False
    checks(is_done, "another copy of it by a reload: rndc reconfig comes to its end")
    if is_done:
        checks(server.answers(), "another copy of it by a reload: named answers")
    checks.equal(server.stop(), 0, "another copy of it by a reload: stops cleanly")


def run(checks, servers):
    plugin = build(checks)
    wrapper_in_one_view(checks, servers, plugin)
    refuser(checks, servers, plugin)
    second_copy(checks, servers)
