# SPDX-FileCopyrightText: 2026 the telltale authors
# SPDX-License-Identifier: BSD-3-Clause
"""Starts with a wrong configuration, twice, in a chroot, as another user; the shipped configuration."""

import glob
import os
import re
import shutil

import check
import proc
import tree
import unbound

BROKEN = "sinks: [ { type: file, path: 7 } ]\nnode: [\n"
TEN_MISTAKES = """nod: one
region: [two]
metrics: { listen: three }
pipeline: { ring_size: 4 }
privacy: { client: five, prefix_v4: 66 }
sinks:
  - { type: seven, path: a }
  - { type: file }
  - { type: file, path: b, topics: [nine] }
  - { type: file, name: again, path: c, queue: ten }
region: eleven
"""


def our_lines(server, log=None):
    return [line for line in (server.log() if log is None else log).splitlines() if "telltale" in line]


def answers(server):
    return server.ask("www.plain.test").rcode == "NOERROR"


def has_metrics(server):
    try:
        return bool(server.metrics.text(2))
    except OSError:
        return False


def broken_at_start(checks, servers):
    server = unbound.Unbound(checks.path("broken"), servers, yaml=BROKEN.replace("{", "{{").replace("}", "}}")).start()
    checks(answers(server), "broken YAML at start: Unbound starts and answers")
    said = [line for line in our_lines(server) if re.search(r"telltale\.yaml:\d+", line)]
    checks(said, "broken YAML at start: a line names file and line", our_lines(server))
    checks(any("no telemetry" in line or "inert" in line for line in our_lines(server)),
           "broken YAML at start: a line says what follows", our_lines(server))
    checks(not has_metrics(server), "broken YAML at start: /metrics is not served")
    server.write_yaml()
    server.control("reload")
    server.wait_ready()
    asked = server.ask("www.plain.test")
    checks(asked.rcode == "NOERROR" and server.events.of(asked) is not None,
           "the file is mended and Unbound reloads: events come", our_lines(server)[-3:])
    server.stop()


def ten_mistakes(checks, servers):
    text = TEN_MISTAKES.replace("{", "{{").replace("}", "}}")
    server = unbound.Unbound(checks.path("ten"), servers, yaml=text).start()
    checks(answers(server), "ten mistakes: Unbound starts and answers")
    numbers = {int(found) for found in re.findall(r"telltale\.yaml:(\d+)", server.log())}
    checks(len(numbers) >= 9, "ten mistakes: all are named in one go, by line", sorted(numbers))
    server.stop()
    made = proc.run([tree.tool("telltalectl"), "check", server.yaml, "--as", "unbound"], check=False)
    checks.equal(made.returncode, 1, "telltalectl check: exit 1")
    checks(len(set(re.findall(r"telltale\.yaml:(\d+)", made.stdout))) >= 9, "telltalectl check: the same mistakes",
           made.stdout)


def missing_file(checks, servers):
    server = unbound.Unbound(checks.path("missing"), servers, yaml=None).start()
    checks(answers(server), "a file that was named and is missing: Unbound starts and answers")
    checks(any("telltale.yaml" in line for line in our_lines(server)), "and a line names it", our_lines(server))
    server.stop()


def strict(checks, servers):
    server = unbound.Unbound(checks.path("strict"), servers, yaml="node: [\n", dynlib=["strict=yes"])
    server.start(wait=False)
    status = server.process.wait(10)
    checks(status > 0, "strict=yes and a broken file: Unbound does not start, and does not crash", status)
    checks(any("strict" in line for line in our_lines(server)), "and a line says so", our_lines(server))
    server = unbound.Unbound(checks.path("strict2"), servers, dynlib=["strict=yes"]).start()
    checks(answers(server), "strict=yes and a sound file: Unbound starts and answers")
    server.stop()


def twice(checks, servers):
    """The word dynlib twice: one instance works, the other says that it does nothing."""
    server = unbound.Unbound(checks.path("twice"), servers, modules="dynlib dynlib validator iterator")
    server.settings["clauses"] = f'dynlib:\n    dynlib-file: "{tree.module()}"\n'
    server.start()
    asked = server.ask("www.plain.test")
    checks.equal(asked.rcode, "NOERROR", "second instance: Unbound starts and answers")
    events = server.events.wait(lambda record: record.get("client_port") == asked.port)
    checks.equal(len(events), 1, "second instance: one event for one query")
    checks(any("second" in line or "twice" in line for line in our_lines(server)), "second instance: a line says so",
           our_lines(server))
    checks.equal(server.stop(), 0, "second instance: stops cleanly")


def needed_files(path):
    made = proc.run(["ldd", path])
    return [found for found in re.findall(r"(/\S+)\s+\(0x", made.stdout)]


def other_root(checks, servers):
    """chroot, another user, several threads, as a daemon would run."""
    if os.getuid() != 0:
        raise check.Skip("chroot and another user need root")
    root = checks.path("root")
    server = unbound.Unbound(root, servers, username="nobody", threads=4, module="/telltale-unbound.so")
    for path in needed_files(tree.module()):
        os.makedirs(root + os.path.dirname(path), exist_ok=True)
        shutil.copy(path, root + path)
    shutil.copy(tree.module(), root + "/telltale-unbound.so")
    server.settings["yaml"] = unbound.YAML.replace("{directory}", "").replace("{events}", "/state/events.jsonl")
    server.events.path = root + "/state/events.jsonl"
    server.yaml, in_root = "/telltale.yaml", root + "/telltale.yaml"
    server.write_conf()
    with open(server.conf, encoding="utf-8") as conf:
        text = conf.read().replace('chroot: ""', f'chroot: "{root}"')
    with open(server.conf, "w", encoding="utf-8") as conf:
        conf.write(text)
    server.yaml = in_root
    server.write_yaml(server.settings["yaml"])
    os.makedirs(root + "/state")
    proc.run(["chown", "-R", "nobody", root])
    server.launch([server.binary(), "-d", "-c", server.conf])
    server.wait_ready()
    asked = server.ask("www.plain.test")
    checks.equal(asked.rcode, "NOERROR", "chroot, setuid, 4 threads: Unbound starts and answers")
    checks(server.events.of(asked) is not None, "chroot, setuid, 4 threads: events come", our_lines(server))
    with open(f"/proc/{server.process.pid}/status", encoding="ascii") as status:
        checks("Uid:\t65534" in status.read(), "and it runs as nobody")
    checks(has_metrics(server), "and serves /metrics", our_lines(server))
    checks.equal(server.stop(), 0, "and stops cleanly")


def shipped(checks, servers):
    """unbound-checkconf takes every configuration that we ship."""
    server = unbound.Unbound(checks.path("shipped"), servers)
    files = [path for path in glob.glob(os.path.join(tree.TOP, "unbound-module/*.conf*"))
             if "dynlib-file" in open(path, encoding="utf-8").read()]
    checks(files, "a sample of unbound.conf is shipped")
    for path in files:
        copy = checks.path(os.path.basename(path))
        with open(copy, "w", encoding="utf-8") as text:  # Unbound's default user may not exist on this machine
            text.write(open(path, encoding="utf-8").read() + 'server:\n    username: ""\n    pidfile: ""\n')
        made = proc.run([server.binary("unbound-checkconf"), copy], check=False)
        checks.equal(made.returncode, 0, f"unbound-checkconf {os.path.basename(path)}: {made.stdout.strip()}")
    sample = os.path.join(tree.TOP, "unbound-module/telltale.yaml.sample")
    made = proc.run([tree.tool("telltalectl"), "check", sample, "--as", "unbound"], check=False)
    checks.equal(made.returncode, 0, f"telltalectl check telltale.yaml.sample: {made.stdout.strip()[-200:]}")
    server.write_conf()
    made = proc.run([server.binary("unbound-checkconf"), server.conf], check=False)
    checks.equal(made.returncode, 0, f"unbound-checkconf takes the options of the tests: {made.stdout.strip()}")


def run(checks, servers):
    for part in (broken_at_start, ten_mistakes, missing_file, strict, twice, other_root, shipped):
        part(checks, servers)
