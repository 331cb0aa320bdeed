# SPDX-FileCopyrightText: 2026 the telltale authors
# SPDX-License-Identifier: BSD-3-Clause
"""No server there at the start, nor ever; then they come."""

import os
import re
import time

import proc
import rig
import tree

JUDGE_TIME = os.environ.get("JUDGE_TIME")
SPOOL = "topics: [enriched, alerts, books], spool: { topics: [enriched, alerts], size: 256MiB }"


def timed(checks, what, limit_s, action):
    """What the clock says is checked with JUDGE_TIME, else only that it is no matter of many seconds."""
    started = time.monotonic()
    action()
    took = time.monotonic() - started
    checks(took <= (limit_s if JUDGE_TIME else limit_s + 5), f"{what}: {took:.2f} s, {limit_s:g} s are allowed")


def is_told_by_books(checks, host):
    """What the last books say of what never left."""
    host.unbound.events.read()
    last = {record["sink"] + "/" + record["topic"]: record for record in host.unbound.events.books if record["final"]}
    lines, frames = last["lines/enriched"], last["frames/dnstap"]
    checks(lines["queued"] == lines["offered"] == frames["queued"] == frames["offered"] > 0,
           "the last books tell what waited at the end, to the unit", lines)
    said = re.search(r"(\d+) records could not be written before", host.unbound.log())
    checks(said is not None and int(said[1]) >= 2 * lines["offered"], "and the log how much was lost with the process",
           said and said[1])
    checks(last["bus/enriched"]["spooled"] == last["bus/enriched"]["offered"] > 0, "what Kafka never got is on disk, all of it",
           last["bus/enriched"])
    return last["bus/enriched"]["spooled"]


def test(checks, lab):
    for proxy in (lab.bus, lab.lines, lab.samples):
        proxy.set("refuse")
    tap = '{ name: frames, type: dnstap, path: "' + checks.path("nobody.sock") + '" }'
    host = rig.Host(checks, "dead", [lab.kafka_sink(more=SPOOL), lab.loki_sink(), lab.prom_sink(), tap])
    timed(checks, "started with every server dead", 1, host.start)
    for name in ("bus", "lines", "prom", "frames"):
        host.wait_said(f"sink {name}:", "wait")
    proc.wait_for(lambda: host.books("bus").offered > 2 * rig.PER_SECOND, "queries")
    host.quiet()
    timed(checks, "stopped with every server dead", 3, lambda: host.stop())
    waits = is_told_by_books(checks, host)
    said = proc.run([tree.tool("telltalectl"), "spool", rig.spool(host)], check=False)
    checks(said.returncode == 0 and str(waits) in said.stdout, f"telltalectl spool tells {waits} records", said.stdout)
    host.mark()
    host.start()
    for name in ("bus", "lines", "prom"):  # in this life, too: else there is nothing to recover from
        host.wait_said(f"sink {name}:", "wait")
    for proxy in (lab.bus, lab.lines, lab.samples):
        proxy.set("pass")
    lab.start()
    for name in ("bus", "lines", "prom"):
        host.wait_said(f"sink {name}: works again", limit_s=60)
    host.rest(("bus", "enriched"), ("lines", "enriched"))
    checks.equal(host.books("bus").recovered, waits, "the next life recovers what the last one left")
    checks.equal(host.books("bus").delivered, host.books("bus").offered + waits, "and delivers it, once the broker is there")
    checks.equal(lab.broker.client().count("dns_enriched"), host.books("bus").delivered, "as Kafka has it")
    host.exact()
    host.stop()
