# SPDX-FileCopyrightText: 2026 the telltale authors
# SPDX-License-Identifier: BSD-3-Clause
"""Sinks whose host names only this very resolver can resolve: no start, reload, outage or end waits for it."""

import os
import socket

import dead
import ports
import proc
import rig
import unbound

NAMES = 'local-zone: "in.test" static\n' + "".join(f'local-data: "{name}.in.test. 1 A 127.0.0.1"\n'
                                                   for name in ("bus", "lines", "prom"))


class Alone(unbound.Unbound):
    """Its machine's resolver is itself: /etc/resolv.conf is another one in a mount namespace of its own."""

    def __init__(self, directory, address=None, **settings):
        settings["server"] += f"interface: {address}@53\naccess-control: 127.0.0.0/8 allow\n"
        super().__init__(directory, **settings)
        self.resolv = os.path.join(self.directory, "resolv.conf")
        with open(self.resolv, "w", encoding="ascii") as out:
            out.write(f"nameserver {address}\n")

    def argv(self):
        return ["unshare", "-m", "sh", "-c", 'mount --bind "$0" /etc/resolv.conf && exec "$@"', self.resolv, *super().argv()]


def may_unshare():
    return proc.run(["unshare", "-m", "sh", "-c", "mount --bind /dev/null /etc/resolv.conf"], check=False).returncode == 0


def sinks(lab, zone):
    return [lab.kafka_sink(more="topics: [enriched, alerts], insecure: yes", host=f"bus.{zone}"),
            lab.loki_sink(more="topics: [enriched], insecure: yes", host=f"lines.{zone}"),
            lab.prom_sink(more="interval: 5s, insecure: yes", host=f"prom.{zone}")]


def all_move(host):
    for sink, topic in (("bus", "enriched"), ("lines", "enriched"), ("prom", "metrics")):
        host.moves(sink, topic)


def known_names(checks, lab, address):
    host = rig.Host(checks, "own", sinks(lab, "in.test"), of=Alone, address=address, server=NAMES)
    dead.timed(checks, "start, the sinks' names in its own zones", 1, host.start)
    all_move(host)
    asked = {event["query_name"] for event in host.unbound.events.read() if event["query_name"].endswith(".in.test")}
    checks.equal(asked, {"bus.in.test", "lines.in.test", "prom.in.test"}, "it was asked for them by itself")
    dead.timed(checks, "reload", 1, lambda: host.unbound.control("reload"))
    all_move(host)
    checks(True, "and after the reload all sinks go on")
    for proxy in (lab.bus, lab.lines, lab.samples):
        proxy.set("refuse")
    proc.wait_for(lambda: host.books("lines").queued > rig.PER_SECOND, "an outage")
    for proxy in (lab.bus, lab.lines, lab.samples):
        proxy.set("pass")
    all_move(host)
    host.rest(("bus", "enriched"), ("lines", "enriched"))
    host.exact()
    dead.timed(checks, "stop", 3, host.stop)


def unknown_names(checks, lab, address):
    """Their zone's server never answers: each look-up takes as long as it may."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        stubs = {"slow.test": f"127.0.0.1@{silent.getsockname()[1]}"}
        host = rig.Host(checks, "slow", sinks(lab, "slow.test"), of=Alone, address=address, stubs=stubs)
        dead.timed(checks, "start, the sinks' names never resolved", 1, host.start)
        for name, words in (("bus", "resolve"), ("lines", "resolved"), ("prom", "resolved")):
            host.wait_said(f"sink {name}:", words, limit_s=60)
        dead.timed(checks, "reload meanwhile", 1, lambda: host.unbound.control("reload"))
        host.quiet()
        dead.timed(checks, "stop meanwhile", 3, host.stop)


def test(checks, lab):
    address = ports.free_address_53()
    if not address or not may_unshare():
        print("     not tried: no port 53 or no mount namespace here", flush=True)
        return
    known_names(checks, lab, address)
    unknown_names(checks, lab, address)
