# SPDX-FileCopyrightText: 2026 the telltale authors
# SPDX-License-Identifier: BSD-3-Clause
"""The books, from one scrape: what the host counts against what became an event, and where events went."""


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


class Books:
    """The numbers of the balances. All are cumulative since the core started."""

    def __init__(self, snapshot):
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
        self.offered = total("telltale_sink_offered_total")
        self.made = total("telltale_sink_offered_total", topic="books")  # records that no host observed
        self.filtered = total("telltale_sink_filtered_total")
        self.delivered = total("telltale_sink_records_total", result="delivered")
        self.dropped = total("telltale_sink_records_total", result="dropped")
        self.queued = total("telltale_sink_queue_records")

    def host_difference(self):
        """Queries of the host that neither an event nor a counter explains."""
        return self.host - self.clients - sum(self.unseen.values()) - self.in_flight

    def record_difference(self):
        """Observations that were neither lost, filtered nor offered (of one sink with one topic of events)."""
        return self.clients + self.upstreams - self.lost - self.filtered - (self.offered - self.made)

    def sink_difference(self):
        return self.offered - self.delivered - self.dropped - self.queued

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
