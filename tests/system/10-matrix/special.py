# SPDX-FileCopyrightText: 2026 the telltale authors
# SPDX-License-Identifier: BSD-3-Clause
"""The rows that need a configuration of their own: stale answers, dropped ones, limits."""

import socket
import struct
import time

import agree
import lab as labs
import proc

RTT = "infra-cache-max-rtt: 700\n"


def stale_at_once(checks, authority):
    lab = labs.Lab(checks, authority, "stale.d", server=RTT + "serve-expired: yes\nserve-expired-client-timeout: 0\n")
    lab.let_expire("brief.plain.test")
    event = lab.row("serve-expired, at once", "brief.plain.test", client="NOERROR",
                    wanted={"cache_status": "stale", "transaction_id": None})
    after = event["timestamp"] if event else ""
    refreshed = proc.wait_for(
        lambda: lab.host.events.find(
            lambda record: record["message_type"] == "resolver_response" and record["timestamp"] >= after and
            record.get("query_name") == "brief.plain.test"), "the refreshing exchange")
    checks(bool(refreshed), "the refresh behind it is an upstream event without a client")
    lab.balance("stale at once")
    lab.stop()


def stale_on_failure(checks, authority):
    server = RTT + "serve-expired: yes\nserve-expired-client-timeout: 300\nserve-expired-reply-ttl: 30\n"
    lab = labs.Lab(checks, authority, "late.d", server=server)
    lab.prepare("c0d1.slow.test")  # the server is known to be quick
    authority.responder.ttl = 1
    lab.let_expire("x1.slow.test")
    authority.responder.ttl = 30
    authority.responder.silent.add("slow")
    event = lab.row("serve-expired, after the client's time is over", "x1.slow.test", client="NOERROR",
                    wanted={"cache_status": "stale", "latency_us": lambda us: us and us >= 250_000})
    checks(event is not None and event.get("transaction_id") is not None, "it belongs to the work that took too long")
    authority.responder.silent.discard("slow")
    lab.balance("stale on failure")
    lab.stop()


def discarded(checks, authority):
    lab = labs.Lab(checks, authority, "discard.d", server=RTT + "discard-timeout: 500\n")
    for transport in ("udp", "tcp"):
        asked = lab.send(f"c5d150.{transport}.slow.test", transport=transport)
        event = lab.event(asked, 5)
        asked.receive(0.05)
        if transport == "tcp" and asked.message is not None:
            checks.equal(event["outcome"], "answered", "tcp: not dropped by this Unbound, and the event says so")
            continue
        lab.row(f"{transport}: dropped, older than discard-timeout", "", asked=asked, transport=transport,
                wanted={"outcome": "dropped", "drop_reason": "discard_timeout",
                        "query_name": f"c5d150.{transport}.slow.test"})
    lab.balance("discarded")
    lab.stop()


def client_gone(checks, authority):
    lab = labs.Lab(checks, authority, "gone.d", server=RTT)
    before = authority.responder.asked["slow"]
    asked = lab.send("c4d150.slow.test", transport="tcp")
    proc.wait_for(lambda: authority.responder.asked["slow"] > before, "the query at work")
    asked.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    asked.close()  # with a reset: after a mere end of sending Unbound would still answer
    event = lab.event(asked, 5)
    checks(event is not None and not agree.fields(event, {"outcome": "dropped", "drop_reason": "client_gone"}),
           "the client closes its connection while its query is at work", event)
    lab.balance("client gone")
    lab.stop()


def shut_down(checks, authority):
    """Reload, then stop, each with a query at work."""
    lab = labs.Lab(checks, authority, "down.d", server=RTT)
    for how in ("reload", "stop"):
        before = authority.responder.asked["slow"]
        asked = lab.send(f"c9d200.{how}.slow.test")
        proc.wait_for(lambda before=before: authority.responder.asked["slow"] > before, "the query at work")
        if how == "reload":
            lab.host.control("reload")
            lab.host.wait_ready()
        else:
            lab.stop()
        event = lab.event(asked, 5)
        checks(event is not None and not agree.fields(event, {"outcome": "dropped", "drop_reason": "shutdown"}),
               f"{how} with a query at work: dropped, shutdown", event)
        if how == "reload":
            lab.balance("reload", is_exact=False)


def overloaded(checks, authority):
    """More slow queries than the mesh takes: answered, jostled and not taken together are all that was asked."""
    lab = labs.Lab(checks, authority, "jostle.d",
                   server=RTT + "num-queries-per-thread: 8\noutgoing-range: 64\njostle-timeout: 100\n")
    sent = [lab.send(f"c5d200.j{number}.slow.test") for number in range(40)]
    proc.wait_for(lambda: time.time() > sent[-1].started + 0.3, "older than jostle-timeout")
    sent += [lab.send(f"c5d200.k{number}.slow.test") for number in range(10)]
    last = sent[-1].started + 3
    answered = sum(asked.receive(max(0.01, last - time.time())).message is not None for asked in sent)
    lab.settle()
    found = lab.at_rest()
    fates = {}
    for event in lab.client_events():
        fate = event.get("drop_reason") or event["outcome"]
        fates[fate] = fates.get(fate, 0) + 1
    overload = found.unseen.get("overload", 0)
    checks(overload > 0, "queries the full mesh does not take are unseen as overload", found.unseen)
    checks(fates.get("jostled", 0) > 0, "queries thrown out for newer ones are dropped as jostled", fates)
    checks.equal(fates.get("answered", 0), answered + 1, "the answered ones are those that got an answer")
    checks.equal(sum(fates.values()) + overload, lab.asked, "overload: every query has one fate")
    lab.unseen = {"overload": int(overload)}
    lab.balance("overload")
    lab.stop()


def limited(checks, authority):
    lab = labs.Lab(checks, authority, "limit.d",
                   server="ip-ratelimit: 5\nip-ratelimit-factor: 0\nip-ratelimit-size: 64k\n")
    asked = [lab.send("www.plain.test", source="127.0.0.7") for _ in range(30)]
    last = time.time() + 0.5
    answered = sum(one.receive(max(0.01, last - time.time())).message is not None for one in asked)
    lab.unseen = {"ip_ratelimit": 30 - answered}
    checks(0 < answered < 30, "ip-ratelimit lets some through", answered)
    proc.wait_for(lambda: time.time() > asked[-1].started + 2, "the next second", 5)
    lab.settle()
    checks.equal(lab.wait_for_unseen(), lab.unseen, "dropped by ip-ratelimit: counted, not told")
    lab.balance("ip-ratelimit")
    lab.stop()


def second_thread(checks, authority):
    """Two workers: the same sums."""
    lab = labs.Lab(checks, authority, "threads.d", threads=2)
    for number in range(60):
        lab.prepare(f"n{number % 20}.wild.plain.test")
    workers = {event.get("worker") for event in lab.client_events()}
    checks.equal(workers, {0, 1}, "events name the worker")
    lab.balance("two threads")
    lab.stop()


def reloaded_in_place(checks, authority):
    """fast_reload does not start the module anew."""
    lab = labs.Lab(checks, authority, "fast.d")
    if lab.host.version() < (1, 23):
        print("     (fast_reload: from Unbound 1.23 on)")
    else:
        lab.prepare("www.plain.test")
        lab.host.control("fast_reload", "+vv")
        lab.row("after fast_reload", "www.plain.test", wanted={"cache_status": {"hit", "miss"}})
        lab.balance("fast_reload")
    lab.stop()


def run(checks, authority):
    for part in (stale_at_once, stale_on_failure, discarded, client_gone, shut_down, overloaded, limited,
                 second_thread, reloaded_in_place):
        part(checks, authority)
