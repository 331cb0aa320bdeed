# SPDX-FileCopyrightText: 2026 the telltale authors
# SPDX-License-Identifier: BSD-3-Clause
"""A real Prometheus that takes remote write, on a loopback port of its own and in a directory of its own."""

import json
import math
import os
import urllib.error
import urllib.parse
import urllib.request

import ports
import proc

WRITE_PATH = "/api/v1/write"


class Api:
    """Questions in PromQL to anything that speaks Prometheus's HTTP API. headers: of every request."""

    def __init__(self, base, headers=None, context=None):
        self.base, self.headers, self.context = base, headers or {}, context

    def get(self, path, limit_s=10.0, **words):
        url = self.base + path + ("?" + urllib.parse.urlencode(words) if words else "")
        request = urllib.request.Request(url, headers=self.headers)
        with urllib.request.urlopen(request, timeout=limit_s, context=self.context) as answer:
            return answer.read().decode("utf-8")

    def is_there(self, path):
        try:
            self.get(path, 2.0)
            return True
        except OSError:
            return False

    def query(self, text, **words):
        """The result's data of an instant query."""
        return json.loads(self.get("/api/v1/query", query=text, **words))["data"]

    def vector(self, text, **words):
        """{(name, labels as sorted pairs): value} of an instant query."""
        found = {}
        for series in self.query(text, **words)["result"]:
            labels = dict(series["metric"])
            found[(labels.pop("__name__", ""), tuple(sorted(labels.items())))] = float(series["value"][1])
        return found

    def number(self, text, **words):
        """The only value of the answer; None when there is none."""
        found = list(self.vector(text, **words).values())
        if len(found) > 1:
            raise ValueError(f"{text}: {len(found)} series")
        return found[0] if found else None

    def samples(self, text, **words):
        """{labels as sorted pairs: [(seconds, value), ...]} of a range selector: what is stored, nothing made up."""
        return {tuple(sorted(series["metric"].items())): [(at, float(value)) for at, value in series["values"]]
                for series in self.query(text, **words)["result"]}


def holes(samples, interval_s):
    """The multiples of the interval that a list of (seconds, value) lacks between its first and last, as seconds; and
    how many there should be. Samples between multiples (the first zero, the last words) do not count."""
    multiples = {round(at) for at, _ in samples if math.isclose(at % interval_s, 0, abs_tol=1e-6)}
    wanted = range(min(multiples), max(multiples) + 1, interval_s) if multiples else ()
    return [at for at in wanted if at not in multiples], len(wanted)


class Prometheus(Api):
    """start(), stop(), start() again: port and data stay. web: lines of a web.config.file, or None."""

    def __init__(self, directory, web=None, scheme="http", headers=None, context=None):
        self.directory, self.port, self.process = os.path.abspath(directory), ports.free(), None
        super().__init__(f"{scheme}://127.0.0.1:{self.port}", headers, context)
        os.makedirs(self.directory, exist_ok=True)
        self.web = None
        if web is not None:
            self.web = os.path.join(self.directory, "web.yml")
            self.write_web(web)
        with open(os.path.join(self.directory, "prometheus.yml"), "w", encoding="ascii") as conf:
            conf.write("global: {}\n")

    def write_web(self, text):
        with open(self.web, "w", encoding="utf-8") as out:
            out.write(text)

    @property
    def write_url(self):
        return self.base + WRITE_PATH

    def start(self, limit_s=60.0):
        self.process = proc.Process(
            ["prometheus", f"--config.file={self.directory}/prometheus.yml",
             f"--storage.tsdb.path={self.directory}/data", f"--web.listen-address=127.0.0.1:{self.port}",
             "--web.enable-remote-write-receiver", "--log.level=warn",
             *([f"--web.config.file={self.web}"] if self.web else [])],
            os.path.join(self.directory, "prometheus.log"))
        proc.wait_for(lambda: not self.process.is_alive() or self.is_there("/-/ready"), "start of Prometheus", limit_s)
        if not self.process.is_alive():
            raise RuntimeError("Prometheus did not start:\n" + self.process.log()[-2000:])
        return self

    def stop(self):
        return self.process.stop(20.0)
