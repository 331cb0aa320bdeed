# SPDX-FileCopyrightText: 2026 the telltale authors
# SPDX-License-Identifier: BSD-3-Clause
"""The books, from one scrape: what the host counts against what became an event, and where events went."""

import functools


def count_lines(path):
    """(client events, upstream events, other lines but books) of a file, without parsing each."""
    clients = upstreams = others = 0
    with open(path, "rb") as lines:
        for line in lines:
            if b'"message_type":"client_response"' in line or b'"message_type":"auth_response"' in line:
                clients += 1
            elif b'"message_type":"resolver_response"' in line or b'"message_type":"forwarder_response"' in line:
                upstreams += 1
            elif not line.startswith(b'{"kind":"books"'):
                others += 1
    return clients, upstreams, others


OWN_TOPICS = ("aggregates", "alerts", "books")  # of records that no host observed


class SinkBooks:
    """One sink and topic: offered + recovered = delivered + uncertain + queued + spooled + dropped(reason)."""

    def __init__(self, snapshot, sink, topic):
        def total(name, **labels):
            return int(snapshot.sum(f"telltale_sink_{name}", sink=sink, topic=topic, **labels))
        self.sink, self.topic = sink, topic
        self.offered, self.recovered = total("offered_total"), total("recovered_total")
        self.delivered, self.uncertain = (total("records_total", result=word) for word in ("delivered", "uncertain"))
        self.dropped = total("records_total", result="dropped")
        self.queued, self.spooled = total("queue_records"), total("spool_records")
        self.reasons = {labels["reason"]: int(value) for name, labels, value in snapshot.samples
                        if name == "telltale_sink_records_total" and value and labels["sink"] == sink and
                        labels["topic"] == topic and labels["result"] == "dropped"}

    def difference(self):
        return (self.offered + self.recovered - self.delivered - self.uncertain - self.queued - self.spooled -
                self.dropped)

    def is_at_rest(self):
        return self.queued == 0 and self.spooled == 0

    def __str__(self):
        return (f"{self.sink}/{self.topic}: {self.offered} offered + {self.recovered} recovered = {self.delivered} "
                f"delivered + {self.uncertain} uncertain + {self.queued} queued + {self.spooled} spooled + "
                f"{self.dropped} dropped {self.reasons or ''} + {self.difference()} unexplained")


def of_sinks(snapshot):
    """SinkBooks of every sink and topic that /metrics shows."""
    pairs = {(labels["sink"], labels["topic"]) for name, labels, _ in snapshot.samples
             if name == "telltale_sink_offered_total"}
    return [SinkBooks(snapshot, sink, topic) for sink, topic in sorted(pairs)]


class Books:
    """The numbers of the balances. All are cumulative since the core started. sink: that one alone counts."""

    def __init__(self, snapshot, sink=None):
        total = snapshot.sum
        observed = snapshot.by("telltale_observed_total", "message_type")
        self.host = total("telltale_host_queries_total")
        self.clients = observed.get("client_response", 0) + observed.get("auth_response", 0)
        self.upstreams = observed.get("resolver_response", 0) + observed.get("forwarder_response", 0)
        self.unseen = {reason: n for reason, n in snapshot.by("telltale_unseen_queries_total", "reason").items() if n}
        self.in_flight = total("telltale_host_queries_in_flight")
        self.unexplained = total("telltale_unexplained_queries")
        self.resets = total("telltale_host_resets_total")
        self.lost = total("telltale_lost_total")
        self.ring_lost = snapshot.by("telltale_observed_lost_total", "message_type")
        of_sink = functools.partial(total, **({"sink": sink} if sink else {}))
        self.offered = of_sink("telltale_sink_offered_total")
        self.made = sum(of_sink("telltale_sink_offered_total", topic=topic) for topic in OWN_TOPICS)
        self.filtered = of_sink("telltale_sink_filtered_total")
        self.delivered, self.dropped, self.uncertain = (of_sink("telltale_sink_records_total", result=word)
                                                        for word in ("delivered", "dropped", "uncertain"))
        self.queued = of_sink("telltale_sink_queue_records") + of_sink("telltale_sink_spool_records")
        self.recovered = of_sink("telltale_sink_recovered_total")

    def host_difference(self):
        """Queries of the host that neither an event nor a counter explains."""
        return self.host - self.clients - sum(self.unseen.values()) - self.in_flight

    def record_difference(self):
        """Observations that were neither lost, filtered nor offered (of one sink with one topic of events)."""
        return self.clients + self.upstreams - self.lost - self.filtered - (self.offered - self.made)

    def sink_difference(self):
        return self.offered + self.recovered - self.delivered - self.uncertain - self.dropped - self.queued

    def lines(self):
        unseen = " ".join(f"{reason} {n:.0f}" for reason, n in sorted(self.unseen.items())) or "none"
        return [
            f"host: {self.host:.0f} queries = {self.clients:.0f} client events + {sum(self.unseen.values()):.0f} "
            f"unseen ({unseen}) + {self.in_flight:.0f} in flight + {self.host_difference():.0f} unexplained",
            f"records: {self.clients:.0f} client + {self.upstreams:.0f} upstream events = {self.lost:.0f} lost + "
            f"{self.filtered:.0f} filtered + {self.offered - self.made:.0f} offered + "
            f"{self.record_difference():.0f} unexplained",
            f"sink: {self.offered:.0f} offered ({self.made:.0f} of them books) = {self.delivered:.0f} delivered + "
            f"{self.dropped:.0f} dropped + {self.queued:.0f} queued + {self.sink_difference():.0f} unexplained",
        ]
