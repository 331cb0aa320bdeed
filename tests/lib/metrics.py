# SPDX-FileCopyrightText: 2026 the telltale authors
# SPDX-License-Identifier: BSD-3-Clause
"""Scrapes /metrics and answers questions about it."""

import re
import urllib.request

import proc

SAMPLE = re.compile(r'^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$')
LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)"')


def parse(text):
    """(name, {label: value}, number) of every sample."""
    samples = []
    for line in text.splitlines():
        found = None if line.startswith("#") else SAMPLE.match(line)
        if found:
            samples.append((found[1], dict(LABEL.findall(found[2] or "")), float(found[3])))
    return samples


class Metrics:
    """find() gives host:port of the server."""

    def __init__(self, find):
        self._find = find

    def text(self, timeout_s=5):
        with urllib.request.urlopen(f"http://{self._find()}/metrics", timeout=timeout_s) as page:
            return page.read().decode("utf-8")

    def text_if_there(self):
        """The page, or nothing as long as nobody serves it."""
        try:
            return self.text()
        except OSError:
            return ""

    def samples(self):
        """The page comes a moment after the start of a host, and goes for one at a reload."""
        return parse(proc.wait_for(self.text_if_there, "the page of /metrics"))

    def snapshot(self):
        return Snapshot(self.samples())


class Snapshot:
    """One scrape."""

    def __init__(self, samples):
        self.samples = samples

    def sum(self, name, **labels):
        """The sum over all series of a metric whose labels have these values."""
        return sum(value for name_of, labels_of, value in self.samples
                   if name_of == name and all(labels_of.get(key) == wanted for key, wanted in labels.items()))

    def by(self, name, label):
        """{value of the label: sum}."""
        sums = {}
        for name_of, labels_of, value in self.samples:
            if name_of == name:
                key = labels_of.get(label, "")
                sums[key] = sums.get(key, 0) + value
        return sums
