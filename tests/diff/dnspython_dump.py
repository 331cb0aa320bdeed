#!/usr/bin/python3
# SPDX-FileCopyrightText: 2026 the telltale authors
# SPDX-License-Identifier: BSD-3-Clause
"""What dnspython makes of packets, one line each: "name hex" in, the words of tests/diff/compare out."""
import sys

import dns.edns
import dns.message
import dns.opcode
import dns.rdata
import dns.rdataclass
import dns.rdatatype

# dnspython makes no message of other opcodes; so that the rest is compared, they are read as QUERY.
KNOWN_OPCODES = (0, 1, 2, 4, 5)
dns.opcode.from_flags = lambda flags: dns.opcode.Opcode(flags >> 11 & 15 if flags >> 11 & 15 in KNOWN_OPCODES else 0)
# Loaded on demand, a type first met in class ANY would stay opaque in all classes.
for rdatatype in dns.rdatatype.RdataType:
    dns.rdata.get_rdata_class(dns.rdataclass.IN, rdatatype)
# No fault of the bytes: a signature that cannot be checked here, bytes behind the message.
NO_FAULT = ("TrailingJunk", "UnknownTSIGKey")
ESCAPED = [("\\" + chr(b) if b in (0x2E, 0x5C) else chr(b).lower() if 0x21 <= b <= 0x7E else f"\\{b:03d}")
           for b in range(256)]


def text(name):
    return ".".join("".join(ESCAPED[b] for b in label) for label in name.labels[:-1]) or "."


def edns(message):
    opt = message.opt
    ttl, rdata = opt.ttl, opt[0]
    options = b""
    tokens = []
    for option in rdata.options:
        data = option.to_wire()
        options += int(option.otype).to_bytes(2, "big") + len(data).to_bytes(2, "big") + data
        if option.otype == dns.edns.OptionType.ECS and not any(t.startswith("ecs ") for t in tokens):
            address = dns.inet.inet_pton(dns.inet.af_for_address(option.address), option.address)
            tokens.append(f"ecs {4 if option.family == 1 else 6} {option.srclen} {option.scopelen} {address.ljust(16, bytes(1)).hex()}")
        elif option.otype == 15 and not any(t.startswith("ede ") for t in tokens):
            tokens.append(f"ede {int(option.code)} {(option.text or '').encode().hex()}")
    first = f"edns {int(rdata.rdclass)} {ttl >> 24} {ttl >> 16 & 255} {ttl & 65535:04x} {options.hex()}"
    return [first] + sorted(tokens)


def records(message):
    for number in (1, 2, 3):
        for rrset in message.sections[number]:
            owner = text(rrset.name)
            if len(rrset) == 0:
                rclass = rrset.rdclass if rrset.deleting is None else rrset.deleting
                yield f"rr {number} {owner} {int(rrset.rdtype)} {int(rclass)} 0 "
                continue
            rclass = rrset.rdclass if rrset.deleting is None else rrset.deleting
            yield f"rr {number} {owner} {int(rrset.rdtype)} {int(rclass)} {rrset.ttl} {rrset[0].to_digestable().hex()}"


def dump(name, wire):
    if len(wire) < 12:
        return f"{name}\tend bad header"
    tokens = ["head %d %04x %d %d %d %d" % tuple(int.from_bytes(wire[i:i + 2], "big") for i in range(0, 12, 2))]
    try:
        message = dns.message.from_wire(wire, one_rr_per_rrset=True, continue_on_error=True)
    except Exception as error:  # what dnspython raises is the thing looked at
        return "\t".join([name] + tokens + [f"end bad 0:{type(error).__name__}"])
    if message.sections[0]:
        question = message.sections[0][0]
        tokens.append(f"q {text(question.name)} {int(question.rdtype)} {int(question.rdclass)}")
    notes = ""
    words = [type(e.exception).__name__ for e in message.errors]
    wrong = [e for e, word in zip(message.errors, words) if word not in NO_FAULT]
    if "TrailingJunk" in words:
        notes = " trailing"
    if wrong:
        tokens.append(f"end bad {','.join(str(e.offset) for e in wrong[:20])}:{','.join(type(e.exception).__name__ for e in wrong[:20])}:{str(wrong[0].exception)[:60]}")
        return "\t".join([name] + tokens)
    tokens.extend(records(message))
    if message.opt is not None:
        tokens.extend(edns(message))
    return "\t".join([name] + tokens + [f"end ok{notes}"])


for line in sys.stdin:
    word, _, data = line.rstrip("\n").partition(" ")
    sys.stdout.write(dump(word, bytes.fromhex(data)).replace("\n", " ") + "\n")
