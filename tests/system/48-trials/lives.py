# SPDX-FileCopyrightText: 2026 the telltale authors
# SPDX-License-Identifier: BSD-3-Clause
"""Between two lives of a resolver somebody cuts one file of its spool, damages another, and a third is of another version."""

import json
import os
import signal

import proc
import rig

TOPICS = ("raw", "normalized", "enriched")
VERSION_AT = 8  # in the head of a segment, behind its magic


def only_segment(host, topic):
    found = [name for name in os.listdir(rig.spool(host)) if name.startswith(topic + "-") and name.endswith(".seg")]
    if len(found) != 1:
        raise RuntimeError(f"segments of {topic}: {found}")
    return os.path.join(rig.spool(host), found[0])


def edit(path, change):
    with open(path, "r+b") as file:
        data = bytearray(file.read())
        file.seek(0)
        file.truncate()
        file.write(change(data))


def flip(data):
    data[len(data) // 2] ^= 0xff
    return data


def age(data):
    data[VERSION_AT] += 9
    return data


def test(checks, lab):
    lab.bus.set("refuse")
    more = f"topics: [{', '.join(TOPICS)}], spool: {{ topics: [{', '.join(TOPICS)}], size: 256MiB }}"
    host = rig.Host(checks, "lives", [lab.kafka_sink(more=more)]).start()
    before = {topic: lab.broker.client().count("dns_" + topic) for topic in TOPICS}
    proc.wait_for(lambda: host.books("bus").spooled > 3 * rig.PER_SECOND, "a spool")
    host.quiet()
    proc.wait_for(lambda: host.books("bus").queued == 0, "all of it on disk")
    had = {topic: host.books("bus", topic).spooled for topic in TOPICS}
    host.unbound.process.signal(signal.SIGKILL)
    proc.wait_for(lambda: not host.unbound.process.is_alive(), "death")
    names = {topic: only_segment(host, topic) for topic in TOPICS}
    edit(names["raw"], lambda data: data[:len(data) * 3 // 4])
    edit(names["normalized"], flip)
    edit(names["enriched"], age)
    host.mark()
    lab.bus.set("pass")
    host.start().asked()
    judge(checks, lab, host, names, had, before)


def judge(checks, lab, host, names, had, before):
    for topic, words in (("raw", "is damaged at byte"), ("normalized", "is damaged at byte"), ("enriched", "is of version")):
        host.wait_said("sink bus: spool:", os.path.basename(names[topic]), words)
    host.rest(*(("bus", topic) for topic in TOPICS))
    for topic, least, most in (("raw", 0.2, 0.3), ("normalized", 0.4, 0.6)):
        row = host.books("bus", topic)
        lost = row.reasons.get("spool_corrupt", 0)
        checks(least * had[topic] < lost < most * had[topic], f"{topic}: {lost} of {had[topic]} are lost, and counted", row)
        stored = lab.broker.client().count("dns_" + topic) - before[topic]
        checks.equal(stored, had[topic] - lost + row.offered, f"{topic}: the others are in Kafka")
        checks.equal(row.recovered, had[topic], f"{topic}: the books begin with all there were")
        marked = [record for record in lab.broker.read("dns_" + topic) if json.loads(record.value).get("dup") == "maybe"]
        checks(len(marked) >= had[topic] - lost, f"{topic}: what was sent after the crash says dup=maybe", len(marked))
    checks(os.path.exists(names["enriched"]), "the file of another version is still there")
    checks.equal(host.books("bus").recovered, 0, "and nothing was taken from it")
    host.exact({("bus", "raw"): {"spool_corrupt"}, ("bus", "normalized"): {"spool_corrupt"}})
    host.stop()
