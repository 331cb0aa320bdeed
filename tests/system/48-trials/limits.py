# SPDX-FileCopyrightText: 2026 the telltale authors
# SPDX-License-Identifier: BSD-3-Clause
"""Messages that a topic does not take for their size, and a spool on a file system that is full."""

import os

import proc
import rig

LONG = 20
MESSAGE_MAX = 1250  # a record of a long name is larger, all others are smaller


def too_large(checks, lab):
    lab.broker.create("small_enriched", "small_alerts", partitions=1)
    lab.broker.java("kafka.admin.ConfigCommand", "--bootstrap-server", lab.broker.address(), "--alter", "--entity-type",
                    "topics", "--entity-name", "small_enriched", "--add-config", f"max.message.bytes={MESSAGE_MAX}")
    host = rig.Host(checks, "large", [lab.kafka_sink(more="prefix: small_, compression: none, topics: [enriched, alerts]")])
    host.start().asked()
    for number in range(LONG):
        host.unbound.ask(".".join([f"long{number}" + "x" * 50, "y" * 60, "z" * 60, "w" * 50, "k.test"]), "A")
    host.asked(host.client.asked + 100)
    host.rest(("bus", "enriched"))
    checks.equal(host.books("bus").reasons, {"too_large": LONG}, f"{LONG} records are too large for the topic, and counted as such")
    stored = lab.broker.client().count("small_enriched")
    checks.equal(stored, host.books("bus").offered - LONG, "all others are there, once")
    found = host.said("sink bus:")
    checks(any("large" in line for line in found) and len(found) <= 12, "the log names it", found)
    host.exact({("bus", "enriched"): {"too_large"}})
    host.stop()


def full_disk(checks, lab):
    place = checks.path("tiny")
    os.makedirs(place)
    if proc.run(["mount", "-t", "tmpfs", "-o", "size=1m", "none", place], check=False).returncode != 0:
        print("     full disk: not tried, nothing may be mounted here", flush=True)
        return
    try:
        fill(checks, lab, place)
    finally:
        proc.run(["umount", "-l", place], check=False)


def fill(checks, lab, place):
    more = (f'topics: [enriched, alerts], spool: {{ topics: [enriched, alerts], size: 64MiB, path: "{place}/spool" }}')
    lab.bus.set("refuse")
    host = rig.Host(checks, "full", [lab.kafka_sink(more=more)]).start()
    before = lab.broker.client().count("dns_enriched")
    host.wait_said("sink bus: spool:", "No space left on device", "records stay in memory")
    proc.wait_for(lambda: host.books("bus").queued > 2 * rig.PER_SECOND, "records in memory")
    books = host.books("bus")
    checks(books.spooled > 500 and books.dropped == 0, f"{books.spooled} on disk, {books.queued} in memory, none lost", books)
    checks.equal(len(host.said("No space left")), 1, "that the disk is full is said once, while records go on coming")
    host.mark()
    lab.bus.set("pass")
    host.wait_said("sink bus: the spool works again")
    host.rest(("bus", "enriched"))
    host.exact()
    checks.equal(host.books("bus").delivered, host.books("bus").offered, "everything is delivered once the broker is back")
    checks.equal(lab.broker.client().count("dns_enriched") - before, host.books("bus").offered, "and is there once")
    host.stop()


def test(checks, lab):
    too_large(checks, lab)
    full_disk(checks, lab)
