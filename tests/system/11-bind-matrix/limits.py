# SPDX-FileCopyrightText: 2026 the telltale authors
# SPDX-License-Identifier: BSD-3-Clause
"""The limits of named: what they drop or fail is an event with its fate."""

import time

import base
import dnsmsg
import lab as labs
import named
import proc

RATE = "rate-limit { responses-per-second 2; errors-per-second 2; slip 2; window 1; ipv4-prefix-length 32; };\n"


def start(checks, authority, name, options, **settings):
    return labs.Lab(checks, authority, name, host=named.Named, options=options, **settings)


def receive_all(sent, limit_s):
    last = sent[-1].started + limit_s
    for asked in sent:
        asked.receive(max(0.01, last - time.time()))
    return sent


def compare(lab, what, sent, dropped):
    """Every query's event says what its client got; dropped: what the events of those without an answer say."""
    wrong, fates = [], {}
    for asked in sent:
        event = lab.event(asked) or {}
        fate = event.get("drop_reason") or event.get("response_code")
        fates[fate] = fates.get(fate, 0) + 1
        if asked.message is None:
            fits = event.get("outcome") == "dropped" and event.get("drop_reason") == dropped
        else:
            fits = (event.get("outcome"), event.get("response_code"), event.get("tc"), event.get("answer_count")) == (
                "answered", asked.rcode, asked.message.tc, len(asked.message.answer))
        if not fits:
            wrong.append((asked.got(), event))
    lab.checks(not wrong, f"{what}: every event says what the client got", f"{fates}, {wrong[:2]}")
    return fates


def response_rate(checks, authority):
    """Of what is over the limit every second one is answered with TC and nothing else, or dropped."""
    base.write_zones(checks)
    lab = start(checks, authority, "rrl.d", RATE, zones=base.own_zones(checks))
    sent = receive_all([lab.send("www.served.test", source="127.0.0.7") for _ in range(20)], 0.7)
    fates = compare(lab, "rate-limit, slip and drop", sent, "rate_limit")
    cut = sum(asked.message is not None and asked.message.tc for asked in sent)
    checks(cut > 0 and fates.get("rate_limit", 0) > 0, "both slipped and dropped ones occur", (cut, fates))
    sent = receive_all([lab.send("a.closed.test", source="127.0.0.8") for _ in range(20)], 0.7)
    fates = compare(lab, "rate-limit of errors", sent, "rate_limit")
    checks(fates.get("REFUSED", 0) > 0 and fates.get("rate_limit", 0) > 0, "some are refused, some dropped", fates)
    lab.balance("rate-limit")
    lab.stop()


def recursive_clients(checks, authority):
    """Over the soft limit the oldest is answered with SERVFAIL, for it no hook runs."""
    lab = start(checks, authority, "quota.d", "recursive-clients 10;\n")
    lab.prepare("d1.slow.test")
    sent = receive_all([lab.send(f"d700.q{number}.slow.test") for number in range(12)], 5)
    fates = compare(lab, "recursive-clients", sent, None)
    checks(fates.get("SERVFAIL", 0) > 0 and fates.get("NOERROR", 0) > 0, "some are thrown out, some answered", fates)
    reasons = {lab.event(asked).get("servfail_reason") for asked in sent if asked.rcode == "SERVFAIL"}
    checks(reasons <= {"limit_exceeded", "rate_limited"}, "thrown out for a limit", reasons)
    lab.balance("recursive-clients")
    lab.stop()


def clients_per_query(checks, authority):
    lab = start(checks, authority, "perquery.d", "clients-per-query 3; max-clients-per-query 3;\n")
    sent = receive_all([lab.send("d400.same.slow.test") for _ in range(8)], 2)
    fates = compare(lab, "clients-per-query", sent, "rate_limit")
    checks(fates.get("NOERROR", 0) > 0 and fates.get("rate_limit", 0) > 0, "some are answered, some dropped", fates)
    lab.balance("clients-per-query")
    lab.stop()


def fetches(checks, authority):
    for how, dropped in (("fail", None), ("drop", "rate_limit")):
        lab = start(checks, authority, f"fetches-{how}.d", f"fetches-per-zone 2 {how};\n")
        lab.prepare("d1.slow.test")
        sent = receive_all([lab.send(f"d400.f{number}.slow.test") for number in range(8)], 2)
        fates = compare(lab, f"fetches-per-zone, {how}", sent, dropped)
        checks(fates.get("NOERROR", 0) > 0 and len(fates) == 2, "some are answered, some not", fates)
        if not dropped:
            reasons = {lab.event(asked).get("servfail_reason") for asked in sent if asked.rcode == "SERVFAIL"}
            checks.equal(reasons, {"rate_limited"}, "not answered for a limit")
        lab.balance(f"fetches-per-zone {how}")
        lab.stop()


def duplicate(checks, authority):
    """The same packet again while named works at the first: dropped, the first is answered."""
    lab = start(checks, authority, "duplicate.d", "")
    before = authority.responder.asked["slow"]
    asked = lab.send("d400.twice.slow.test")
    proc.wait_for(lambda: authority.responder.asked["slow"] > before, "the question at the upstream")
    asked.sock.send(dnsmsg.query("d400.twice.slow.test", ident=asked.ident))
    lab.asked += 1
    asked.receive()
    try:
        found = lab.host.events.wait(lambda record: record.get("client_port") == asked.port, count=2, limit_s=5)
    except proc.Timeout:
        found = lab.client_events()
    fates = sorted((record["outcome"], record.get("drop_reason", "")) for record in found)
    checks.equal(fates, [("answered", ""), ("dropped", "duplicate")], "a duplicate: dropped, the first is answered")
    lab.balance("duplicate")
    lab.stop()


def run(checks, authority):
    for part in (response_rate, recursive_clients, clients_per_query, fetches, duplicate):
        part(checks, authority)
