# SPDX-FileCopyrightText: 2026 the telltale authors
# SPDX-License-Identifier: BSD-3-Clause
"""DNS messages with the standard library alone: enough to ask anything and to read any answer."""

import ipaddress
import struct

TYPES = {"A": 1, "NS": 2, "CNAME": 5, "SOA": 6, "PTR": 12, "MX": 15, "TXT": 16, "AAAA": 28, "SRV": 33, "NAPTR": 35,
         "DNAME": 39, "OPT": 41, "DS": 43, "SSHFP": 44, "RRSIG": 46, "NSEC": 47, "DNSKEY": 48, "TLSA": 52, "SVCB": 64,
         "HTTPS": 65, "IXFR": 251, "AXFR": 252, "MAILB": 253, "ANY": 255, "CAA": 257}
CLASSES = {"IN": 1, "CH": 3, "HS": 4, "ANY": 255}
RCODES = ["NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED", "YXDOMAIN", "YXRRSET", "NXRRSET",
          "NOTAUTH", "NOTZONE"]
EDNS_RCODES = {16: "BADVERS", 22: "BADTRUNC", 23: "BADCOOKIE"}


def type_number(word):
    return TYPES[word] if word in TYPES else int(word[4:])


def rcode_word(number):
    if number < len(RCODES):
        return RCODES[number]
    return EDNS_RCODES.get(number, f"RCODE{number}")


def name_to_wire(text):
    """Presentation form (escapes understood) or bytes (taken as wire) to wire form."""
    if isinstance(text, bytes):
        return text
    labels, label, at = [], bytearray(), 0
    text = text.rstrip(".") if not text.endswith("\\.") else text
    while at < len(text):
        if text[at] == "\\" and text[at + 1:at + 4].isdigit():
            label.append(int(text[at + 1:at + 4]))
            at += 4
        elif text[at] == "\\":
            label += text[at + 1].encode("latin-1")
            at += 2
        elif text[at] == ".":
            labels.append(bytes(label))
            label = bytearray()
            at += 1
        else:
            label += text[at].encode("latin-1")
            at += 1
    if label:
        labels.append(bytes(label))
    return b"".join(bytes([len(part)]) + part for part in labels) + b"\0"


def wire_to_text(wire):
    """The presentation form that events use: lower case, no dot at the end but for the root."""
    parts, at = [], 0
    while wire[at]:
        parts.append("".join(_escape(byte) for byte in wire[at + 1:at + 1 + wire[at]].lower()))
        at += 1 + wire[at]
    return ".".join(parts) or "."


def _escape(byte):
    if byte in b".\\":
        return "\\" + chr(byte)
    return chr(byte) if 0x21 <= byte <= 0x7E else f"\\{byte:03d}"


def query(name, qtype="A", qclass="IN", *, ident=0, rd=True, cd=False, ad=False, edns=None, do=False, version=0,
          options=(), opcode=0):
    """The wire form of a query. edns: UDP size, or None for none; options: (code, bytes) pairs."""
    flags = opcode << 11 | rd << 8 | ad << 5 | cd << 4
    message = struct.pack(">6H", ident, flags, 1, 0, 0, 0 if edns is None else 1)
    message += name_to_wire(name) + struct.pack(">2H", type_number(qtype), CLASSES[qclass])
    if edns is not None:
        data = b"".join(struct.pack(">2H", code, len(value)) + value for code, value in options)
        message += b"\0" + struct.pack(">HHBBHH", 41, edns, 0, version, do << 15, len(data)) + data
    return message


def ecs(address, prefix):
    """EDNS Client Subnet option (RFC 7871) of an address."""
    at = ipaddress.ip_address(address)
    return 8, struct.pack(">HBB", 1 if at.version == 4 else 2, prefix, 0) + at.packed[:(prefix + 7) // 8]


class Record:
    def __init__(self, owner, rtype, ttl, rdata, message, at):
        self.owner, self.rtype, self.ttl, self.rdata = owner, rtype, ttl, rdata
        self._message, self._at = message, at

    def rclass(self):
        """Its class; of OPT the payload size."""
        return struct.unpack(">H", self._message[self._at - 8:self._at - 6])[0]

    def target(self):
        """The name in the RDATA of a CNAME, NS or PTR, as text."""
        return wire_to_text(_read_name(self._message, self._at)[0])


class Message:
    """A parsed message: header fields, question, answer, authority, additional, EDNS."""

    def __init__(self, wire):
        self.wire = wire
        self.ident, flags, *counts = struct.unpack(">6H", wire[:12])
        self.qr, self.opcode = flags >> 15, flags >> 11 & 15
        self.aa, self.tc, self.rd, self.ra = (bool(flags >> bit & 1) for bit in (10, 9, 8, 7))
        self.ad, self.cd, self.rcode = bool(flags >> 5 & 1), bool(flags >> 4 & 1), flags & 15
        self.ede, self.edns_size, at = [], None, 12
        self.qname = self.qtype = self.qclass = None
        for _ in range(counts[0]):
            self.qname, at = _read_name(wire, at)
            self.qtype, self.qclass = struct.unpack(">2H", wire[at:at + 4])
            at += 4
        sections = []
        for count in counts[1:]:
            records = []
            for _ in range(count):
                record, at = _read_record(wire, at)
                records.append(record)
            sections.append(records)
        self.answer, self.authority, self.additional = sections
        self._read_edns()

    def _read_edns(self):
        for record in self.additional:
            if record.rtype != 41:
                continue
            self.edns_size = record.rclass()
            self.rcode |= record.ttl >> 24 << 4
            at = 0
            while at + 4 <= len(record.rdata):
                code, length = struct.unpack(">2H", record.rdata[at:at + 4])
                if code == 15:
                    value = record.rdata[at + 4:at + 4 + length]
                    self.ede.append((struct.unpack(">H", value[:2])[0], value[2:].decode("utf-8", "replace")))
                at += 4 + length

    @property
    def rcode_word(self):
        return rcode_word(self.rcode)

    def ips(self):
        return [str(ipaddress.ip_address(r.rdata)) for r in self.answer if r.rtype in (1, 28)]

    def ttl(self):
        """The smallest TTL of the answer section, or None when it is empty."""
        return min((record.ttl for record in self.answer), default=None)


def _read_name(wire, at):
    out, end, hops = b"", None, 0
    while True:
        length = wire[at]
        if length >= 0xC0:
            end = end or at + 2
            at = (length & 0x3F) << 8 | wire[at + 1]
            hops += 1
            if hops > 100:
                raise ValueError("compression loop")
        elif length == 0:
            return out + b"\0", end or at + 1
        else:
            out += wire[at:at + 1 + length]
            at += 1 + length


def _read_record(wire, at):
    owner, at = _read_name(wire, at)
    rtype, _rclass, ttl, length = struct.unpack(">HHIH", wire[at:at + 10])
    at += 10
    return Record(owner, rtype, ttl, wire[at:at + length], wire, at), at + length
