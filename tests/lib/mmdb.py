#!/usr/bin/python3
# SPDX-FileCopyrightText: 2026 the telltale authors
# SPDX-License-Identifier: BSD-3-Clause
"""Writes databases in the MaxMind DB format, version 2.0, for tests and the demo.

  tests/lib/mmdb.py country OUT [options] < lines     192.0.2.0/24 DE
  tests/lib/mmdb.py asn OUT [options] < lines         2001:db8::/32 64496 Example Net
  tests/lib/mmdb.py seeds DIR                         a small database of each form, for the fuzzer

A later line wins inside its network. --layout: nested as GeoLite2 has it, flat as IPinfo has it (the number as
"AS64496"), plain (country as a bare text, asn as a bare number). --big adds 8 M made-up networks, every /24 of
0.0.0.0/1, which lines of at most /24 may replace: a file of 64 MiB and more.
"""

import argparse
import array
import ipaddress
import os
import struct
import sys
import time

MARKER = b"\xab\xcd\xefMaxMind.com"
SEPARATOR = bytes(16)
BIG_BITS = 23  # the /24s of 0.0.0.0/1
POINTER, TEXT, DOUBLE, BYTES, U16, U32, MAP, I32, U64, U128, ARRAY, BOOLEAN = 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 14


class Typed:
    """A number with its type in the file, where U32 is not meant; raw bytes where the type is None."""

    def __init__(self, kind, value):
        self.kind, self.value = kind, value


def head(kind, size):
    """The control bytes of a value."""
    for least, extra in ((65821, 3), (285, 2), (29, 1), (0, 0)):
        if size >= least:
            break
    low = 28 + extra if extra else size
    first = bytes([kind << 5 | low]) if kind < 8 else bytes([low, kind - 7])
    return first + (size - least).to_bytes(extra, "big") if extra else first


def pointer(offset):
    for size, (base, bits) in enumerate(((0, 11), (2048, 19), (526336, 27))):
        if offset - base < 1 << bits:
            value = offset - base
            return bytes([POINTER << 5 | size << 3 | value >> 8 * (size + 1)]) + \
                (value & (1 << 8 * (size + 1)) - 1).to_bytes(size + 1, "big")
    return bytes([POINTER << 5 | 3 << 3]) + offset.to_bytes(4, "big")


def number(kind, value):
    length = {U16: 2, U32: 4, I32: 4, U64: 8, U128: 16}[kind]
    payload = (value & (1 << 8 * length) - 1).to_bytes(length, "big").lstrip(b"\0")
    return head(kind, len(payload)) + payload


class Data:
    """The data section: texts and inner maps that were written before become pointers to them."""

    def __init__(self, with_pointers=True):
        self.bytes, self.seen, self.records = bytearray(), {}, {}
        self.with_pointers = with_pointers

    def put(self, value):
        key = repr(value) if isinstance(value, (str, dict)) and len(value) > 0 else None
        if key is not None and self.with_pointers and key in self.seen:
            self.bytes += pointer(self.seen[key])
            return
        start = len(self.bytes)
        self.put_whole(value)
        if key is not None and len(self.bytes) - start > 4:
            self.seen[key] = start

    def put_whole(self, value):
        if isinstance(value, Typed):
            self.bytes += value.value if value.kind is None else number(value.kind, value.value)
        elif isinstance(value, bool):
            self.bytes += head(BOOLEAN, value)
        elif isinstance(value, int):
            self.bytes += number(U32, value)
        elif isinstance(value, float):
            self.bytes += head(DOUBLE, 8) + struct.pack(">d", value)
        elif isinstance(value, (str, bytes)):
            raw = value.encode() if isinstance(value, str) else value
            self.bytes += head(TEXT if isinstance(value, str) else BYTES, len(raw)) + raw
        elif isinstance(value, dict):
            self.bytes += head(MAP, len(value))
            for key, inner in value.items():
                self.put(key)
                self.put(inner)
        else:
            self.bytes += head(ARRAY, len(value))
            for inner in value:
                self.put(inner)

    def record(self, value):
        """Where a record stands; each is written once."""
        key = repr(value)
        if key not in self.records:
            self.records[key] = len(self.bytes)
            self.put_whole(value)
        return self.records[key]


class Tree:
    """The search tree: nodes of two branches, each None, ("data", offset), ("big", 0) or the number of a node."""

    def __init__(self, ip_version):
        self.nodes, self.ip_version = [[None, None]], ip_version

    def bits_of(self, network):
        value, length = int(network.network_address), network.prefixlen
        if network.version == 6 and self.ip_version == 4:
            raise ValueError(f"{network}: the tree is for IPv4")
        bits = f"{value:0{network.max_prefixlen}b}"[:length]
        return "0" * 96 + bits if network.version == 4 and self.ip_version == 6 else bits

    def add(self, network, branch):
        bits, at = [int(bit) for bit in self.bits_of(network)], 0
        for bit in bits[:-1]:
            below = self.nodes[at][bit]
            if not isinstance(below, int):
                self.nodes.append([below, below])
                self.nodes[at][bit] = below = len(self.nodes) - 1
            at = below
        self.nodes[at][bits[-1]] = branch


def pack(left, right, size):
    if size == 28:
        middle = left >> 24 << 4 | right >> 24
        return (left & 0xFFFFFF).to_bytes(3, "big") + bytes([middle]) + (right & 0xFFFFFF).to_bytes(3, "big")
    return left.to_bytes(size // 8, "big") + right.to_bytes(size // 8, "big")


class Big:
    """A full tree over every /24 of 0.0.0.0/1, its nodes level by level: below node i stand 2i + 1 and 2i + 2."""

    NODES = (1 << BIG_BITS) - 1

    def __init__(self, offsets, networks):
        self.leaves = array.array("I", offsets) * (-(-(1 << BIG_BITS) // len(offsets)))
        del self.leaves[1 << BIG_BITS:]
        for network, offset in networks:
            first, count = int(network.network_address) >> 8, 1 << 24 - network.prefixlen
            self.leaves[first:first + count] = array.array("I", [offset]) * count

    @staticmethod
    def has(network):
        if network.version == 6 or not network.overlaps(ipaddress.ip_network("0.0.0.0/1")):
            return False
        if not 1 <= network.prefixlen <= 24:
            raise ValueError(f"{network}: with --big a network of 0.0.0.0/1 has 1 to 24 bits")
        return True

    def pack(self, root, data_base):
        inner = array.array("I", range(root + 1, root + self.NODES))
        leaves = array.array("I", [data_base + offset for offset in self.leaves])
        for part in (inner, leaves):
            if sys.byteorder == "little":
                part.byteswap()
        return inner.tobytes() + leaves.tobytes()


def metadata(nodes_n, size, options):
    data = Data(with_pointers=False)
    data.put({"binary_format_major_version": Typed(U16, 2), "binary_format_minor_version": Typed(U16, 0),
              "build_epoch": Typed(U64, options.get("epoch", 1792000000)),
              "database_type": options.get("database_type", "telltale-test"),
              "description": {"en": "made by telltale's tests"}, "ip_version": Typed(U16, options["ip_version"]),
              "languages": ["en"], "node_count": Typed(U32, nodes_n), "record_size": Typed(U16, size),
              **options.get("metadata", {})})
    return bytes(data.bytes)


def build(networks, big=(), **given):
    """The bytes of a database. networks: (network, record) pairs; big: the records of the 8 M networks.

    Options: record_size ip_version epoch database_type metadata (replaces keys) with_pointers."""
    options = {"ip_version": 6, "record_size": 32 if big else 28, **given}
    data, tree = Data(options.get("with_pointers", True)), Tree(options["ip_version"])
    size, in_big = options["record_size"], []
    for network, record in networks:
        network, offset = ipaddress.ip_network(network), data.record(record)
        if big and Big.has(network):
            in_big.append((network, offset))
        else:
            tree.add(network, ("data", offset))
    filler = Big([data.record(record) for record in big], in_big) if big else None
    if filler:
        tree.add(ipaddress.ip_network("0.0.0.0/1"), ("big", 0))
    nodes_n = len(tree.nodes) + (Big.NODES if filler else 0)
    data_base = nodes_n + len(SEPARATOR)

    def value(branch):
        if branch is None or isinstance(branch, int):
            return nodes_n if branch is None else branch
        return data_base + branch[1] if branch[0] == "data" else len(tree.nodes)  # it follows them

    parts = [pack(value(left), value(right), size) for left, right in tree.nodes]
    if filler:
        parts.append(filler.pack(len(tree.nodes), data_base))
    return b"".join([*parts, SEPARATOR, bytes(data.bytes), MARKER, metadata(nodes_n, size, options)])


def country_record(code, layout):
    if layout == "nested":
        return {"continent": {"code": "EU", "names": {"de": "Europa", "en": "Europe"}},
                "country": {"geoname_id": 2921044, "iso_code": code, "names": {"en": f"Land of {code}"}}}
    return {"country": f"Land of {code}", "country_code": code} if layout == "flat" else {"country": code}


def asn_record(asn, org, layout):
    if layout == "nested":
        return {"autonomous_system_number": asn, "autonomous_system_organization": org}
    return {"asn": f"AS{asn}" if layout == "flat" else asn, "as_name" if layout == "flat" else "name": org}


def read_lines(kind, layout, lines):
    for line in lines:
        words = line.split("#")[0].split(None, 2)
        if len(words) > 1 and kind == "country":
            yield words[0], country_record(words[1], layout)
        elif len(words) > 1:
            yield words[0], asn_record(int(words[1]), words[2].strip() if len(words) > 2 else f"AS{words[1]}", layout)


def big_records(kind, layout):
    if kind == "country":
        return [country_record(chr(65 + i // 26) + chr(65 + i % 26), layout) for i in range(251)]
    return [asn_record(65536 + i, f"Network number {i} of many", layout) for i in range(60013)]


def write(path, made):
    with open(path, "wb") as file:
        file.write(made)


def write_seeds(folder):
    for size in (24, 28, 32):
        for layout in ("nested", "flat", "plain"):
            name = os.path.join(folder, f"{layout}-{size}")
            for version, nets in ((4, ("10.0.0.0/8", "10.0.0.128/25", "192.0.2.0/24")), (6, ("::/64", "2001:db8::/32"))):
                given = {"ip_version": version, "record_size": size, "with_pointers": size != 24}
                write(f"{name}-{version}-country", build([(net, country_record("DE", layout)) for net in nets], **given))
                write(f"{name}-{version}-asn", build([(net, asn_record(64496, net, layout)) for net in nets], **given))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kind", choices=("country", "asn", "seeds"))
    parser.add_argument("out")
    parser.add_argument("--layout", choices=("nested", "flat", "plain"), default="nested")
    parser.add_argument("--record-size", type=int, choices=(24, 28, 32))
    parser.add_argument("--ip-version", type=int, choices=(4, 6), default=6)
    parser.add_argument("--epoch", type=int, default=int(time.time()))
    parser.add_argument("--big", action="store_true")
    args = parser.parse_args()
    if args.kind == "seeds":
        write_seeds(args.out)
        return
    if args.big and args.record_size in (24, 28):
        parser.error("--big needs records of 32 bits")
    given = {"ip_version": args.ip_version, "epoch": args.epoch, "database_type": f"telltale-{args.kind}-{args.layout}"}
    if args.record_size:
        given["record_size"] = args.record_size
    made = build(read_lines(args.kind, args.layout, sys.stdin),
                 big_records(args.kind, args.layout) if args.big else (), **given)
    write(args.out, made)


if __name__ == "__main__":
    main()
