# SPDX-FileCopyrightText: 2026 the telltale authors
# SPDX-License-Identifier: BSD-3-Clause
"""Exchanges of both hosts with the same upstream about the same question, and what answer_rdata should say of them."""

import digest
import dns.name
import dns.rdata

SHOWN = ("NS", "DS", "DNSKEY", "SOA", "MX", "CAA", "TXT")  # types of answer_rdata


def answered(records):
    """{(name, type): event} of the exchanges about a type of answer_rdata that gave a whole set; the first of each."""
    found = {}
    for record in records:
        if record.get("message_type") == "resolver_response" and record.get("query_type") in SHOWN and \
                record.get("outcome") == "answered" and "answer_rdata" in record and not record.get("referral"):
            found.setdefault((record["query_name"], record["query_type"]), record)
    return found


def digest_of(event):
    """answer_digest computed from the words of answer_rdata; None when they are not all there."""
    if event.get("answer_truncated"):
        return None
    rdatas = [dns.rdata.from_text("IN", event["query_type"], words) for words in event["answer_rdata"]]
    owner = dns.name.from_text(event["query_name"], dns.name.root).to_wire()
    return digest.answer_digest(owner, rdatas[0].rdtype, 1, [rdata.to_digestable(dns.name.root) for rdata in rdatas])


def both(unbound, bind):
    """(what, event of Unbound, event of BIND) of each question that both have asked."""
    first, second = answered(unbound), answered(bind)
    return [(key, first[key], second[key]) for key in first if key in second]
