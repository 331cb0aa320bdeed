# SPDX-FileCopyrightText: 2026 the telltale authors
# SPDX-License-Identifier: BSD-3-Clause
"""What a network and a server do on a bad day, to Kafka, and by HTTP what the tests of each sink leave out."""

import proc
import rig

HTTP = b"HTTP/1.1 %s\r\nContent-Length: 4\r\nConnection: close\r\n\r\nsick"
# what Kafka's clients meet; the status of Loki; what Prometheus's proxy does; the reason counted by both
ROUNDS = (("rst_after", {"n": 3000, "direction": "up"}, 413, ("answer", {"text": HTTP % b"413 Large"}), "too_large"),
          ("rst_after", {"n": 40, "direction": "down"}, 400, ("answer", {"text": HTTP % b"400 Bad"}), "refused"),
          ("trickle", {"rate": 1}, None, ("huge_body", {}), None),
          ("garbage", {}, None, None, None), ("half_close", {}, None, None, None))  # standing still: 46-frozen


def dropped(host, sink, topic, reason):
    return host.books(sink, topic).reasons.get(reason, 0)


def http_begins(lab, status, prom):
    if status:
        lab.loki.answer = lambda: (status, {}, b"sick")
    if prom:
        lab.samples.set(prom[0], **prom[1])
        lab.samples.reset()


def judge_http(checks, host, before, status, prom, reason):
    """What the two said and counted."""
    if status:
        host.wait_said("sink lines:", f"status {status}")
        proc.wait_for(lambda: dropped(host, "lines", "enriched", reason) > before["lines"], f"lines {reason}", 30)
        proc.wait_for(lambda: dropped(host, "prom", "metrics", reason) > before["prom"], f"samples {reason}", 30)
        checks(True, f"status {status}: counted as {reason} by Loki's sink and by remote_write's")
        host.wait_said("sink prom:", f"server answers {status}")
    elif prom:
        host.wait_said("sink prom:", "its answer does not end")


def one_round(checks, lab, host, row):
    fault, words, status, prom, reason = row
    before = {"lines": dropped(host, "lines", "enriched", reason), "prom": dropped(host, "prom", "metrics", reason)}
    host.mark()
    delivered = host.books("bus").delivered
    lab.bus.set(fault, **words)
    http_begins(lab, status, prom)
    try:
        proc.wait_for(lambda: host.said("sink bus:"), "word of Kafka's sink", 30)
    except proc.Timeout:
        pass
    found = host.said("sink bus:")
    checks(1 <= len(found) <= 3, f"Kafka, {fault} {words or ''}: it is said, and not again and again", found)
    judge_http(checks, host, before, status, prom, reason)
    lab.bus.set("pass")
    lab.loki.answer = None
    lab.samples.set("pass")
    lab.bus.reset()
    lab.samples.reset()
    proc.wait_for(lambda: host.books("bus").delivered > delivered + rig.PER_SECOND // 2, "delivery after it", 60)
    host.moves("lines")
    if prom:
        host.moves("prom", "metrics")


def test(checks, lab):
    more = "topics: [enriched, alerts, books], spool: { topics: [enriched, alerts], size: 256MiB }"
    host = rig.Host(checks, "wire", [lab.kafka_sink(more=more), lab.loki_sink(), lab.prom_sink()]).start()
    before = lab.broker.client().count("dns_enriched")
    host.moves("bus")
    host.moves("prom", "metrics")
    for row in ROUNDS:
        one_round(checks, lab, host, row)
    host.rest(("bus", "enriched"), ("lines", "enriched"))
    both = {"too_large", "refused"}
    host.exact({("lines", "enriched"): both, ("prom", "metrics"): both})
    stored, delivered = lab.broker.client().count("dns_enriched") - before, host.books("bus").delivered
    checks(stored >= delivered == host.books("bus").offered, f"{delivered} delivered to Kafka; it stored {stored}, "
           "copies are marked")
    host.stop()
