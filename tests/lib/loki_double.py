# SPDX-FileCopyrightText: 2026 the telltale authors
# SPDX-License-Identifier: BSD-3-Clause
"""A stand-in for Grafana Loki that is stricter than Loki: it keeps what is pushed, and notes every broken rule.

    double = loki_double.Double()                       # or Double(tls=ssl.SSLContext, token="…", user=("name", "pw"))
    double.push                                         # what a sink is told as url
    double.answer = lambda: (503, {"Retry-After": "1"}, b"busy")   # instead of looking at pushes; None: as usual
    double.lines('{job="telltale"} | json | response_code="NXDOMAIN"')
    double.broken, double.statuses, double.duplicates   # rules broken (texts), pushes by status, lines that came twice
    double.close()

As in Loki (3.4: pkg/distributor, pkg/ingester; tried against the real one): the good lines of a request are stored when others
are refused (400), a line of the same stream, time and text is stored once, lines older than 7 days, more than 10 min ahead,
larger than 256 KiB or an hour behind their stream's newest are refused. Queries: loki_query.py.
"""

import base64
import gzip
import http.server
import json
import re
import threading
import time
import urllib.parse

import loki_query

LINE_MAX, BODY_MAX, LABELS_MAX = 256 << 10, 2 << 20, 15
AGE_MAX_S, AHEAD_MAX_S, BEHIND_MAX_S = 7 * 86400, 600, 3600
LABELS = ("instance", "job", "kind", "region", "software")
KINDS = ("raw", "normalized", "enriched", "aggregates", "books", "alerts")


class Broken(Exception):
    """A rule that the sink promises to keep."""


def rule(is_kept, text):
    if not is_kept:
        raise Broken(text)


def check_stream(stream):
    """Labels, sorted and few; values with times as strings, and metadata of strings, sorted."""
    rule(set(stream) == {"stream", "values"}, f"keys of a stream: {sorted(stream)}")
    labels = stream["stream"]
    rule(list(labels) == sorted(labels) and set(labels) <= set(LABELS), f"labels: {list(labels)}")
    rule(labels.get("job") == "telltale" and labels.get("kind") in KINDS, f"job and kind: {labels}")
    rule(labels.get("instance") and labels.get("software"), f"instance and software: {labels}")
    rule(all(isinstance(value, str) for value in labels.values()), f"labels that are no strings: {labels}")
    rule(stream["values"], "a stream without values")
    for value in stream["values"]:
        check_value(value)


def check_value(value):
    rule(len(value) in (2, 3), f"a value of {len(value)} parts")
    rule(isinstance(value[0], str) and re.fullmatch(r"\d{19}", value[0]), f"time: {value[0]!r}")
    rule(isinstance(value[1], str), "a line that is no string")
    metadata = value[2] if len(value) == 3 else {}
    rule(len(value) == 2 or metadata, "empty metadata")
    rule(list(metadata) == sorted(metadata) and set(metadata) <= {"dup", "event_id"}, f"metadata: {metadata}")
    rule(all(isinstance(word, str) for word in metadata.values()), f"metadata that is no strings: {metadata}")
    record = json.loads(value[1])
    rule("dup" not in record, "the mark of a second sending stands in the line")
    rule(metadata.get("event_id") == record.get("event_id"), "event_id of the metadata is not the record's")
    rule(value[1].count("\n") == 0, "a line of several lines")


class Server(http.server.ThreadingHTTPServer):
    """Connections that end badly are what tests are about: nothing is said of them."""

    daemon_threads = True

    def handle_error(self, _request, _client_address):  # pylint: disable=arguments-differ
        pass


class Double:
    """See above."""

    def __init__(self, tls=None, token=None, user=None, tenant=None, port=0):
        self.token, self.user, self.tenant, self.answer = token, user, tenant, None
        self.broken, self.statuses, self.duplicates, self.marked = [], {}, 0, 0
        self.streams, self.newest = {}, {}
        self.lock = threading.Lock()
        self._server = Server(("127.0.0.1", port), self._handler())
        if tls:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True, do_handshake_on_connect=False)
        self.port = self._server.server_address[1]
        self.scheme = "https" if tls else "http"
        self.url = f"{self.scheme}://127.0.0.1:{self.port}"
        self.push = self.url + "/loki/api/v1/push"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def close(self):
        self._server.shutdown()
        self._server.server_close()

    def _handler(self):
        double = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            timeout = 60

            def log_message(self, *_words):  # pylint: disable=arguments-differ
                pass

            def reply(self, status, headers=None, body=b""):
                self.send_response(status)
                for name, value in (headers or {}).items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def do_POST(self):  # pylint: disable=invalid-name
                body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
                status, headers, text = double.take(self.path, self.headers, body)
                with double.lock:
                    double.statuses[status] = double.statuses.get(status, 0) + 1
                self.reply(status, headers, text)

            def do_GET(self):  # pylint: disable=invalid-name
                path, _, words = self.path.partition("?")
                if path == "/ready":
                    self.reply(200, body=b"ready\n")
                elif path == "/loki/api/v1/query_range":
                    self.query(dict(urllib.parse.parse_qsl(words)))
                else:
                    self.reply(404, body=b"404 page not found\n")

            def query(self, words):
                try:
                    data = loki_query.run(double.all(), words["query"], int(words["start"]), int(words["end"]))
                    self.reply(200, body=json.dumps({"status": "success", "data": data}).encode())
                except ValueError as error:
                    self.reply(400, body=str(error).encode())

        return Handler

    def take(self, path, headers, body):
        """Status, headers and body of the answer to a push."""
        if self.answer:
            return self.answer()
        if not self._is_known(headers):
            return 401, {}, b"no credentials\n"
        if path != "/loki/api/v1/push":
            return 404, {}, b"404 page not found\n"
        try:
            streams = self._check(headers, body)
        except (Broken, ValueError, OSError, KeyError, TypeError, AttributeError) as error:
            self.broken.append(f"{type(error).__name__}: {error}")
            return 400, {}, str(error).encode()
        if not streams:
            return 422, {}, b"error at least one valid stream is required for ingestion\n"
        refused = [reason for stream in streams for reason in self._store(stream)]
        return (400, {}, refused[-1].encode()) if refused else (204, {}, b"")

    def _is_known(self, headers):
        given = headers.get("Authorization", "")
        if self.tenant and headers.get("X-Scope-OrgID") != self.tenant:
            return False
        if self.token:
            return given == f"Bearer {self.token}"
        if self.user:
            return given == "Basic " + base64.b64encode(":".join(self.user).encode()).decode()
        return given == ""

    @staticmethod
    def _check(headers, body):
        rule(headers.get("Content-Type") == "application/json", f"Content-Type: {headers.get('Content-Type')}")
        if body == b'{"streams":[]}':
            return []  # a probe
        rule(headers.get("Content-Encoding") == "gzip", f"Content-Encoding: {headers.get('Content-Encoding')}")
        rule(headers.get("User-Agent", "").startswith("telltale"), f"User-Agent: {headers.get('User-Agent')}")
        text = gzip.decompress(body)
        rule(len(text) <= BODY_MAX, f"a body of {len(text)} bytes")
        pushed = json.loads(text)
        rule(list(pushed) == ["streams"] and pushed["streams"], "streams")
        for stream in pushed["streams"]:
            check_stream(stream)
        kinds = [json.dumps(stream["stream"]) for stream in pushed["streams"]]
        rule(len(kinds) == len(set(kinds)), "a stream twice in a request")
        return pushed["streams"]

    def _store(self, stream):
        """Keeps the good lines; yields why the others are refused."""
        labels, now = tuple(stream["stream"].items()), time.time()
        with self.lock:
            kept = self.streams.setdefault(labels, {})
            for ns, line, *metadata in stream["values"]:
                at = int(ns)
                newest = self.newest.get(labels, 0)
                if len(line.encode()) > LINE_MAX:
                    yield f"Max entry size '{LINE_MAX}' bytes exceeded"
                elif at < (now - AGE_MAX_S) * 1e9:
                    yield f"entry has timestamp too old: {ns}"
                elif at > (now + AHEAD_MAX_S) * 1e9:
                    yield f"entry has timestamp too new: {ns}"
                elif at < newest - BEHIND_MAX_S * 10**9:
                    yield f"entry too far behind: {ns}"
                else:
                    self._keep(kept, at, line, metadata[0] if metadata else {})
                    self.newest[labels] = max(newest, at)

    def _keep(self, kept, at, line, metadata):
        if (at, line) in kept:
            self.duplicates += 1
            return
        kept[(at, line)] = metadata
        self.marked += metadata.get("dup") == "maybe"

    def all(self):
        """Every line kept: (labels and metadata, ns, line)."""
        with self.lock:
            return [({**dict(labels), **metadata}, at, line) for labels, kept in self.streams.items()
                    for (at, line), metadata in kept.items()]

    def records(self, kind):
        """The records of a kind, decoded, by event_id."""
        return {labels["event_id"]: json.loads(line) for labels, _, line in self.all() if labels["kind"] == kind}
