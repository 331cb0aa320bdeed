# SPDX-FileCopyrightText: 2026 the telltale authors
# SPDX-License-Identifier: BSD-3-Clause
"""answer_digest of an answer as a client got it, by dnspython and tests/golden/events/digest.py alone."""

import digest
import dns.message
import dns.rcode
from dns.rdataclass import IN
from dns.rdatatype import ANY, CNAME


def digest_of(wire):
    """16 hex digits; see answer_digest in docs/fields.md."""
    message = dns.message.from_wire(wire)
    question, section = message.question[0], message.answer
    owner, passed = question.name, set()
    if message.rcode() == dns.rcode.NXDOMAIN:
        return f"{1:016x}"
    while question.rdtype not in (CNAME, ANY) and owner not in passed and message.get_rrset(section, owner, IN, CNAME):
        passed.add(owner)
        owner = message.get_rrset(section, owner, IN, CNAME)[0].target
    rrset = message.get_rrset(section, owner, question.rdclass, question.rdtype) or []
    return digest.answer_digest(owner.canonicalize().to_wire(), question.rdtype, question.rdclass,
                                [rdata.to_digestable() for rdata in rrset]) if rrset else f"{0:016x}"
