# SPDX-FileCopyrightText: 2026 the telltale authors
# SPDX-License-Identifier: BSD-3-Clause
"""Between the resolver and Loki something is wrong, then right again: every event arrives, once, and the books say so."""

import time

import fault_proxy
import loki_double
import proc
import rig

EACH = 30
FAULTS = [("black_hole", {}), ("refuse", {}), ("rst_after", {"n": 300, "direction": "up"}),
          ("rst_after", {"n": 10, "direction": "down"}), ("trickle", {}), ("garbage", {}), ("half_close", {}),
          ("endless_headers", {}), ("huge_body", {}), ("delay", {"ms": 300}), ("stop_accepting", {})]
ANSWERS = [(429, {"Retry-After": "1"}, b"Ingestion rate limit exceeded"), (503, {"Retry-After": "1"}, b"busy"),
           (500, {}, b"x" * 100000), (401, {}, b"who are you"), (302, {"Location": "http://127.0.0.1:9/"}, b"")]


def failures(server):
    return sum("sink loki:" in line for line in server.log().splitlines())


def suffer(server, at, name):
    """Asks while it lasts, until the sink has said what is wrong; nothing is lost by it."""
    before = failures(server)
    rig.ask(server, EACH, at)
    if name not in ("delay", "stop_accepting"):  # which a kept connection may not notice
        proc.wait_for(lambda: failures(server) > before, f"word of {name}", 20)


def check_all(checks, server, lines, total):
    counts = rig.wait_delivered(server, "loki", total, 90)
    rig.check_books(checks, counts, {"offered": total, "delivered": total, "dropped": 0, "queued": 0}, "after all faults")
    checks.equal(len(lines), total, "every event arrived once")
    checks({labels["event_id"]: line for labels, _, line in lines} == rig.file_records(server), "and as it was")
    print(f"     {sum(labels.get('dup') == 'maybe' for labels, _, _ in lines)} lines are marked dup=maybe")


def test_answers(checks, server, double, total):
    """What only a stand-in says when it is told to."""
    for answer in ANSWERS:
        double.answer = lambda answer=answer: answer
        suffer(server, total, answer[0])
        total += EACH
        double.answer = None
        rig.wait_delivered(server, "loki", total)
        checks(True, f"status {answer[0]}: all was delivered afterwards")
    checks.equal(double.broken, [], "no rule was broken")
    print(f"     {double.duplicates} lines came twice and are stored once; {double.statuses}")
    return total


def test(checks):
    there, close = rig.open_loki(checks, "faults.loki")
    since = time.time() - 60
    proxy = fault_proxy.Proxy(("127.0.0.1", there.port))
    server = rig.start(checks, "faults.d", [
        f'{{ name: loki, type: loki, url: "http://127.0.0.1:{proxy.port}/loki/api/v1/push", topics: [enriched], '
        'timeout: 1s }'])
    rig.ask(server, EACH)
    rig.wait_delivered(server, "loki", EACH)
    total = EACH
    for name, words in FAULTS:
        proxy.set(name, **words)
        suffer(server, total, name)
        total += EACH
        proxy.set("pass")
        rig.wait_delivered(server, "loki", total)
        checks(True, f"{name} {words or ''}: all was delivered afterwards")
    if isinstance(there, loki_double.Double):
        total = test_answers(checks, server, there, total)
    check_all(checks, server, rig.lines_of(there.url, '{job="telltale", kind="enriched"}', since), total)
    server.stop()
    proxy.close()
    close()
