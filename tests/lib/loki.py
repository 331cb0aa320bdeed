# SPDX-FileCopyrightText: 2026 the telltale authors
# SPDX-License-Identifier: BSD-3-Clause
"""A real Grafana Loki of one process on loopback, built once by Go and kept below ~/.cache/telltale."""

import json
import os
import re
import shutil
import subprocess
import urllib.error
import urllib.parse
import urllib.request

import check
import ports
import proc

VERSION = "3.4.2"
MODULE = "github.com/grafana/loki/v3"
PUSH = "github.com/grafana/loki/pkg/push"
PUSH_VERSION = "v0.0.0-20240924133635-758364c7775f"  # the module's own is relative, which go refuses from outside
CONF = """auth_enabled: {tenants}
server:
  http_listen_address: 127.0.0.1
  http_listen_port: {port}
  grpc_listen_address: 127.0.0.1
  grpc_listen_port: {grpc_port}
  log_level: warn
common:
  instance_addr: 127.0.0.1
  path_prefix: {directory}
  replication_factor: 1
  ring: {{ kvstore: {{ store: inmemory }} }}
  storage: {{ filesystem: {{ chunks_directory: {directory}/chunks, rules_directory: {directory}/rules }} }}
memberlist: {{ bind_addr: [127.0.0.1], bind_port: {gossip_port} }}
schema_config:
  configs:
    - {{ from: 2024-01-01, store: tsdb, object_store: filesystem, schema: v13, index: {{ prefix: index_, period: 24h }} }}
analytics: {{ reporting_enabled: false }}
{more}
"""


def cache():
    return os.path.join(os.environ.get("XDG_CACHE_HOME", os.path.expanduser("~/.cache")), f"telltale/loki-{VERSION}")


def binary():
    return os.path.join(cache(), "loki")


def write_module(directory, source):
    """A module of its own that repeats what Loki's requires and replaces, as only that of the main module counts."""
    with open(os.path.join(source, "go.mod"), encoding="utf-8") as text:
        mod = text.read()
    mod = re.sub(r"^module .*$", "module telltale.test/loki", mod, count=1, flags=re.M)
    mod = re.sub(r"^toolchain .*\n", "", mod, flags=re.M)
    mod = re.sub(rf"^replace {re.escape(PUSH)} => .*$", f"replace {PUSH} => {PUSH} {PUSH_VERSION}", mod, flags=re.M)
    with open(os.path.join(directory, "go.mod"), "w", encoding="utf-8") as out:
        out.write(f"{mod}\nrequire {MODULE} v{VERSION}\n")
    shutil.copy(os.path.join(source, "go.sum"), os.path.join(directory, "go.sum"))
    os.chmod(os.path.join(directory, "go.sum"), 0o644)


def build(limit_s=3000):
    """The path of the binary; builds it when there is none: some 10 minutes on 2 cores, 3 GB of module cache."""
    if os.path.exists(binary()):
        return binary()
    check.need_tool("go")
    directory = os.path.join(cache(), "build")
    os.makedirs(directory, exist_ok=True)
    found = subprocess.run(["go", "mod", "download", "-json", f"{MODULE}@v{VERSION}"], stdout=subprocess.PIPE,
                           stderr=subprocess.DEVNULL, cwd=directory, check=False, timeout=limit_s)
    source = json.loads(found.stdout or "{}").get("Dir")
    if found.returncode != 0 or not source:
        raise check.Skip("Loki's source cannot be had through Go's module proxy")
    write_module(directory, source)
    print(f"building Loki {VERSION}: some 10 minutes", flush=True)
    proc.run(["nice", "go", "build", "-mod=mod", "-o", binary() + ".new", MODULE + "/cmd/loki"], limit_s, cwd=directory,
             env={**os.environ, "CGO_ENABLED": "0", "GOFLAGS": "-buildvcs=false"})
    os.rename(binary() + ".new", binary())
    return binary()


def query_range(url, query, start_s, end_s, limit=5000, headers=None):
    """What a Loki at url (http://host:port) answers: the `data` of the API. RuntimeError says why it does not."""
    words = urllib.parse.urlencode({"query": query, "start": int(start_s * 1e9), "end": int(end_s * 1e9), "limit": limit,
                                    "step": 1, "direction": "forward"})
    request = urllib.request.Request(f"{url}/loki/api/v1/query_range?{words}", headers=headers or {})
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return json.loads(answer.read())["data"]
    except urllib.error.HTTPError as error:
        raise RuntimeError(f"{query}: {error.code} {error.read().decode('utf-8', 'replace').strip()}") from error


class Loki:
    """Started by start(); url, push: what a sink is told. tenants: True asks for X-Scope-OrgID. more: lines of YAML."""

    def __init__(self, directory, tenants=False, more=""):
        self.directory = os.path.abspath(directory)
        os.makedirs(self.directory, exist_ok=True)
        self.port = ports.free()
        self.url = f"http://127.0.0.1:{self.port}"
        self.push = self.url + "/loki/api/v1/push"
        self.conf = os.path.join(self.directory, "loki.yaml")
        with open(self.conf, "w", encoding="utf-8") as out:
            out.write(CONF.format(tenants=str(tenants).lower(), port=self.port, grpc_port=ports.free(),
                                  gossip_port=ports.free(), directory=self.directory, more=more))
        self.process = None

    def start(self, limit_s=120.0):
        self.process = proc.Process([build(), f"-config.file={self.conf}", "-target=all"],
                                    os.path.join(self.directory, "loki.log"), name="loki")
        proc.wait_for(lambda: not self.process.is_alive() or self.is_ready(), "start of Loki", limit_s)
        if not self.process.is_alive():
            raise RuntimeError("Loki did not start:\n" + self.process.log()[-3000:])
        return self

    def is_ready(self):
        try:
            with urllib.request.urlopen(self.url + "/ready", timeout=5) as answer:
                return answer.status == 200
        except OSError:
            return False

    def lines(self, query, start_s, end_s, headers=None):
        """(labels and metadata, ns, line) of a query of the log, in order of time."""
        found = [(stream["stream"], int(ns), line) for stream in query_range(self.url, query, start_s, end_s,
                                                                             headers=headers)["result"]
                 for ns, line, *_ in stream["values"]]
        return sorted(found, key=lambda one: one[1])

    def stop(self):
        return self.process.stop(20.0) if self.process else None
