# SPDX-FileCopyrightText: 2026 the telltale authors
# SPDX-License-Identifier: BSD-3-Clause
"""Reconfigurations under load in two views: of every kind, and some that fail before or after the plugins register."""

import os
import statistics

import books
import ends
import load
import named
import proc
import rig

WARM_UP = 40
# named's allocator would keep what was freed for ten seconds: it gives it back at once, so that leaks can be told.
AT_ONCE = {"MALLOC_CONF": "dirty_decay_ms:0,muzzy_decay_ms:0"}
SECOND_SINK = named.YAML + '  - {{ name: second, type: file, path: "{directory}/second.jsonl" }}\n'
BROKEN = "node: [\n"


class Step:
    """What is done to the configuration, whether named then says that it worked, and what undoes it."""

    def __init__(self, what, works=True, command="reconfig", yaml=named.YAML, raw="", **settings):
        self.what, self.works, self.command, self.yaml, self.raw, self.settings = what, works, command, yaml, raw, settings


NORMAL = {"views": rig.views(), "tail": "", "plugin_lines": [], "channel": None, "has_plugin": True}
STEPS = [
    Step("nothing changed"),
    Step("nothing changed, rndc reload", command="reload"),
    Step("a view less", views=rig.views()[1:]),
    Step("the view again"),
    Step("the plugin in one view", views=rig.views(inner=False)),
    Step("the plugin in no view", views=rig.views(False, False)),
    Step("the plugin in both views again"),
    Step("a second sink", yaml=SECOND_SINK),
    Step("a broken YAML file", yaml=BROKEN),
    Step("a third view", views=[named.View("more", "match-clients { 127.0.0.3; };"), *rig.views()]),
]
FAILING = [
    Step("a syntax error in named.conf", works=False, raw="nonsense {\n"),
    Step("the last view lacks another plugin", works=False, tail='plugin query "/nonexistent/other.so";\n'),
    Step("the last view lacks a database driver", works=False, tail='dyndb "x" "/nonexistent/other.so" { };\n'),
    Step("the log file is a directory, after all views are in use", works=False, channel="/proc"),
    Step("a wrong word in our block", works=False, plugin_lines=["strict maybe;"]),
    Step("strict, and a broken YAML file", works=False, yaml=BROKEN, plugin_lines=["strict yes;"]),
]


def schedule(count):
    """`count` that work, after each fourth one that fails."""
    for number in range(count):
        yield STEPS[number % len(STEPS)]
        if number % 4 == 3:
            yield FAILING[number // 4 % len(FAILING)]


def do(server, step):
    """Whether it went as it should, and named answers in every view there is."""
    server.settings.update({**NORMAL, "channel": server.logs[1], **step.settings})
    if not server.has_plugin:
        server.settings.update(has_plugin=False)
    server.write_yaml(step.yaml)
    server.write_conf()
    if step.raw:
        with open(server.conf, "a", encoding="utf-8") as conf:
            conf.write(step.raw)
    works = step.works or (not server.has_plugin and "plugin_lines" in step.settings)
    return server.try_control(step.command) == works and server.answers()


def left_by(server):
    """(open files, threads, resident KiB) of the process."""
    base = f"/proc/{server.process.pid}"
    with open(base + "/status", encoding="ascii") as status:
        resident = [int(line.split()[1]) for line in status if line.startswith("VmRSS")][0]
    return len(os.listdir(base + "/fd")), len(os.listdir(base + "/task")), resident


def resting(server, files, threads):
    """The same, once no more than these are open, or when some seconds have not helped."""
    def rests():
        now = left_by(server)
        return now[0] <= files and now[1] <= threads
    try:
        proc.wait_for(rests, "rest", 10)
    except proc.Timeout:
        pass
    return left_by(server)


def growth(values):
    """KiB that each third adds to the one before, by their medians: a leak adds to both, a peak that stays to one."""
    third = max(1, len(values) // 3)
    first, second, last = (statistics.median(part) for part in (values[:third], values[third:-third] or values, values[-third:]))
    return min(second - first, last - second)


class Run:
    """All the steps under load, with the plugin or without."""

    def __init__(self, checks, servers, data, count, has_plugin):
        self.word = "with" if has_plugin else "without"
        self.server = rig.Logged(checks.path("reload-" + self.word), servers, views=rig.views(), has_plugin=has_plugin,
                                 env=AT_ONCE)
        self.server.has_plugin = has_plugin
        self.server.start()
        self.watch = load.Watch(self.server)
        self.before = left_by(self.server)
        generators = [load.Load(checks, self.server, data, seconds=3600, per_second=1000, source=source)
                      for source in ("127.0.0.1", rig.INNER)]
        for _ in range(WARM_UP if count > WARM_UP else 3):  # caches and queues have been used since
            do(self.server, STEPS[0])
        self.warm, self.resident, self.wrong = left_by(self.server), [], []
        for number, step in enumerate(schedule(count), 1):
            if not do(self.server, step):
                self.wrong.append((number, step.what))
            if has_plugin:
                self.watch.look()
            self.resident.append(left_by(self.server)[2])
        if not do(self.server, STEPS[0]):
            self.wrong.append(("last", STEPS[0].what))
        self.results = [generator.stop() for generator in generators]
        self.after = resting(self.server, self.warm[0], self.warm[1])

    def line(self):
        return (f"     {self.word} the plugin: files, threads, KiB {self.before} at first, {self.warm} warm, {self.after} "
                f"at the end, grown by {growth(self.resident):.0f} KiB a third, answered {sum(r['completed'] for r in self.results)}")


def settle(server):
    """The books, once they balance or some seconds have not helped."""
    found = [None]

    def rests():
        found[0] = books.Books(server.metrics.snapshot())
        return not (found[0].queued or found[0].in_flight or found[0].host_difference() or found[0].record_difference()) and \
            found[0].host == server.requests()
    try:
        proc.wait_for(rests, "rest of the books", 15)
    except proc.Timeout:
        pass
    return found[0]


def judge_books(checks, run):
    server, found = run.server, settle(run.server)
    checks.equal(found.host, server.requests(), "our copy of named's count is named's count")
    checks.equal(found.host_difference(), 0, "named's count = client events + unseen")
    checks.equal((found.record_difference(), found.sink_difference()), (0, 0), "records and sink balance")
    records, rest = ends.whole_lines(server.settings["events"])
    clients = sum(map(ends.is_client, records))
    checks.equal((clients + found.ring_lost.get("client_response", 0), rest), (found.clients, b""),
                 "client events observed = in the file + lost, and every line is whole")
    checks.equal((found.lost, found.dropped), (0, 0), "nothing was lost")
    checks(found.unseen.get("no_plugin", 0) > 0, "queries of views without the plugin are counted", found.unseen)
    checks.equal(run.watch.backwards, [], f"nothing ran backwards in {run.watch.looks} looks")
    print("     " + "; ".join(found.lines()), flush=True)


def run(checks, servers, count):
    data = load.write_mix(checks.path("mix"), 20000)
    made = Run(checks, servers, data, count, has_plugin=True)
    print(made.line(), flush=True)
    fails = sum(not step.works for step in schedule(count))
    checks.equal(made.wrong, [], f"{count} reconfigurations and {fails} that fail, under load: named goes on as it should")
    checks(all(result["completed"] > 0 for result in made.results), "both views answered meanwhile", made.results)
    judge_books(checks, made)
    checks(made.after[0] <= made.warm[0] + 2, "no open file was leaked", (made.warm, made.after))
    checks.equal(made.after[1], made.warm[1], "no thread was leaked")
    checks("telltale" not in made.server.stderr(), "nothing of ours on standard error", made.server.stderr()[-300:])
    checks.equal(made.server.stop(), 0, "stops cleanly")
    if count <= WARM_UP:
        checks(growth(made.resident) < 8192, "no memory was leaked", made.resident)
        return
    plain = Run(checks, servers, data, count, has_plugin=False)
    print(plain.line(), flush=True)
    checks.equal(plain.wrong, [], "the same without the plugin")
    checks(growth(made.resident) < growth(plain.resident) + 512 + 2 * count, "memory grows no more than without the plugin",
           (made.resident, plain.resident))
    checks.equal(plain.server.stop(), 0, "without the plugin: stops cleanly")
