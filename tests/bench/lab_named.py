# SPDX-FileCopyrightText: 2026 the telltale authors
# SPDX-License-Identifier: BSD-3-Clause
"""A caching named in one of four forms, pinned, for one measurement. It is Debian's own."""
import pathlib

import lab

NAMED = "/usr/sbin/named"
PLUGIN = lab.ROOT / "build/telltale.so"
# none; ours without any output that wants an encoding (the tap is on, nobody reads); ours with the default file; dnstap.
FORMS = ("none", "null", "json", "dnstap")
DNSTAP = {"dnstap": "client response", "dnstap_both": "client"}
SINKS = {"null": "sinks: []\n", "json": ""}
CONF = """options {{
  directory "{directory}"; pid-file "{directory}/named.pid"; session-keyfile none;
  listen-on port {port} {{ 127.0.0.1; }}; listen-on-v6 {{ none; }};
  recursion yes; dnssec-validation no; qname-minimization off; empty-zones-enable no; max-cache-size 1g;
  servfail-ttl 30; notify no; {options}
}};
controls {{ }};
{plugin}
zone "bench" {{ type forward; forward only; forwarders {{ 127.0.0.1 port {upstream}; }}; }};
"""


def conf(work, form, port, upstream):
    directory = work / form
    directory.mkdir(exist_ok=True)
    options = plugin = ""
    if form in DNSTAP:
        options = f'dnstap {{ {DNSTAP[form]}; }}; dnstap-output unix "{directory}/dnstap.sock";'
    if form in SINKS:
        plugin = f'plugin query "{PLUGIN}" {{ config "{directory}/telltale.yaml"; }};'
        (directory / "telltale.yaml").write_text(
            f'node: bench\nstate_dir: {directory}/state\nmetrics: {{ listen: "127.0.0.1:{lab.free_port()}" }}\n' + SINKS[form])
    path = directory / "named.conf"
    path.write_text(CONF.format(directory=directory, port=port, upstream=upstream, options=options, plugin=plugin))
    return path


def start_reader(work, form):
    sock = work / form / "dnstap.sock"
    sock.unlink(missing_ok=True)
    reader = lab.Process({1}, work / "reader.log", "fstrm_capture", "-t", "protobuf:dnstap.Dnstap", "-u", sock, "-w", "/dev/null")
    lab.wait_for("fstrm_capture", sock.exists)
    return reader


def start(work, form, upstream, cpus, threads=1, wrapper=()):
    """The named of one form, its reader where there is one, its port. wrapper: words before the command (valgrind)."""
    port = lab.free_port()
    path = conf(work, form, port, upstream)
    reader = start_reader(work, form) if form in DNSTAP else None
    named = lab.Process(cpus, pathlib.Path(path.parent) / "named.log", *wrapper, NAMED, "-g", "-n", str(threads), "-c", path)
    lab.wait_for(f"named ({form})", lambda: lab.answers(port), 120)
    return named, reader, port
