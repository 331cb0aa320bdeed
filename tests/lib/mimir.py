# SPDX-FileCopyrightText: 2026 the telltale authors
# SPDX-License-Identifier: BSD-3-Clause
"""A real Mimir, all in one process, on loopback ports of its own. The binary is built once and kept in the cache.

    python3 tests/lib/mimir.py       builds it (needs Go; some ten minutes) and prints where it is
"""

import fcntl
import json
import os
import shutil
import subprocess

import ports
import proc
import prometheus

VERSION = "v1.3.1-0.20260423142704-aced80d74930"
MODULE = "github.com/grafana/mimir"
CACHE = os.path.join(os.environ.get("TELLTALE_CACHE") or os.path.join(
    os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "telltale"), f"mimir-{VERSION}")
BINARY = os.path.join(CACHE, "mimir")
TENANT = "dns"
CONF = """target: all
multitenancy_enabled: true
usage_stats: {{ enabled: false }}
server:
  http_listen_address: 127.0.0.1
  http_listen_port: {http}
  grpc_listen_address: 127.0.0.1
  grpc_listen_port: {grpc}
  log_level: warn
common: {{ storage: {{ backend: filesystem }} }}
blocks_storage:
  filesystem: {{ dir: {directory}/blocks }}
  tsdb: {{ dir: {directory}/tsdb }}
  bucket_store: {{ sync_dir: {directory}/sync }}
ruler_storage: {{ filesystem: {{ dir: {directory}/rules }} }}
alertmanager_storage: {{ filesystem: {{ dir: {directory}/alertmanager }} }}
ruler: {{ rule_path: {directory}/rule-tmp }}
alertmanager: {{ data_dir: {directory}/alertmanager-data, external_url: "http://127.0.0.1:{http}/alertmanager" }}
activity_tracker: {{ filepath: {directory}/activity.log }}
memberlist: {{ bind_addr: [127.0.0.1], bind_port: {gossip}, join_members: [] }}
frontend: {{ address: 127.0.0.1 }}
ingester: {{ ring: {{ replication_factor: 1, instance_addr: 127.0.0.1, kvstore: {{ store: inmemory }} }} }}
distributor: {{ ring: {{ instance_addr: 127.0.0.1, kvstore: {{ store: inmemory }} }} }}
compactor:
  data_dir: {directory}/compactor
  sharding_ring: {{ instance_addr: 127.0.0.1, kvstore: {{ store: inmemory }} }}
store_gateway:
  sharding_ring: {{ replication_factor: 1, instance_addr: 127.0.0.1, kvstore: {{ store: inmemory }} }}
query_scheduler: {{ ring: {{ instance_addr: 127.0.0.1, kvstore: {{ store: inmemory }} }} }}
limits: {{ {limits} }}
"""


class Missing(Exception):
    """What a Mimir needs is not on this machine."""


def _go(directory, *argv, limit_s=3600):
    made = subprocess.run(["go", *argv], cwd=directory, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                          timeout=limit_s, check=False)
    if made.returncode != 0:
        raise Missing(f"go {argv[0]} failed:\n{made.stderr[-2000:]}")
    return made.stdout


def _build(directory):
    """A module of our own that has Mimir's own require and replace blocks, and its list of checksums."""
    found = json.loads(_go(directory, "mod", "download", "-json", f"{MODULE}@{VERSION}"))
    with open(found["GoMod"], encoding="utf-8") as theirs, \
            open(os.path.join(directory, "go.mod"), "w", encoding="utf-8") as ours:
        ours.write(theirs.read().replace(f"module {MODULE}\n", "module telltale.test/mimir\n", 1))
    with open(os.path.join(found["Dir"], "go.sum"), encoding="utf-8") as theirs, \
            open(os.path.join(directory, "go.sum"), "w", encoding="utf-8") as ours:
        ours.write(theirs.read())
        ours.write(f"{MODULE} {VERSION} {found['Sum']}\n{MODULE} {VERSION}/go.mod {found['GoModSum']}\n")
    with open(os.path.join(directory, "tools.go"), "w", encoding="utf-8") as ours:
        ours.write(f'//go:build tools\n\npackage tools\n\nimport _ "{MODULE}/cmd/mimir"\n')
    _go(directory, "mod", "edit", f"-require={MODULE}@{VERSION}")
    _go(directory, "build", "-mod=mod", "-o", "mimir", f"{MODULE}/cmd/mimir")


def binary():
    """The path of the binary, built when it is not in the cache. Raises Missing."""
    if os.access(BINARY, os.X_OK):
        return BINARY
    if not shutil.which("go"):
        raise Missing("go is not installed")
    os.makedirs(CACHE, exist_ok=True)
    with open(CACHE + ".lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not os.access(BINARY, os.X_OK):
            directory = os.path.join(CACHE, "build")
            shutil.rmtree(directory, ignore_errors=True)
            os.makedirs(directory)
            print(f"builds Mimir {VERSION}: some ten minutes, once", flush=True)
            _build(directory)
            os.rename(os.path.join(directory, "mimir"), BINARY)
            shutil.rmtree(directory, ignore_errors=True)
    return BINARY


class Mimir(prometheus.Api):
    """start(), stop(), start() again: ports and data stay. limits: more of the `limits` block."""

    def __init__(self, directory, limits=""):
        self.directory, self.port, self.process = os.path.abspath(directory), ports.free(), None
        super().__init__(f"http://127.0.0.1:{self.port}/prometheus", {"X-Scope-OrgID": TENANT})
        self.root = prometheus.Api(f"http://127.0.0.1:{self.port}")
        self.other_ports = {"grpc": ports.free(), "gossip": ports.free()}
        os.makedirs(self.directory, exist_ok=True)
        self.write_limits(limits)

    def write_limits(self, limits):
        """For the next start."""
        with open(os.path.join(self.directory, "mimir.yml"), "w", encoding="ascii") as conf:
            conf.write(CONF.format(directory=self.directory, http=self.port, limits=limits, **self.other_ports))

    @property
    def write_url(self):
        return f"http://127.0.0.1:{self.port}/api/v1/push"

    def start(self, limit_s=120.0):
        self.process = proc.Process([binary(), f"-config.file={self.directory}/mimir.yml"],
                                    os.path.join(self.directory, "mimir.log"))
        proc.wait_for(lambda: not self.process.is_alive() or self.root.is_there("/ready"), "start of Mimir", limit_s)
        if not self.process.is_alive():
            raise RuntimeError("Mimir did not start:\n" + self.process.log()[-3000:])
        return self

    def stop(self):
        return self.process.stop(60.0)


if __name__ == "__main__":
    print(binary())
