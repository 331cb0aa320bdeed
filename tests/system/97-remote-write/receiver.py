# SPDX-FileCopyrightText: 2026 the telltale authors
# SPDX-License-Identifier: BSD-3-Clause
"""A host whose metrics go by remote write to something that speaks Prometheus's API."""

import collections
import os
import time

import metrics
import proc
import prometheus
import tree
import unbound

INTERVAL_S = 5  # the shortest there is
TIMEOUT_S = 6  # longer than the interval: samples are taken while a request waits
SINK = "prom"
NODE = "testnode"

Books = collections.namedtuple("Books", "offered delivered uncertain queued dropped filtered")


def yaml(url, *lines, node=NODE):
    """lines: more keys of the sink."""
    more = "".join(f", {line}" for line in lines)
    keys = f'type: remote_write, name: {SINK}, url: "{url}", interval: {INTERVAL_S}s, timeout: {TIMEOUT_S}s{more}'
    return unbound.YAML.replace(f"node: {NODE}\n", f"node: {node}\n") + "  - {{ " + keys + " }}\n"


def compile_argv(source, program):
    """To link a program with the library as it was built."""
    libs = proc.run(["make", "-s", "--no-print-directory", "--eval", "libs: ; @echo $(LIBS)", "libs"],
                    cwd=tree.TOP).stdout.split()
    return ["cc", "-std=c11", "-D_GNU_SOURCE", "-I" + os.path.join(tree.TOP, "shared"), "-pthread", source,
            os.path.join(tree.BUILD, "libtelltale.a"), *libs, "-o", program]


class Lab:
    """host: started or to be started; api: a prometheus.Api; node: as in its YAML."""

    def __init__(self, checks, host, api, node=NODE):
        self.checks, self.host, self.api, self.instance = checks, host, api, f"{node}/unbound"

    def ask(self, name, qtype="A"):
        return self.host.ask(name, qtype)

    def books(self):
        """Of the sink, in samples."""
        page = self.host.metrics.snapshot()

        def number(name, **labels):
            return int(page.sum("telltale_sink_" + name, sink=SINK, topic="metrics", **labels))
        return Books(number("offered_total"), number("records_total", result="delivered"),
                     number("records_total", result="uncertain"), number("queue_records"),
                     number("records_total", result="dropped"), number("filtered_total"))

    def is_up(self):
        return self.host.metrics.snapshot().sum("telltale_sink_up", sink=SINK) == 1

    def wait(self, condition, what, limit_s):
        """As a check."""
        try:
            proc.wait_for(condition, what, limit_s)
            return True
        except proc.Timeout as late:
            return self.checks(False, what, late)

    def newest(self):
        """The time of the last sample, 0 when there is none."""
        found = self.api.samples(f'telltale_up{{instance="{self.instance}"}}[15m]')
        return max((at for values in found.values() for at, _ in values), default=0)

    def wait_rest(self, limit_s=30, since=None):
        """Until a sample taken after since (None: now) is there, and nothing waits."""
        since = since or time.time()
        self.wait(lambda: self.newest() > since and self.books().queued == 0, "samples arrive", limit_s)

    def no_hole(self, what, since=0):
        for labels, values in self.api.samples(f'telltale_up{{instance="{self.instance}"}}[60m]').items():
            missing, wanted = prometheus.holes([(at, value) for at, value in values if at >= since], INTERVAL_S)
            self.checks(not missing and wanted > 1, f"{what}: none of {wanted} intervals is missing",
                        (labels, missing))
        books = self.books()
        self.checks(books.dropped == 0 and books.offered == books.delivered + books.uncertain + books.queued,
                    f"{what}: the books balance and nothing was dropped", books)

    def steady(self, what):
        """No refusal so far."""
        self.checks("server answers 4" not in self.host.log(), f"{what}: no 4xx", self.host.log()[-2000:])
        self.checks(self.books().dropped == 0, f"{what}: nothing refused", self.books())

    def ended(self):
        """After a clean stop, at once: an exit has two seconds for it, and needs some hundredths of one."""
        self.checks.equal(self.api.vector('{job="telltale"}'), {}, "every series is ended at once")

    def page(self):
        """As the receiver must have it."""
        own = {"instance": self.instance, "job": "telltale", "region": "test-region"}
        return {(name, tuple(sorted({**labels, **own}.items()))): value
                for name, labels, value in metrics.parse(self.host.metrics.text())}

    def wait_sample(self, after):
        proc.wait_for(lambda: self.newest() > after, "the next sample", 3 * INTERVAL_S)

    def equal_to_page(self):
        """What the receiver has of every series is what two scrapes around it show; most do not move in between."""
        before, at = self.page(), time.time()
        self.wait_sample(at)
        found, after = self.api.vector(f'{{job="telltale",instance="{self.instance}"}}'), self.page()
        lacking = [key for key in before if key not in found]
        unknown = [key for key in found if key not in after]
        self.checks(not lacking and not unknown, f"all {len(found)} series of /metrics are there, and no others",
                    (lacking[:5], unknown[:5]))
        still = [key for key in before if before[key] == after.get(key)]
        wrong = [(key, before[key], found.get(key)) for key in still if found.get(key) != before[key]]
        self.checks(not wrong and len(still) > 50, f"the {len(still)} that rest have the value of the scrape",
                    wrong[:5])
        wrong = [(key, before[key], found[key], after[key]) for key in before if key not in still and key in after and
                 key in found and not min(before[key], after[key]) <= found[key] <= max(before[key], after[key])]
        self.checks(not wrong, "the others one between two scrapes", wrong[:5])

    def probe(self, words, status=0):
        made = proc.run([tree.tool("telltalectl"), "check", "--as", "unbound", "--connect", self.host.yaml],
                        check=False)
        self.checks(made.returncode == status and all(word in made.stdout for word in words),
                    f"telltalectl check --connect says: {', '.join(words)}", (made.returncode, made.stdout[-600:]))
