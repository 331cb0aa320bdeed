# SPDX-FileCopyrightText: 2026 the telltale authors
# SPDX-License-Identifier: BSD-3-Clause
"""Unbound: the files that a running one makes and locks, its module's libraries, data where packages put it."""

import os
import re

import authority
import check
import proc
import rules
import tree
import unbound

SNIPPET = os.path.join(tree.TOP, "unbound-module/apparmor/local-usr.sbin.unbound")
MODULE = "/usr/local/lib/telltale/telltale-unbound.so"
# Data files where Debian's packages put them.
DATA = ("/usr/share/GeoIP/GeoLite2-Country.mmdb", "/var/lib/GeoIP/GeoLite2-ASN.mmdb",
        "/usr/share/publicsuffix/public_suffix_list.dat", "/etc/unbound/zones.d/example.yaml", "/etc/unbound/kafka.pw")
# What sinks with TLS and host names read, seen in of_bind.py, and the spool of one.
SINKS = {"/etc/ssl/certs/ca-certificates.crt": "r", "/etc/ssl/certs/ca.pem": "r", "/usr/local/share/ca-certificates/ca.crt": "r",
         "/etc/nsswitch.conf": "r", "/etc/hosts": "r", "/etc/resolv.conf": "r", "/etc/ssl/openssl.cnf": "r",
         "/var/lib/unbound/telltale/unbound-1/spool/kafka/": "rw",
         "/var/lib/unbound/telltale/unbound-1/spool/kafka/lock": "rwk", "/run/dnstap.sock": "rw"}


def profile_texts():
    profile = os.path.join(tree.unbound_dir(), "src/debian/apparmor-profile")
    if not os.path.exists(profile):
        raise check.Skip("this Unbound was not built from Debian's package: no profile to read")
    return [rules.read(profile), rules.BASE, rules.NAMESERVICE, rules.OPENSSL]


def used_paths(checks):
    """Paths below the state directory that a running Unbound makes, and the modes they need; locks need k."""
    servers = authority.Authority(checks.directory, with_child=False)
    yaml = "".join(line + "\n" for line in unbound.YAML.splitlines() if line.startswith(("state_dir:", "metrics:")))
    server = unbound.Unbound(checks.path("u"), servers, yaml=yaml)
    state = os.path.join(server.directory, "state")
    server.events.path = os.path.join(state, "unbound-1/events.jsonl")
    server.start()
    asked = server.ask("www.plain.test")
    found = server.events.wait(lambda record: record.get("query_id") == asked.ident, "an event with the defaults")
    checks(found, "the default sink works")
    locked = locked_files(server.process.pid)
    paths = {state + "/": "rw"}
    for folder, folders, names in os.walk(state):
        for name in folders:
            paths[os.path.join(folder, name) + "/"] = "rw"
        for name in names:
            path = os.path.join(folder, name)
            paths[path] = "rwk" if os.stat(path).st_ino in locked else "rw"
    server.stop()
    servers.stop()
    return {path.replace(state, "/var/lib/unbound/telltale"): modes for path, modes in paths.items()}


def locked_files(pid):
    """Inode numbers of the files that the process holds a lock on."""
    return {int(fields[5].split(":")[2]) for fields in (line.split() for line in rules.read("/proc/locks").splitlines())
            if len(fields) > 5 and fields[4] == str(pid)}


def defaults_are_used(checks):
    """The documentation names the same base directory and configuration file."""
    text = rules.read(os.path.join(tree.TOP, "shared/conf/hosts.def"))
    row = re.search(r'H\(UNBOUND,[^"]*"unbound", "([^"]+)", "([^"]+)"', text)
    checks(row is not None, "hosts.def has Unbound's defaults")
    checks.equal(row[2], "/var/lib/unbound/telltale", "Unbound: the default state_dir")
    return row[1]


def run(checks):
    stock, shipped = rules.Rules(*profile_texts()), rules.Rules(*profile_texts(), rules.read(SNIPPET))
    paths = used_paths(checks)
    checks(any(modes == "rwk" for modes in paths.values()), "locks are seen", paths)
    paths.update({defaults_are_used(checks): "r", MODULE: "mr",
                  "/etc/unbound/unbound.conf.d/telltale-module.conf": "r"})
    paths.update(dict.fromkeys(DATA, "r"))
    paths.update(SINKS)
    libraries = re.findall(r"(/\S+)\s+\(0x", proc.run(["ldd", tree.module()]).stdout)
    paths.update({os.path.realpath(path): "mr" for path in libraries})
    rules.judge(checks, "Unbound", paths, stock, shipped)
