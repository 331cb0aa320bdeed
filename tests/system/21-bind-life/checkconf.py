# SPDX-FileCopyrightText: 2026 the telltale authors
# SPDX-License-Identifier: BSD-3-Clause
"""named-checkconf with the plugin: it judges the block and leaves nothing behind."""

import os
import re

import named
import proc
import rig
import starts

# What a check must not call; opens are looked at one by one.
CALLS = "clone,clone3,fork,vfork,socket,bind,listen,connect,mkdir,mkdirat,unlink,unlinkat,rename,renameat2,flock,kill,open,openat,creat"
WRITES = re.compile(r"O_WRONLY|O_RDWR|O_CREAT|O_TRUNC|O_APPEND")


def tree_of(directory):
    """{path: (size, time of change)} of everything below."""
    return {os.path.join(folder, name): (os.lstat(os.path.join(folder, name)).st_size,
                                         os.lstat(os.path.join(folder, name)).st_mtime_ns)
            for folder, folders, files in os.walk(directory) for name in folders + files}


def effects(trace):
    """The calls of a trace that would leave something behind."""
    found = []
    for line in trace.splitlines():
        call = re.search(r"(\w+)\(", line)
        if call and (call[1] not in ("open", "openat") or (WRITES.search(line) and "/dev/null" not in line)):
            found.append(line)
    return found


def traced(checks, server, word):
    """(status, output, effects) of named-checkconf under strace."""
    path = checks.path(f"trace.{word}")
    made = proc.run(["strace", "-f", "-qq", "-o", path, "-e", f"trace={CALLS}", "-e", "signal=none",
                     rig.program("named-checkconf"), server.conf], check=False)
    with open(path, encoding="utf-8", errors="replace") as trace:
        return made.returncode, made.stdout, effects(trace.read())


def prepared(checks, servers, name, **settings):
    server = rig.Logged(checks.path(name), servers, **settings)
    server.write_conf()
    if server.settings["yaml"] is not None:
        server.write_yaml(server.settings["yaml"])
    return server


def without_effects(checks, servers):
    server = prepared(checks, servers, "check", views=rig.views())
    plain = prepared(checks, servers, "check-plain", views=rig.views(False, False))
    before = tree_of(server.directory)
    status, said, found = traced(checks, server, "with")
    _, _, named_own = traced(checks, plain, "without")
    checks.equal(status, 0, f"named-checkconf takes the configuration: {said.strip()}")
    checks.equal(len(found), len(named_own), f"it starts no thread, makes no file, no socket: {found[:5]}")
    checks.equal(tree_of(server.directory), before, "and the directory is as before")
    checks(not os.path.exists(os.path.join(server.directory, "state")), "no state directory is made")


def mistakes(checks, servers):
    for number, (what, lines, words) in enumerate(starts.BLOCKS):
        server = prepared(checks, servers, f"wrong{number}", plugin_lines=lines)
        made = proc.run([rig.program("named-checkconf"), server.conf], check=False)
        checks(made.returncode != 0, f"named-checkconf: {what}: refused", made.stdout)
        place = re.search(r"named\.conf:(\d+)", made.stdout)
        with open(server.conf, encoding="utf-8") as text:
            at = next(line for line, words_of in enumerate(text, 1) if words_of.startswith("plugin query"))
        checks(place and at <= int(place[1]) <= at + 4 and all(word in made.stdout for word in words),
               f"named-checkconf: {what}: file, line and what was expected", made.stdout)


def other_files(checks, servers):
    """What is wrong beside the block does not keep named from starting, so it is no error here."""
    server = prepared(checks, servers, "check-yaml", yaml="node: [\n")
    made = proc.run([rig.program("named-checkconf"), server.conf], check=False)
    checks.equal(made.returncode, 0, f"named-checkconf and a broken YAML file: named would start: {made.stdout.strip()}")
    server = prepared(checks, servers, "check-twice", views=[named.View("a", "match-clients { none; };"),
                                                             named.View("b", "match-clients { any; };", has_plugin=False)])
    made = proc.run([rig.program("named-checkconf"), server.conf], check=False)
    checks.equal(made.returncode, 0, f"named-checkconf and the plugin in one view of two: {made.stdout.strip()}")


def run(checks, servers):
    for part in (without_effects, mistakes, other_files):
        part(checks, servers)
