# SPDX-FileCopyrightText: 2026 the telltale authors
# SPDX-License-Identifier: BSD-3-Clause
"""named: what its system calls say that it touches with the plugin and does not without, against its profile."""

import glob
import os
import re
import ssl

import authority
import certs
import check
import loki_double
import metrics
import named
import proc
import rules
import tree

PROFILE = "/etc/apparmor.d/usr.sbin.named"
SNIPPET = os.path.join(tree.TOP, "bind-plugin/apparmor/local-usr.sbin.named")
DATA = ("/usr/share/GeoIP/GeoLite2-Country.mmdb", "/var/lib/GeoIP/GeoLite2-ASN.mmdb",
        "/usr/share/publicsuffix/public_suffix_list.dat", "/etc/bind/zones.d/example.yaml")
# Where packages, and make install by default, put the plugin; its shims lie beside it.
PLACES = ("/usr/lib/telltale", "/usr/local/lib/telltale")
STATE = "/var/cache/bind/telltale"
# Not those of stat: the kernel allows them to all.
CALLS = "open,openat,readlink,readlinkat,mkdir,mkdirat,unlink,unlinkat,rename,renameat,renameat2,link,linkat,symlink," \
        "mknod,chmod,fchmod,fchmodat,chown,fchown,fchownat,truncate,bind,connect,flock,fcntl"
PATH = re.compile(r'(?:"|<)(/[^">]+)')
YAML = 'state_dir: "{directory}/state"\nmetrics: {{ listen: "127.0.0.1:{port}" }}\nupstream: dnstap\n'
# The default sink, and one of each other type: nobody listens but a Loki that no authority of the system knows, so that
# files are read, names looked up, a spool is made.
SINKS = """sinks:
  - {{ type: file, path: "{{state_dir}}/events.jsonl" }}
  - {{ type: kafka, brokers: "localhost:1", tls: {{}}, spool: {{ topics: [enriched, alerts] }} }}
  - {{ type: remote_write, url: "https://localhost:1/push" }}
  - {{ type: loki, url: "LOKI" }}
  - {{ type: dnstap, path: "{{state_dir}}/dnstap.sock" }}
"""
# Read where they are given.
GIVEN = {"/etc/ssl/certs/ca.pem": "r", "/usr/local/share/ca-certificates/ca.crt": "r", "/etc/bind/kafka.pw": "r",
         "/run/dnstap.sock": "rw"}


def modes_of(call, line):
    """The modes that a call needs of the paths it names."""
    if call in ("open", "openat"):
        write = re.search(r"O_WRONLY|O_RDWR|O_CREAT", line)
        return "rw" if "O_RDWR" in line else "w" if write else "r"
    if call in ("flock", "fcntl"):
        return "k" if call == "flock" or "F_SETLK" in line or "F_OFD" in line else ""
    return {"link": "l", "linkat": "l", "connect": "rw", "readlink": "r", "readlinkat": "r"}.get(call, "w")


def touched(prefix):
    """{path: modes} of all threads' traces."""
    paths = {}
    for name in glob.glob(prefix + ".*"):
        for line in rules.read(name).splitlines():
            call = line.partition("(")[0]
            if " = -1 " in line and call not in ("bind", "connect"):
                continue
            for path in PATH.findall(line.partition(" = ")[0]):
                paths.setdefault(path.rstrip("/"), set()).update(modes_of(call, line))
    return paths


def start_loki(checks, name):
    pair = certs.Authority(checks.path(name + ".ca")).server()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pair.cert, pair.key)
    return loki_double.Double(tls=context)


def traced(checks, servers, name, **settings):
    """A named's whole life under strace: {path: modes}, and its directory."""
    loki = start_loki(checks, name)
    server = named.Named(checks.path(name), servers, yaml=(YAML + SINKS).replace("LOKI", loki.push), **settings)
    server.write_conf()
    server.write_yaml(server.settings["yaml"])
    server.events.path = os.path.join(server.directory, "state/bind-1/events.jsonl")
    server.launch(["strace", "-ff", "-y", "-qq", "-e", "signal=none", "-e", f"trace={CALLS}", "-o", checks.path(name + ".trace"),
                   *server.argv()])
    server.wait_ready(60)
    asked = server.ask("www.plain.test")
    checks.equal(asked.rcode, "NOERROR", f"named {name}: answers under strace")
    if settings.get("has_plugin", True):
        found = server.events.wait(lambda record: record.get("query_id") == asked.ident, "an event with the defaults")
        checks(found, "the default sink works")
        proc.wait_for(lambda: "sink loki: " in server.log(), "a certificate that is refused", 60)
        server.control("reconfig")
    server.control("stop")
    checks.equal(server.process.wait(30), 0, f"named {name}: stops cleanly")
    loki.close()
    return touched(checks.path(name + ".trace")), server.directory


def used_paths(checks):
    servers = authority.Authority(checks.directory, with_child=False)
    used, directory = traced(checks, servers, "with")
    plain, plain_directory = traced(checks, servers, "without", has_plugin=False)
    plain = {path.replace(plain_directory, directory): modes for path, modes in plain.items()}
    servers.stop()
    paths = {}
    for path, modes in used.items():
        more = modes - plain.get(path, set())
        if more and path != directory and not path.startswith((os.path.dirname(tree.plugin()), "/proc/self/fd/")):
            name = path.replace(directory + "/state", STATE).replace(directory + "/telltale.yaml", "/etc/bind/telltale.yaml")
            is_library = re.search(r"\.so(\.\d+)*$", path) is not None
            paths[name + ("/" if os.path.isdir(path) else "")] = "".join(sorted(more | ({"m"} if is_library else set())))
    checks(any(path.startswith(STATE) for path in paths), "paths of ours are seen", paths)
    checks(any("k" in modes for modes in paths.values()), "locks are seen", paths)
    checks(any(path.startswith(STATE + "/bind-1/spool/kafka") for path in paths), "a spool is seen", paths)
    checks("/etc/ssl/certs/ca-certificates.crt" in paths, "certificates of authorities are seen", paths)
    return paths


def without_snippet(checks):
    """Where the profile alone counts the kernel refuses every lock (here strace does): no sink, but answers and a line."""
    servers = authority.Authority(checks.directory, with_child=False)
    server = named.Named(checks.path("confined"), servers, yaml=YAML)
    server.write_conf()
    server.write_yaml(server.settings["yaml"])
    server.launch(["strace", "-f", "-qq", "-e", "signal=none", "-e", "trace=flock", "-e", "inject=flock:error=EACCES",
                   "-o", checks.path("confined.trace"), *server.argv()])
    server.wait_ready(60)
    checks.equal(server.ask("www.plain.test").rcode, "NOERROR", "locks refused: named answers")
    server.metrics = metrics.Metrics(lambda: f"127.0.0.1:{server.metrics_port}")
    page = proc.wait_for(server.metrics.text_if_there, "/metrics")
    checks("\ntelltale_sink_up{sink=\"file\"} 0\n" in page, "locks refused: /metrics is served, and says that the sink is down")
    lines = [line for line in server.log().splitlines() if "telltale" in line and "cannot lock" in line]
    checks(lines and all("/state/" in line and "mode k" in line for line in lines),
           "locks refused: lines name the paths and the reason", server.log()[-600:])
    print("     " + "\n     ".join(lines), flush=True)
    server.control("stop")
    checks.equal(server.process.wait(30), 0, "locks refused: stops cleanly")
    servers.stop()


def defaults(checks):
    text = rules.read(os.path.join(tree.TOP, "shared/conf/hosts.def"))
    row = re.search(r'H\(BIND,[^"]*"bind", "([^"]+)", "([^"]+)"', text)
    checks.equal(row and row[2], STATE, "BIND: the default state_dir")
    return row[1]


def run(checks):
    if not os.path.exists(PROFILE):
        raise check.Skip(f"{PROFILE} is missing: no profile to read")
    texts = [rules.read(PROFILE), rules.BASE, rules.NAMESERVICE]
    stock, shipped = rules.Rules(*texts), rules.Rules(*texts, rules.read(SNIPPET))
    paths = used_paths(checks)
    paths.update({defaults(checks): "r"})
    paths.update(dict.fromkeys(DATA, "r"))
    paths.update(GIVEN)
    without_snippet(checks)
    shims = [os.path.basename(path) for path in glob.glob(os.path.join(os.path.dirname(tree.plugin()), "bind/*.so"))]
    checks(shims, "a shim is built")
    for place in PLACES:
        paths.update({f"{place}/{name}": "mr" for name in ["telltale.so", *(f"bind/{shim}" for shim in shims)]})
    libraries = re.findall(r"(/\S+)\s+\(0x", proc.run(["ldd", tree.plugin()]).stdout)
    paths.update({os.path.realpath(path): "mr" for path in libraries})
    needed = rules.judge(checks, "BIND", paths, stock, shipped)
    checks(not [path for path in needed if path.startswith("/usr/lib")], "BIND: the plugin below /usr/lib needs no snippet")
    checks({"k"} >= set().union(*(modes for path, modes in needed.items() if path.startswith(STATE))),
           "BIND: of the state directory only locks need the snippet", needed)
