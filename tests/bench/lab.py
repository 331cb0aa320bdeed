# SPDX-FileCopyrightText: 2026 the telltale authors
# SPDX-License-Identifier: BSD-3-Clause
"""A named with the load's zones and an Unbound in one of three forms, pinned, for one measurement."""
import os
import pathlib
import signal
import socket
import subprocess
import time

import load

ROOT = pathlib.Path(__file__).resolve().parents[2]
MODULE = ROOT / "build/telltale-unbound.so"


def free_port():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def unbound_dir():
    build = subprocess.run([ROOT / "unbound-module/build-unbound", "--print-dir"], capture_output=True, text=True)
    return pathlib.Path(os.environ.get("UNBOUND_DIR") or build.stdout.strip())


def wait_for(what, condition, seconds=60):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise SystemExit(f"gave up waiting for {what} after {seconds} s")
        time.sleep(0.05)


def answers(port, name="n1.cached.bench"):
    """Asks once over UDP; True when an answer comes back without an error code."""
    labels = b"".join(bytes([len(x)]) + x.encode() for x in name.split("."))
    query = os.urandom(2) + b"\x01\x00\x00\x01" + bytes(6) + labels + b"\x00\x00\x01\x00\x01"
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.settimeout(0.5)
        sock.sendto(query, ("127.0.0.1", port))
        try:
            return sock.recv(4096)[3] & 15 == 0
        except OSError:
            return False


class Process:
    """A child pinned to processors, stopped by its own process id."""

    def __init__(self, cpus, log, *argv):
        self.log = open(log, "ab")
        self.child = subprocess.Popen([str(a) for a in argv], stdout=self.log, stderr=self.log, stdin=subprocess.DEVNULL,
                                      preexec_fn=lambda: os.sched_setaffinity(0, cpus))
        self.pid = self.child.pid

    def stop(self):
        if self.child.poll() is None:
            self.child.send_signal(signal.SIGTERM)
            try:
                self.child.wait(20)
            except subprocess.TimeoutExpired:
                self.child.kill()
                self.child.wait()
        self.log.close()


def start_named(work, cpus):
    port = free_port()
    for zone, ttl in (("cached", 86400), ("zero", 0)):
        with open(work / f"{zone}.zone", "w") as out:
            out.writelines(load.zone_text(ttl))
    (work / "named.conf").write_text(
        f"""options {{ directory "{work}"; listen-on port {port} {{ 127.0.0.1; }}; listen-on-v6 {{ none; }};
  recursion no; dnssec-validation no; pid-file "{work}/named.pid"; session-keyfile none; notify no; }};
controls {{ }};
zone "cached.bench" {{ type primary; file "cached.zone"; check-names ignore; check-integrity no; }};
zone "zero.bench" {{ type primary; file "zero.zone"; check-integrity no; }};
""")
    named = Process(cpus, work / "named.log", "/usr/sbin/named", "-g", "-n", "1", "-c", work / "named.conf")
    wait_for("named", lambda: answers(port), 120)
    return named, port


FORMS = ("none", "ours", "dnstap")


def unbound_conf(work, form, port, upstream, threads, extra=""):
    directory = work / form
    directory.mkdir(exist_ok=True)
    module = "dynlib validator iterator" if form == "ours" else "validator iterator"
    text = f"""server:
  directory: "{directory}"
  chroot: ""
  username: ""
  pidfile: "{directory}/unbound.pid"
  interface: 127.0.0.1
  port: {port}
  num-threads: {threads}
  do-daemonize: no
  use-syslog: no
  logfile: ""
  do-not-query-localhost: no
  msg-cache-size: 256m
  rrset-cache-size: 512m
  num-queries-per-thread: 4096
  outgoing-range: 8192
  so-rcvbuf: 4m
  so-sndbuf: 4m
  discard-timeout: 0
  module-config: "{module}"
{extra}
stub-zone:
  name: "bench."
  stub-addr: 127.0.0.1@{upstream}
remote-control:
  control-enable: no
"""
    if form == "ours":
        text += f"""dynlib:
  dynlib-file: "{MODULE}"
  dynlib-file: "config={directory}/telltale.yaml"
"""
        (directory / "telltale.yaml").write_text(
            f"node: bench\nstate_dir: {directory}/state\nmetrics: {{ listen: \"127.0.0.1:{free_port()}\" }}\n")
    if form == "dnstap":
        text += f"""dnstap:
  dnstap-enable: yes
  dnstap-socket-path: "{directory}/dnstap.sock"
  dnstap-log-client-response-messages: yes
"""
    path = directory / "unbound.conf"
    path.write_text(text)
    return path


def start_unbound(work, form, upstream, cpus, threads=1):
    """The Unbound of one form, warm or not, and its reader where there is one."""
    port = free_port()
    conf = unbound_conf(work, form, port, upstream, threads)
    reader = None
    if form == "dnstap":
        sock = work / form / "dnstap.sock"
        sock.unlink(missing_ok=True)
        reader = Process({1 % os.cpu_count()}, work / "reader.log", "fstrm_capture", "-t", "protobuf:dnstap.Dnstap", "-u", sock,
                         "-w", "/dev/null")
        wait_for("fstrm_capture", sock.exists)
    unbound = Process(cpus, work / form / "unbound.log", unbound_dir() / "prefix/sbin/unbound", "-d", "-c", conf)
    wait_for(f"unbound ({form})", lambda: answers(port))
    return unbound, reader, port


def run_dnsperf(work, port, queries, seconds, rate, cpus, clients=8):
    """Queries completed and lost of one run."""
    argv = ["dnsperf", "-s", "127.0.0.1", "-p", str(port), "-d", str(queries), "-c", str(clients), "-T", "1", "-t", "5"]
    argv += ["-l", str(seconds), "-Q", str(rate)] if seconds else ["-n", "1"]
    out = subprocess.run(argv, capture_output=True, text=True, preexec_fn=lambda: os.sched_setaffinity(0, cpus)).stdout
    numbers = {}
    for line in out.splitlines():
        for key in ("Queries sent", "Queries completed", "Queries lost"):
            if key + ":" in line:
                numbers[key] = int(line.split(":")[1].split()[0])
    return numbers["Queries completed"], numbers["Queries lost"]


def cpu_ns(pid):
    """{thread name: ns on a processor} of a process, by schedstat; threads of one name are added."""
    sums = {}
    for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
        try:
            name = (task / "comm").read_text().strip() if task.name != str(pid) else "main"
            sums[name] = sums.get(name, 0) + int((task / "schedstat").read_text().split()[0])
        except OSError:
            continue
    return sums


def rss_kib(pid):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1])
    return 0
