# SPDX-FileCopyrightText: 2026 the telltale authors
# SPDX-License-Identifier: BSD-3-Clause
"""dnstap files: payloads, frame streams, and the realistic load of the benchmarks."""

import bisect
import itertools
import random
import struct
import sys

import dnsmsg

CONTENT_TYPE = b"protobuf:dnstap.Dnstap"
TYPES = {word: number for number, word in enumerate(
    "AUTH_QUERY AUTH_RESPONSE RESOLVER_QUERY RESOLVER_RESPONSE CLIENT_QUERY CLIENT_RESPONSE FORWARDER_QUERY "
    "FORWARDER_RESPONSE STUB_QUERY STUB_RESPONSE TOOL_QUERY TOOL_RESPONSE UPDATE_QUERY UPDATE_RESPONSE".split(), 1)}

# Fields by message: name, number, kind. Kinds: e enumeration (its numbers go up to the fourth column), v varint,
# f fixed32, b bytes, s string, m message.
SCHEMA = {
    "Dnstap": [("identity", 1, "b"), ("version", 2, "b"), ("extra", 3, "b"), ("message", 14, "m", "Message"),
               ("type", 15, "e", 1)],
    "Message": [("type", 1, "e", 14), ("socket_family", 2, "e", 2), ("socket_protocol", 3, "e", 7),
                ("query_address", 4, "b"), ("response_address", 5, "b"), ("query_port", 6, "v"),
                ("response_port", 7, "v"), ("query_time_sec", 8, "v"), ("query_time_nsec", 9, "f"),
                ("query_message", 10, "b"), ("query_zone", 11, "b"), ("response_time_sec", 12, "v"),
                ("response_time_nsec", 13, "f"), ("response_message", 14, "b"), ("policy", 15, "m", "Policy"),
                ("http_protocol", 16, "e", 3)],
    "Policy": [("type", 1, "s"), ("rule", 2, "b"), ("action", 3, "e", 6), ("match", 4, "e", 5), ("value", 5, "b")],
}
_REQUIRED = {("Dnstap", "type"), ("Message", "type")}
_U64 = {"query_time_sec", "response_time_sec"}


def classes():
    """The messages as classes of the Protobuf library: {"Dnstap": class, ...}. Strings as bytes, whatever they hold."""
    from google.protobuf import descriptor_pb2, descriptor_pool, message_factory  # pylint: disable=import-outside-toplevel

    file = descriptor_pb2.FileDescriptorProto(name="telltale-dnstap.proto", package="dnstap", syntax="proto2")
    for message, fields in SCHEMA.items():
        described = file.message_type.add(name=message)
        for name, number, kind, *more in fields:
            field = described.field.add(name=name, number=number)
            field.label = field.LABEL_REQUIRED if (message, name) in _REQUIRED else field.LABEL_OPTIONAL
            if kind == "e":
                words = described.enum_type.add(name=name.title().replace("_", ""))
                for value in range(1, more[0] + 1):
                    words.value.add(name=f"{name.upper()}_{value}", number=value)
                field.type, field.type_name = field.TYPE_ENUM, f".dnstap.{message}.{words.name}"
            elif kind == "m":
                field.type, field.type_name = field.TYPE_MESSAGE, f".dnstap.{more[0]}"
            else:
                field.type = {"b": field.TYPE_BYTES, "s": field.TYPE_BYTES, "f": field.TYPE_FIXED32,
                              "v": field.TYPE_UINT64 if name in _U64 else field.TYPE_UINT32}[kind]
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    factory = message_factory.MessageFactory(pool)
    return {name: factory.GetPrototype(pool.FindMessageTypeByName(f"dnstap.{name}")) for name in SCHEMA}


def varint(value):
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def encode(kind_of, /, **values):
    """A message by the names of its fields; an embedded one as bytes."""
    out = []
    for name, number, kind, *_ in SCHEMA[kind_of]:
        value = values.pop(name, None)
        if value is None:
            continue
        if kind in "ev":
            out.append(varint(number << 3) + varint(value))
        elif kind == "f":
            out.append(varint(number << 3 | 5) + struct.pack("<I", value))
        else:
            raw = value.encode() if isinstance(value, str) else value
            out.append(varint(number << 3 | 2) + varint(len(raw)) + raw)
    if values:
        raise KeyError(f"no such field of {kind_of}: {sorted(values)}")
    return b"".join(out)


def payload(kind="CLIENT_RESPONSE", *, identity=b"ns1.example", version=b"unbound 1.17.1", **message):
    """A whole dnstap payload. message: fields of Message."""
    return encode("Dnstap", identity=identity, version=version, type=1,
                  message=encode("Message", type=TYPES[kind], **message))


def frame(data):
    return struct.pack(">I", len(data)) + data


def control(kind, content_type=None):
    """A control frame: 2 start, 3 stop, 4 ready."""
    body = struct.pack(">I", kind)
    if content_type is not None:
        body += struct.pack(">II", 1, len(content_type)) + content_type
    return struct.pack(">II", 0, len(body)) + body


def stream(payloads, content_type=CONTENT_TYPE):
    """A whole frame stream."""
    return control(2, content_type) + b"".join(map(frame, payloads)) + control(3)


class Load:
    """The synthetic load: few names make most of the queries, most answers are short and found in the cache."""

    NAMES, DISTINCT, CLIENTS = 200000, 131072, 50000
    ZONES = ("com", "net", "org", "de", "co.uk", "io", "com.br", "info")

    def __init__(self, seed=1, distinct=DISTINCT):
        self.pick = random.Random(seed)
        weights = list(itertools.accumulate(1 / rank ** 0.95 for rank in range(1, self.NAMES + 1)))
        self._weights = [weight / weights[-1] for weight in weights]
        self.clients = [self._client(number) for number in range(self.CLIENTS)]
        self.responses = [self._response(self._name(self._rank())) for _ in range(distinct)]

    def _rank(self):
        return bisect.bisect_left(self._weights, self.pick.random())

    def _name(self, rank):
        host = ("www", "api", "cdn", "mail", "img", "a1", "static", "login")[rank % 8]
        return f"{host}.{'eu-west.' * (rank % 3 == 0)}s{rank:x}{'-service' * (rank % 3)}.{self.ZONES[rank % len(self.ZONES)]}"

    def _client(self, number):
        if number % 10 < 3:
            return 2, bytes.fromhex("20010db8") + struct.pack(">IIBBH", number >> 4, number * 2654435761 % 2**32, 0, 0, 1)
        return 1, bytes([10, number >> 16 & 255, number >> 8 & 255, number & 255])

    def _response(self, name):
        chance, qtype = self.pick.random(), self.pick.choice(("A", "A", "A", "AAAA", "HTTPS"))
        rcode = 0 if chance < 0.85 else 3 if chance < 0.98 else 2
        answers = self.pick.choice((1, 2, 3)) if rcode == 0 else 0
        is_alias = answers > 0 and self.pick.random() < 0.2
        message = struct.pack(">6H", self.pick.randrange(65536), 0x8180 | rcode, 1, answers + is_alias, int(rcode == 3), 1)
        message += dnsmsg.name_to_wire(name) + struct.pack(">2H", dnsmsg.type_number(qtype), 1)
        size, owner = {"A": 4, "AAAA": 16, "HTTPS": 3}[qtype], 0xC00C
        if is_alias:
            target = dnsmsg.name_to_wire(f"e{self.pick.randrange(4000)}.dsca.edge-{name[:3].strip('.')}.net")
            message += struct.pack(">HHHIH", owner, 5, 1, 300, len(target))
            owner = 0xC000 | len(message)
            message += target
        for _ in range(answers):
            rdata = self.pick.randbytes(size) if qtype != "HTTPS" else b"\0\1\0"
            message += struct.pack(">HHHIH", owner, dnsmsg.type_number(qtype), 1, self.pick.choice((30, 60, 300, 3600)), size)
            message += rdata
        if rcode == 3:
            rdata = b"\2ns\xc0\x0c\4host\xc0\x0c" + struct.pack(">5I", 2026112101, 7200, 3600, 1209600, 300)
            message += struct.pack(">HHHIH", 0xC00C, 6, 1, 300, len(rdata)) + rdata
        return message + b"\0" + struct.pack(">HHIH", 41, 1232, 0, 0)

    def write(self, path, count, start_us=1795000000000000):
        """A dnstap file of `count` client responses, one each 20 µs. Returns its size."""
        head = varint(15 << 3) + b"\1" + varint(1 << 3 | 2) + b"\x0bns1.example" + varint(2 << 3 | 2) + b"\x0eunbound 1.17.1"
        server = {1: b"\xc0\0\2\1", 2: bytes.fromhex("20010db8000000000000000000000053")}
        with open(path, "wb") as out:
            out.write(control(2, CONTENT_TYPE))
            for number in range(count):
                family, client = self.clients[self.pick.randrange(self.CLIENTS)]
                took = self.pick.randrange(20, 200) if self.pick.randrange(100) < 82 else self.pick.randrange(2000, 90000)
                answered = start_us + 20 * number
                message = encode(
                    "Message", type=6, socket_family=family, socket_protocol=1 if number % 20 else 2,
                    query_address=client, response_address=server[family],
                    query_port=1024 + number * 7919 % 64000, response_port=53, query_time_sec=(answered - took) // 1000000,
                    query_time_nsec=(answered - took) % 1000000 * 1000, response_time_sec=answered // 1000000,
                    response_time_nsec=answered % 1000000 * 1000,
                    response_message=self.responses[self.pick.randrange(len(self.responses))])
                data = head + varint(14 << 3 | 2) + varint(len(message)) + message
                out.write(frame(data))
            out.write(control(3))
            return out.tell()


def write_seeds(directory):
    """Payloads for the fuzzer to begin with."""
    load, policy = Load(2, 20), encode("Policy", type="RPZ", rule=b"\3bad\4test\0", action=1, match=1, value=b"\3bad\4test\0")
    for number, response in enumerate(load.responses):
        kind = ("CLIENT_RESPONSE", "AUTH_RESPONSE", "RESOLVER_RESPONSE", "FORWARDER_RESPONSE", "CLIENT_QUERY")[number % 5]
        data = payload(kind, socket_family=1 + number % 2, socket_protocol=1 + number % 7, query_address=b"\xc0\0\2\1",
                       response_address=b"\x20\1\x0d\xb8" + bytes(12), query_port=40000, response_port=53,
                       query_time_sec=1795000000, query_time_nsec=1, query_message=dnsmsg.query("www.example.com"),
                       query_zone=b"\7example\3com\0", response_time_sec=1795000000, response_time_nsec=5000,
                       response_message=response, policy=policy if number % 3 == 0 else None, http_protocol=2)
        with open(f"{directory}/{number}.dnstap", "wb") as out:
            out.write(data)


if __name__ == "__main__":
    {"seeds": write_seeds}[sys.argv[1]](*sys.argv[2:])
