# SPDX-FileCopyrightText: 2026 the telltale authors
# SPDX-License-Identifier: BSD-3-Clause
"""Stale answers: at once, after a time, after a failure. 9.18 and 9.20 go different ways to them."""

import base
import lab as labs
import named

STALE = """stale-cache-enable yes; stale-answer-enable yes; stale-answer-ttl 30; max-stale-ttl 3600;
stale-refresh-time {refresh}; stale-answer-client-timeout {timeout};
"""


def start(checks, authority, name, timeout, refresh=0):
    return labs.Lab(checks, authority, name, host=named.Named, options=STALE.format(timeout=timeout, refresh=refresh))


def expired(lab, name):
    """A name of a slow zone whose server is known to be quick, its TTL of 1 s over."""
    lab.authority.responder.ttl = 1
    lab.let_expire(name)
    lab.authority.responder.ttl = 30


def at_once(checks, authority):
    """9.18 answers first and then works on with the same client; 9.20 refreshes apart."""
    lab = start(checks, authority, "stale0.d", "0")
    lab.let_expire("brief.plain.test")
    lab.row("stale-answer-client-timeout 0", "brief.plain.test", **base.EDNS, client="NOERROR",
            wanted={"cache_status": "stale", "transaction_id": None, "ede_code": {3, None}, "ttl": 30,
                    "dnssec_status": "insecure"})
    lab.row("and after the refresh it is fresh", "brief.plain.test", client="NOERROR",
            wanted={"cache_status": {"hit", "stale", "miss"}})
    lab.balance("stale at once")
    lab.stop()


def after_a_time(checks, authority, timeout_ms):
    """9.20 knows no time: it takes any for 0 and says so in its log."""
    lab = start(checks, authority, f"stale{timeout_ms}.d", str(timeout_ms))
    expired(lab, "x1.slow.test")
    authority.responder.silent.add("slow")
    waits = lab.host.version() < (9, 19)
    least_us = timeout_ms * 900 if waits else 0
    event = lab.row(f"stale-answer-client-timeout {timeout_ms}", "x1.slow.test", **base.EDNS, client="NOERROR",
                    wanted={"cache_status": "stale", "ede_code": 3, "ttl": 30,
                            "latency_us": lambda us: us is not None and us >= least_us})
    checks(event is not None and (event.get("transaction_id") is not None) == waits,
           "it belongs to the work that took too long" if waits else "it belongs to no work", event)
    authority.responder.silent.discard("slow")
    lab.balance(f"stale after {timeout_ms} ms")
    lab.stop()


def on_failure(checks, authority):
    lab = start(checks, authority, "stalefail.d", "off", refresh=30)
    expired(lab, "x2.slow.test")
    authority.responder.failing.add("slow")
    stale = {"cache_status": "stale", "ede_code": 3}
    lab.row("stale, the fetch failed", "x2.slow.test", **base.EDNS, client="NOERROR",
            wanted={**stale, "transaction_id": base.is_there})
    lab.row("nothing stale to be had: SERVFAIL", "x3.slow.test", client="SERVFAIL",
            wanted={"cache_status": "miss", "servfail_reason": "upstream_failure"})
    authority.responder.failing.discard("slow")
    authority.responder.silent.add("slow")
    lab.row("stale, the fetch timed out", "x2.slow.test", **base.EDNS, timeout_s=15, client="NOERROR",
            wanted={**stale, "transaction_id": base.is_there, "ede_code": {3, 22}})  # the first of what 9.20 says
    lab.row("stale, within stale-refresh-time", "x2.slow.test", **base.EDNS, client="NOERROR",
            wanted={**stale, "transaction_id": None})
    authority.responder.silent.discard("slow")
    lab.balance("stale on failure")
    lab.stop()


def run(checks, authority):
    at_once(checks, authority)
    for timeout_ms in (100, 1800):
        after_a_time(checks, authority, timeout_ms)
    on_failure(checks, authority)
