#!/usr/bin/python3
# SPDX-FileCopyrightText: 2026 the telltale authors
# SPDX-License-Identifier: BSD-3-Clause
"""Real queries of every kind to a real Unbound, and the event of each: one line a kind, the books at the end.

Writes build/demo/unbound.jsonl (the events), unbound.log, tail.txt (what `telltalectl tail` shows) and summary.txt.
Exit 0 only when every query asked is accounted for. KEEP=1 goes on until Ctrl-C.
"""

import os
import re
import shutil
import signal
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.realpath(__file__)), "../lib"))
import agree  # noqa: E402
import authority  # noqa: E402
import books  # noqa: E402
import cases  # noqa: E402
import data  # noqa: E402
import proc  # noqa: E402
import tree  # noqa: E402
import unbound  # noqa: E402

OUT = os.path.join(tree.BUILD, "demo")
ON_TERMINAL = sys.stdout.isatty()
# The first line of tail with each of these is printed.
TAIL_SHOWN = (" up ", "udp secure", "doh secure", "bogus", "NXDOMAIN", "stale", "demo-nets", "dropped")
COLUMNS = "{kind:18} {question:28} {got:32} {says:52} {verdict}"


def paint(text, colour):
    return f"\033[{colour}m{text}\033[0m" if ON_TERMINAL else text


def cut(text, width):
    return text if len(text) <= width else text[:width - 1] + "…"


def event_words(event):
    """What an event says, in one short text."""
    if event is None:
        return "no event"
    words = [event.get("cache_status"), event.get("dnssec_status"), event.get("response_code"),
             event.get("drop_reason") or event.get("servfail_reason")]
    words = [event["outcome"] if event["outcome"] != "answered" else None, *words, *event.get("answer_ips", [])[:1]]
    if "latency_us" in event:
        words.append(f"{event['latency_us'] / 1000:.1f} ms")
    return " ".join(word for word in words if word)


class Lab:
    """The servers of the demo, and what was asked."""

    def __init__(self, directory):
        self.asked, self.unseen, self.lines, self.failed = [], 0, [], 0
        self.authority = authority.Authority(directory, with_child=False)
        policy = os.path.join(directory, "policy.zone")
        with open(policy, "w", encoding="ascii") as out:
            out.write(cases.RPZ_ZONE)
        self.unbound = unbound.Unbound(
            os.path.join(directory, "unbound.d"), self.authority, server=cases.SERVER,
            clauses=cases.RPZ.format(path=policy), events=os.path.join(OUT, "unbound.jsonl"),
            yaml=unbound.YAML + data.write(os.path.join(directory, "data")))
        self.unbound.log_path = os.path.join(OUT, "unbound.log")
        self.unbound.start()
        self.tail = None

    def has_data(self):
        """All data files are in use: before, their fields are absent."""
        try:
            return self.unbound.metrics.snapshot().sum("telltale_data_info") >= data.FILES
        except OSError:
            return False

    def start_tail(self):
        """`telltalectl tail` beside it all, as on a terminal of 140 columns."""
        words = [tree.tool("telltalectl"), "tail", "--text", "--color", "always" if ON_TERMINAL else "never",
                 "--state-dir", os.path.join(self.unbound.directory, "state")]
        self.tail = proc.Process(words, os.path.join(OUT, "tail.txt"),
                                 env={**os.environ, "COLUMNS": "140", "LC_ALL": "C.UTF-8"})
        proc.wait_for(lambda: self.unbound.metrics.snapshot().sum("telltale_tap_readers") == 1, "the reader of the tap")

    def stop_tail(self):
        """Ends it as Ctrl-C does; its lines."""
        self.tail.signal(signal.SIGINT)
        self.check(self.tail.wait() == 0, "telltalectl tail ends well", self.tail.log()[-300:])
        return self.tail.log().splitlines()

    def send(self, case):
        asked = self.unbound.send(case.name, case.qtype, **case.options)
        self.asked.append(asked)
        return asked

    def ask_and_account(self, name, qtype):
        """A query that only prepares; its event is awaited too."""
        asked = self.send(cases.Case("", name, qtype)).receive()
        if self.unbound.events.of(asked) is None:
            self.check(False, f"preparing {name} {qtype}", "no event")
        return asked

    @staticmethod
    def seconds_since(asked):
        return time.time() - asked.started

    def check(self, is_true, what, detail=""):
        self.lines.append(f"{'ok  ' if is_true else 'FAIL'} {what}{'' if is_true else ': ' + detail}")
        self.failed += not is_true
        return is_true

    def upstream_differences(self, case, event):
        if case.upstream is None or event is None:
            return []
        fits = [other for other in self.unbound.events.joined(event) if not agree.fields(other, case.upstream)]
        return [] if fits else [f"no upstream event with {case.upstream}"]

    def look_at(self, case, asked):
        """Compares and shows one case."""
        if case.unseen:
            self.unseen += 1
            return self.show(case, asked, f"no event; counted as unseen ({self.unseen} so far)", [])
        event = self.unbound.events.of(asked)
        differences = ["no event"]
        if event is not None:
            differences = agree.all_of(asked, event, case.options, case.wanted)
            differences += self.upstream_differences(case, event)
        return self.show(case, asked, event_words(event), differences)

    def show(self, case, asked, says, differences):
        verdict = paint("ok", 32) if not differences else paint("FAIL", 31) + " " + "; ".join(differences)
        print(COLUMNS.format(kind=case.kind, question=cut(f"{case.name} {case.qtype}", 28), got=cut(asked.got(), 32),
                             says=cut(says, 52), verdict=verdict), flush=True)
        self.check(not differences, f"{case.kind}: {case.name} {case.qtype}", "; ".join(differences))

    def run(self):
        late = [(case, self.send(case)) for case in cases.CASES if case.late]
        for case in cases.CASES:
            if not case.late and case.kind != "reload":
                self.run_case(case)
        for case, asked in late:
            is_dropped = case.wanted.get("outcome") == "dropped"
            self.unbound.events.of(asked)
            self.look_at(case, asked.receive(0.1 if is_dropped else 8))
        for case in cases.CASES:
            if case.kind == "reload":
                self.reload(case)

    def run_case(self, case):
        try:
            if case.first:
                case.first(self, case)
            self.look_at(case, self.send(case).receive())
        except proc.Timeout as timeout:
            self.check(False, case.kind, str(timeout))

    def settle(self):
        """Asks until every worker has told its counts, which it does with each event, and nothing waits."""
        found = [None]

        def rests():
            self.ask_and_account("www.plain.test", "A")
            found[0] = books.Books(self.unbound.metrics.snapshot())
            return found[0].host == len(self.asked) and not found[0].queued and not found[0].host_difference()
        try:
            proc.wait_for(rests, "rest of the books", 6)
        except proc.Timeout:
            pass
        return found[0]

    def reload(self, case):
        """Unbound reloads while a query is at work."""
        self.settle()
        before = self.authority.responder.asked["slow"]
        asked = self.send(case)
        try:
            proc.wait_for(lambda: self.authority.responder.asked["slow"] > before, "the query at work")
        except proc.Timeout as timeout:
            self.check(False, case.kind, str(timeout))
        self.unbound.control("reload")
        self.unbound.wait_ready()
        self.look_at(case, asked.receive(0.1))


def show_tail(lab):
    """Some lines of what tail showed, one for each kind worth a look; and whether it showed all."""
    events = len(lab.unbound.events.find(lambda record: record.get("kind") == "dns"))
    try:
        proc.wait_for(lambda: len(lab.tail.log().splitlines()) >= events, "every event in tail", 5)
    except proc.Timeout as timeout:
        lab.check(False, "tail", str(timeout))
    *lines, last = lab.stop_tail()
    print("\ntelltalectl tail:")
    plain = [re.sub(r"\033\[[0-9;]*m", "", line) for line in lines]
    shown = {next((number for number, line in enumerate(plain) if mark in line), None) for mark in TAIL_SHOWN}
    print("\n".join("  " + lines[number] for number in sorted(shown - {None})))
    lab.check(None not in shown, "tail shows every kind of line", f"one of {TAIL_SHOWN} is not there")
    lab.check(len(lines) == events, f"tail showed {len(lines)} of {events} events", last)
    lab.check(last == f"{events} shown, 0 filtered out, 0 lost", f"tail: {last}", f"{events} events")


def check_knowledge(lab):
    """What the data files add was seen, and every client event has what is known of every client."""
    events = lab.unbound.events.find(lambda record: record.get("kind") == "dns")
    for what, count in data.seen(events):
        lab.check(count > 0, f"{what}: in {count} events", "never seen")
    clients = [event for event in events if event["message_type"] == "client_response"]
    bare = [event for event in clients if agree.fields(event, data.CLIENT)]
    lab.check(not bare, f"{len(clients)} client events know the client's country and network", f"{len(bare)} do not")
    versions = {event.get("enrichment_id") for event in events}
    lab.check(len(versions) == 1, f"one version of the data: {versions}", "several")


def balance(lab):
    """The books, when everything has come to rest: each query asked is an event or an unseen one."""
    found = lab.settle()
    wanted = len(lab.asked)
    clients = len(lab.unbound.events.find(lambda record: record.get("message_type") == "client_response"))
    for is_true, what in (
            (found.host == wanted, f"{wanted} queries asked, {found.host:.0f} counted by Unbound"),
            (clients + lab.unseen == wanted, f"{wanted} queries asked = {clients} events in the file + {lab.unseen} unseen"),
            (sum(found.unseen.values()) == lab.unseen, f"{lab.unseen} unseen, {sum(found.unseen.values()):.0f} counted"),
            (found.host_difference() == 0, f"{found.host_difference():.0f} queries unexplained"),
            (found.record_difference() == 0 and found.sink_difference() == 0, "records and sink balance"),
            (found.lost == 0 and found.dropped == 0, f"{found.lost + found.dropped:.0f} records lost"),
            (not lab.unbound.events.broken, f"{len(lab.unbound.events.broken)} lines are not JSON")):
        lab.check(is_true, what, "not so")
    return found.lines()


def summarize(lab, lines):
    with open(os.path.join(OUT, "summary.txt"), "w", encoding="utf-8") as out:
        out.write("\n".join(lab.lines + ["", "books:"] + lines) + "\n")
    print("\nbooks:")
    print("\n".join("  " + line for line in lines))
    shown = [line for line in lab.lines if line.startswith("FAIL")]
    print("\n".join("  " + paint(line, 31) for line in shown))
    count = len(lab.lines)
    print(f"{count - lab.failed} of {count} checks ok, {len(lab.asked)} queries asked; see {os.path.relpath(OUT)}/")


def keep(lab):
    """Goes on until Ctrl-C, showing each event."""
    print(f"\nasking on until Ctrl-C; try: dig @127.0.0.1 -p {lab.unbound.port} www.secure.test   "
          f"curl http://{lab.unbound.find_metrics()}/metrics")
    names = [case for case in cases.CASES if not case.late and not case.first and case.kind != "reload"]
    shown = len(lab.unbound.events.read())
    while True:
        for case in names:
            lab.unbound.send(case.name, case.qtype, **case.options).receive()
            time.sleep(0.3)
            for event in lab.unbound.events.read()[shown:]:
                print(f"{event['timestamp']} {event['message_type']:18} {cut(event.get('query_name', '-'), 30):30} "
                      f"{event.get('query_type', '-'):6} {event_words(event)}", flush=True)
            shown = len(lab.unbound.events.all)


def main():
    proc.end_cleanly()
    if not tree.unbound_dir() or not os.path.exists(tree.module()):
        print("no Unbound with dynlib, or no module: run ./setup demo, which builds both", file=sys.stderr)
        return 1
    if not os.path.exists(data.enrichment.SUFFIX_LIST):
        print("no suffix list: install the package publicsuffix, or run ./setup demo", file=sys.stderr)
        return 1
    shutil.rmtree(OUT, ignore_errors=True)
    os.makedirs(OUT)
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="tt-demo-") as directory:
        print("starting named with signed, badly signed, slow, broken and changing zones, and Unbound with telltale")
        try:
            lab = Lab(directory)
            proc.wait_for(lab.has_data, "the metrics page and the data files")
            lab.start_tail()
            print(f"both run after {time.monotonic() - started:.1f} s; slow and dropped queries come last\n")
            print(paint(COLUMNS.format(kind="kind", question="question", got="the client got", says="the event says",
                                       verdict=""), 1))
            lab.run()
            lines = balance(lab)
            show_tail(lab)
            check_knowledge(lab)
            summarize(lab, lines)
            if os.environ.get("KEEP"):
                keep(lab)
            return 1 if lab.failed else 0
        finally:
            proc.stop_all()


if __name__ == "__main__":
    status = main()
    sys.stdout.flush()
    os._exit(status)
