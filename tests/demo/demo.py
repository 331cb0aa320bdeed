#!/usr/bin/python3
# SPDX-FileCopyrightText: 2026 the telltale authors
# SPDX-License-Identifier: BSD-3-Clause
"""Real queries of every kind to a real Unbound and to two real named, and the event of each: one line a kind, the
books at the end. All hosts run beside each other with one configuration file (tests/demo/hosts.py has them).

Writes build/demo/<software>.jsonl (the events), .log and .tail (what `telltalectl tail` shows) for each process, the
second of a software with -2 in the name, and summary.txt. Exit 0 only when every query asked of every host is
accounted for. KEEP=1 goes on until Ctrl-C; KAFKA=1 sends the events to a real Apache Kafka too (tests/demo/bus.py).
"""

import os
import shutil
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.realpath(__file__)), "../lib"))
import authority  # noqa: E402
import bus  # noqa: E402
import data  # noqa: E402
import hosts  # noqa: E402
import ports  # noqa: E402
import proc  # noqa: E402
import screen  # noqa: E402
import stage  # noqa: E402
import tree  # noqa: E402

OUT = os.path.join(tree.BUILD, "demo")
YAML = """node: testnode
region: test-region
state_dir: "{directory}/state"
metrics: {{ listen: "127.0.0.1:{port}" }}
privacy: {{ client: full }}
sinks:
  - {{ type: file, path: "{out}/{{software}}-{{n}}.jsonl" }}
{sinks}hosts:
  bind: {{ upstream: dnstap }}
"""


def write_yaml(directory, sinks):
    """The one file that all hosts read."""
    path = os.path.join(directory, "telltale.yaml")
    text = YAML.format(directory=directory, out=OUT, port=ports.free(), sinks=sinks)
    text += data.write(os.path.join(directory, "data"))
    with open(path, "w", encoding="ascii") as out:
        out.write(text)
    return path


class Demo:
    """All hosts, started one after the other, so that each takes the number that its row says."""

    def __init__(self, directory):
        self.summary = screen.Summary()
        self.authority = authority.Authority(directory, with_child=False)
        hosts.write_zones(directory)
        self.bus = bus.make(directory)
        path = write_yaml(directory, self.bus.yaml)
        self.stages = []
        for role in hosts.ROLES:
            host = role.make(directory, self.authority, {"yaml": None})
            host.yaml = path
            one = stage.Stage(role, self.summary, self.authority, host, base=os.path.join(directory, "state"), out=OUT)
            host.start()
            proc.wait_for(one.has_data, f"the metrics page and the data files of {role.title}")
            one.start_tail()
            self.stages.append(one)

    def run(self):
        late = [one.send_late() for one in self.stages]
        for one, pending in zip(self.stages, late):
            one.run(pending)

    def finish(self):
        books = {one.role.title: one.balance() for one in self.stages}
        known = []
        for one in self.stages:
            print(f"\ntelltalectl tail, {one.role.title}:")
            one.show_tail()
            one.check_identity()
            known += one.check_knowledge()
        for what, count in data.seen(known):
            self.summary.check(count > 0, f"{what}: in {count} events", "never seen")
        self.bus.check(self.stages, self.summary)
        self.summary.finish(OUT, books, sum(len(one.asked) for one in self.stages))

    def keep(self):
        """Goes on until Ctrl-C, showing each event."""
        for one in self.stages:
            print(f"{one.role.title}: dig @127.0.0.1 -p {one.host.port} {one.role.cases[1].name}   "
                  f"curl http://{one.find_metrics()}/metrics")
        print("asking on until Ctrl-C")
        shown = {one: len(one.host.events.read()) for one in self.stages}
        while True:
            for one in self.stages:
                for case in one.role.cases:
                    if not case.late and not case.first and not case.last:
                        one.host.send(case.name, case.qtype, **case.options).receive(0.3)
                        time.sleep(0.2)
                        self.show_new(one, shown)

    @staticmethod
    def show_new(one, shown):
        for event in one.host.events.read()[shown[one]:]:
            print(f"{event['timestamp']} {event['instance']:17} {event['message_type']:18} "
                  f"{screen.cut(event.get('query_name', '-'), 30):30} {event.get('query_type', '-'):6} "
                  f"{screen.event_words(event)}", flush=True)
        shown[one] = len(one.host.events.all)


def give_files_their_names():
    """The first process of a software has no number in the names of its files."""
    for role in hosts.ROLES:
        path = os.path.join(OUT, role.instance + ".jsonl")
        if os.path.exists(path) and role.file != role.instance:
            os.rename(path, os.path.join(OUT, role.file + ".jsonl"))


def missing():
    """What this machine lacks, or None."""
    if not tree.unbound_dir() or not os.path.exists(tree.module()):
        return "no Unbound with dynlib, or no module: run ./setup demo, which builds both"
    if not os.path.exists(tree.plugin()):
        return "no plugin for BIND: run ./setup demo, which builds it"
    if not os.path.exists(data.enrichment.SUFFIX_LIST):
        return "no suffix list: install the package publicsuffix, or run ./setup demo"
    return None


def main():
    proc.end_cleanly()
    if missing():
        print(missing(), file=sys.stderr)
        return 1
    shutil.rmtree(OUT, ignore_errors=True)
    os.makedirs(OUT)
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="tt-demo-") as directory:
        print("starting named with signed, badly signed, slow, broken and changing zones; then Unbound, a caching and "
              "an authoritative named with telltale")
        try:
            demo = Demo(directory)
            print(f"all run after {time.monotonic() - started:.1f} s; slow and dropped queries come last")
            demo.run()
            demo.finish()
            if os.environ.get("KEEP"):
                demo.keep()
            return 1 if demo.summary.failed else 0
        finally:
            proc.stop_all()
            give_files_their_names()


if __name__ == "__main__":
    status = main()
    sys.stdout.flush()
    os._exit(status)
