# SPDX-FileCopyrightText: 2026 the telltale authors
# SPDX-License-Identifier: BSD-3-Clause
"""One host of the demo at work: what was asked of it, the event of each query, its books and its tail."""

import os
import re
import signal
import time

import agree
import books
import cases
import data
import events
import metrics
import proc
import screen
import tree


def words(counts):
    """Counts by reason."""
    return ", ".join(f"{reason} {count:.0f}" for reason, count in sorted(counts.items())) or "none"


class Stage:
    """base: the directory that all hosts keep their state in; out: where their files go."""

    def __init__(self, role, summary, authority, host, *, base, out):
        self.role, self.summary, self.authority, self.host = role, summary, authority, host
        self.asked, self.unseen, self.pending, self.tail = [], {}, None, None
        self.state = os.path.join(base, role.instance)
        self.tail_path = os.path.join(out, f"{role.file}.tail")
        host.log_path = os.path.join(out, f"{role.file}.log")
        host.events = events.Events(os.path.join(out, f"{role.instance}.jsonl"))
        host.metrics = metrics.Metrics(self.find_metrics)

    def find_metrics(self):
        """host:port, as the process wrote it beside its state."""
        with open(os.path.join(self.state, "metrics.listen"), encoding="ascii") as text:
            return text.read().strip()

    def check(self, is_true, what, detail=""):
        return self.summary.check(is_true, f"{self.role.title}: {what}", detail)

    def has_data(self):
        """All data files are in use: before, their fields are absent."""
        try:
            return self.host.metrics.snapshot().sum("telltale_data_info") >= data.FILES
        except OSError:
            return False

    def send(self, case):
        asked = self.host.send(case.name, case.qtype, **case.options)
        self.asked.append(asked)
        return asked

    def ask_and_account(self, name, qtype):
        """A query that only prepares; its event is awaited too."""
        asked = self.send(cases.Case("", name, qtype)).receive()
        if self.host.events.of(asked) is None:
            self.check(False, f"preparing {name} {qtype}", "no event")
        return asked

    @staticmethod
    def seconds_since(asked):
        return time.time() - asked.started

    def upstream_differences(self, case, event):
        if case.upstream is None or event is None:
            return []
        try:
            proc.wait_for(lambda: [other for other in self.upstream_events(event)
                                   if not agree.fields(other, case.upstream)], "upstream event", 5)
        except proc.Timeout:
            return [f"no upstream event with {case.upstream}"]
        return []

    def upstream_events(self, event):
        """Those of the same work; BIND tells only of which question they are."""
        if self.role.software != "bind":
            return self.host.events.joined(event)
        question = {field: event[field] for field in ("query_name", "query_type")}
        return self.host.events.find(lambda record: record.get("message_type") == "resolver_response" and
                                     not agree.fields(record, question))

    def look_at(self, case, asked):
        """Compares and shows one case."""
        if case.unseen:
            self.unseen[case.unseen] = self.unseen.get(case.unseen, 0) + 1
            return self.show(case, asked, f"no event; counted as unseen: {case.unseen}", [])
        event = self.host.events.of(asked)
        differences = ["no event"]
        if event is not None:
            differences = agree.all_of(asked, event, case.options, case.wanted, self.host.software)
            differences += self.upstream_differences(case, event)
        return self.show(case, asked, screen.event_words(event), differences)

    def show(self, case, asked, says, differences):
        screen.row(case.kind, asked, says, differences)
        self.check(not differences, f"{case.kind}: {case.name} {case.qtype}", "; ".join(differences))

    def send_late(self):
        """The cases whose answers take seconds."""
        return [(case, self.send(case)) for case in self.role.cases if case.late]

    def run(self, late):
        screen.heading(self.role.title)
        for case in self.role.cases:
            if not case.late and not case.last:
                self.run_case(case)
        for case, asked in late:
            self.host.events.of(asked, 15)
            self.look_at(case, asked.receive(0.1))
        for case in self.role.cases:
            if case.last:
                self.run_case(case)

    def run_case(self, case):
        try:
            if case.first:
                case.first(self, case)
            asked, self.pending = self.pending or self.send(case), None
            self.look_at(case, asked.receive(0.3 if case.wanted.get("outcome") == "dropped" else 5))
        except proc.Timeout as timeout:
            self.check(False, case.kind, str(timeout))

    def settle(self):
        """The books, once the host has told all its counts (Unbound does with each event) and nothing waits."""
        found = [None]

        def rests():
            if self.role.rest:
                self.ask_and_account(self.role.rest, "A")
            found[0] = books.Books(self.host.metrics.snapshot(), sink="file")
            return found[0].host == len(self.asked) and not found[0].queued and not found[0].host_difference()
        try:
            proc.wait_for(rests, "rest of the books", 6)
        except proc.Timeout:
            pass
        return found[0]

    def balance(self):
        """Each query asked is an event or an unseen one. Returns the books as lines."""
        found = self.settle()
        wanted, unseen = len(self.asked), sum(self.unseen.values())
        clients = len(self.host.events.find(events.is_client))
        for is_true, what in (
                (found.host == wanted, f"{wanted} queries asked, {found.host:.0f} counted by {self.host.name}"),
                (clients + unseen == wanted,
                 f"{wanted} queries asked = {clients} events in the file + {unseen} unseen"),
                (found.unseen == self.unseen, f"unseen: {words(self.unseen)}; counted: {words(found.unseen)}"),
                (found.host_difference() == 0, f"{found.host_difference():.0f} queries unexplained"),
                (found.record_difference() == 0 and found.sink_difference() == 0, "records and sink balance"),
                (found.lost == 0 and found.dropped == 0, f"{found.lost + found.dropped:.0f} records lost"),
                (not self.host.events.broken, f"{len(self.host.events.broken)} lines are not JSON")):
            self.check(is_true, what, "not so")
        return found.lines()

    def start_tail(self):
        """`telltalectl tail` beside it all, as on a terminal of 140 columns."""
        words = [tree.tool("telltalectl"), "tail", "--text", "--color", "always" if screen.ON_TERMINAL else "never",
                 "--socket", os.path.join(self.state, "tap.sock")]
        self.tail = proc.Process(words, self.tail_path, env={**os.environ, "COLUMNS": "140", "LC_ALL": "C.UTF-8"})
        proc.wait_for(lambda: self.host.metrics.snapshot().sum("telltale_tap_readers") == 1, "the reader of the tap")

    def stop_tail(self):
        """Ends it as Ctrl-C does; its lines."""
        self.tail.signal(signal.SIGINT)
        self.check(self.tail.wait() == 0, "telltalectl tail ends well", self.tail.log()[-300:])
        return self.tail.log().splitlines()

    def show_tail(self):
        """Some lines of what tail showed, one for each kind worth a look; and whether it showed all."""
        def told():
            return len(self.host.events.find(lambda record: record.get("kind") == "dns"))
        try:
            proc.wait_for(lambda: len(self.tail.log().splitlines()) >= told(), "every event in tail", 5)
        except proc.Timeout as timeout:
            self.check(False, "tail", str(timeout))
        *lines, last = self.stop_tail()
        count = told()
        plain = [re.sub(r"\033\[[0-9;]*m", "", line) for line in lines]
        first = {mark: next((at for at, line in enumerate(plain) if mark in line), None)
                 for mark in self.role.tail_shows}
        print("\n".join("  " + lines[at] for at in sorted({*first.values()} - {None})))
        missing = [mark for mark, at in first.items() if at is None]
        self.check(not missing, "tail shows every kind of line", f"{missing} are not there")
        self.check(len(lines) == count, f"tail showed {len(lines)} of {count} events", last)
        self.check(last == f"{count} shown, 0 filtered out, 0 lost", f"tail: {last}", f"{count} events")

    def check_identity(self):
        """It is told apart from the others on this machine."""
        records = self.host.events.find(lambda record: record.get("kind") == "dns")
        number = "" if self.role.number == 1 else f"/{self.role.number}"
        wanted = {f"testnode/{self.role.software}{number}"}
        found = {record.get("instance") for record in records}
        self.check(found == wanted, f"every event is of {', '.join(sorted(found))}", f"not of {wanted} alone")

    def check_knowledge(self):
        """Every client event has what is known of every client, all of one version of the data."""
        records = self.host.events.find(lambda record: record.get("kind") == "dns")
        clients = [event for event in records if events.is_client(event)]
        bare = [event for event in clients if agree.fields(event, data.CLIENT)]
        self.check(not bare, f"{len(clients)} client events know the client's country and network",
                   f"{len(bare)} do not")
        versions = {event.get("enrichment_id") for event in records}
        self.check(len(versions) == 1, f"one version of the data: {versions}", "several")
        return records
