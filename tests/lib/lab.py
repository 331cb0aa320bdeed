# SPDX-FileCopyrightText: 2026 the telltale authors
# SPDX-License-Identifier: BSD-3-Clause
"""One host under test: asks, finds the events, and keeps its own count of what must be in the books."""

import time

import agree
import books
import proc
import unbound


class Lab:
    """checks: check.Checks; host: the class, unbound.Unbound or named.Named, to which further words go."""

    def __init__(self, checks, authority, name="host.d", *, host=unbound.Unbound, **settings):
        self.checks, self.authority = checks, authority
        settings.setdefault("threads", 1)
        self.host = host(checks.path(name), authority, **settings).start()
        self.asked, self.unseen = 0, {}

    def ask(self, name, qtype="A", timeout_s=5.0, **options):
        """Asks, counts, and waits for the event, so that events come in the order of the questions."""
        asked = self.host.ask(name, qtype, timeout_s=timeout_s, **options)
        self.asked += 1
        return asked

    def send(self, name, qtype="A", **options):
        self.asked += 1
        return self.host.send(name, qtype, **options)

    def event(self, asked, limit_s=5.0):
        return self.host.events.of(asked, limit_s)

    def prepare(self, name, qtype="A", **options):
        """A query that must be over, its event written, before the next."""
        asked = self.ask(name, qtype, **options)
        self.event(asked)
        return asked

    def row(self, what, name, qtype="A", *, wanted, upstream=None, client=None, asked=None, timeout_s=5.0,
            **options):
        """One row of a table: asks, then compares what the client got, what the event says and what is wanted.
        client: the fate that the client must see: a response code, or None for any."""
        if asked is None:
            asked = self.ask(name, qtype, timeout_s=timeout_s, **options)
        event = self.event(asked)
        if event is None:
            self.checks(False, what, f"no event; the client got {asked.got()}")
            return None
        differences = agree.all_of(asked, event, options, wanted, self.host.software)
        if client is not None and asked.got().split()[0] != client:
            differences.append(f"the client got {asked.got()}, the row is about {client}")
        if upstream is not None and not [other for other in self.host.events.joined(event)
                                         if not agree.fields(other, upstream)]:
            differences.append(f"no upstream event of this work with {upstream}")
        self.checks(not differences, what, "; ".join(differences))
        return event

    def row_unseen(self, what, reason, ask, count=1):
        """ask() does what no hook shows; the counter of `reason` must grow by `count`, and no event may come.
        reason None: the host does not count it either."""
        events_before = len(self.client_events())
        asked = ask()
        self.settle()
        if reason:
            self.unseen[reason] = self.unseen.get(reason, 0) + count
        else:
            self.asked -= count
        found = self.wait_for_unseen()
        event = self.event(asked, 0.0) if asked else None
        self.checks(found == self.unseen and event is None, what,
                    f"unseen {found} for {self.unseen}, event {event}, {len(self.client_events()) - events_before} new")
        return asked

    def raw(self, packet, timeout_s=0.3, transport="udp"):
        """Sends these bytes as a query and waits a little: for row_unseen."""
        return self.send(".", "A", raw=packet, transport=transport).receive(timeout_s)

    def let_expire(self, name):
        """The name is in the cache and its TTL of 1 s is over."""
        asked = self.prepare(name)
        proc.wait_for(lambda: time.time() > asked.started + 2.2, "end of the TTL", 5)

    def settle(self):
        """One more query whose event has come: the worker has published its books since."""
        return self.prepare("ns.test")

    def wait_for_unseen(self):
        found = {}

        def fits():
            found.clear()
            found.update(self.books().unseen)
            return found == self.unseen

        try:
            proc.wait_for(fits, "unseen counters", 3)
        except proc.Timeout:
            self.settle()
            fits()
        return found

    def client_events(self):
        return self.host.events.find(lambda record: record.get("message_type") in ("client_response",
                                                                                      "auth_response"))

    def books(self):
        return books.Books(self.host.metrics.snapshot())

    def at_rest(self, limit_s=10.0, is_exact=False):
        """The books when nothing is queued or in flight any more, or the last ones. is_exact: and when all queries
        of the host are explained; some hosts are counted a little later than their events."""
        found = [None]

        def rests():
            found[0] = self.books()
            is_even = found[0].host_difference() == 0 or not is_exact
            return found[0].queued == 0 and found[0].in_flight == 0 and found[0].record_difference() == 0 and is_even
        try:
            proc.wait_for(rests, "rest of the books", limit_s)
        except proc.Timeout:
            pass
        return found[0]

    def balance(self, what, is_exact=True):
        """The books of this host: its queries = client events + unseen, events = lines of the file."""
        self.settle()
        found = self.at_rest(is_exact=is_exact)
        told = len(self.client_events())
        if is_exact:
            self.checks.equal(found.host, self.asked, f"{what}: {self.host.name} counted every query asked")
            self.checks.equal(found.host_difference(), 0, f"{what}: every query of {self.host.name} is explained")
            self.checks.equal(told + sum(found.unseen.values()), self.asked, f"{what}: events and unseen = asked")
        if is_exact and self.host.software == "bind":
            self.checks.equal(self.host.requests(), found.host, f"{what}: the statistics channel counts the same")
        self.checks.equal(told, found.clients - found.lost, f"{what}: events in the file = observed - lost")
        self.checks.equal((found.record_difference(), found.sink_difference()), (0, 0), f"{what}: records and sink")
        self.checks.equal(self.host.events.broken, [], f"{what}: every line is JSON")
        return found

    def stop(self):
        return self.host.stop()
