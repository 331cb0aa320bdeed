# SPDX-FileCopyrightText: 2026 the telltale authors
# SPDX-License-Identifier: BSD-3-Clause
"""Does an event say what the client asked and got? Everything both sides know is compared."""

import os

import dnsmsg

# The host reads its clock once for many packets; under valgrind (TT_SLOW times) everything lasts longer.
CLOCKS_DIFFER_US = 3000 * int(os.environ.get("TT_SLOW", "1"))


def _same(differences, event, field, expected):
    if event.get(field) != expected:
        differences.append(f"{field} {event.get(field)!r} for {expected!r}")


def question(asked, event, options, software="unbound"):
    """What differs between a question (ask.py, and the options it was asked with) and its event."""
    differences = []
    _same(differences, event, "query_name", dnsmsg.wire_to_text(asked.wire_name))
    _same(differences, event, "query_type", asked.qtype)
    _same(differences, event, "query_class", options.get("qclass", "IN"))
    _same(differences, event, "query_id", asked.ident)
    _same(differences, event, "transport", asked.transport)
    _same(differences, event, "client_port", asked.port)
    _same(differences, event, "client_ip", options.get("source", "127.0.0.1"))
    _same(differences, event, "rd", options.get("rd", True))
    _same(differences, event, "cd", options.get("cd", False))
    _same(differences, event, "dnssec_ok", options.get("do", False))
    _same(differences, event, "edns_udp_size", options.get("edns"))
    _same(differences, event, "kind", "dns")
    _same(differences, event, "software", software)
    return differences


def answer(asked, event):
    """What differs between what the client got and its event. TTL, count and addresses may be cut by truncation."""
    message, differences = asked.message, []
    if message is None:
        if event.get("outcome") == "answered":
            differences.append("outcome 'answered', but no answer came")
        return differences
    _same(differences, event, "outcome", "answered")
    _same(differences, event, "response_code", message.rcode_word)
    for flag in ("aa", "ra"):
        if flag in event:
            _same(differences, event, flag, getattr(message, flag))
    if "ad" in event:
        _same(differences, event, "ad", message.ad)
    if message.ede and event.get("ede_code") not in [code for code, _ in message.ede]:
        differences.append(f"ede_code {event.get('ede_code')} for {message.ede}")
    if not message.tc and event.get("query_class") != "CH":  # of CHAOS answers Unbound shows no records
        _same(differences, event, "answer_count", len(message.answer))
        ips, expected = set(event.get("answer_ips", [])), set(message.ips())
        if not ips <= expected if event.get("answer_truncated") else ips != expected:
            differences.append(f"answer_ips {event.get('answer_ips')} for {message.ips()}")
        soas = [record for record in message.answer + message.authority if record.rtype == 6]
        if message.answer or soas:
            _same(differences, event, "ttl", message.ttl() if message.answer else soas[0].ttl)
        if soas:
            _same(differences, event, "soa_serial", int.from_bytes(soas[0].rdata[-20:-16], "big"))
        targets = [record.target() for record in message.answer if record.rtype == 5 and asked.qtype != "CNAME"]
        if set(event.get("answer_names", [])) != set(targets):
            differences.append(f"answer_names {event.get('answer_names')} for {targets}")
    latency = event.get("latency_us")
    if latency is None or not 0 <= latency <= asked.elapsed_us + CLOCKS_DIFFER_US:
        differences.append(f"latency_us {latency} of {asked.elapsed_us} in all")
    return differences


def fields(event, wanted):
    """What differs from a row's expectations: field -> value, None (absent), a set of values, or a question."""
    differences = []
    for field, expected in wanted.items():
        value = event.get(field)
        if callable(expected):
            fine = expected(value)
        elif isinstance(expected, set):
            fine = value in expected
        else:
            fine = value == expected
        if not fine:
            words = "something else" if callable(expected) else repr(expected)
            differences.append(f"{field} {value!r} for {words}")
    return differences


def all_of(asked, event, options, wanted, software="unbound"):
    """Every difference, [] when the event is right."""
    return question(asked, event, options, software) + answer(asked, event) + fields(event, wanted)
