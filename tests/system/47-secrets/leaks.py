# SPDX-FileCopyrightText: 2026 the telltale authors
# SPDX-License-Identifier: BSD-3-Clause
"""Where a secret shows: in what leaves a process, in its files, and in its memory."""

import base64
import os
import re
import struct

PIECE = 1 << 24
ARENA = 64 << 20  # the heaps of glibc's arenas begin at multiples of it, with a head: arena, previous, size
NAMED_HEAPS = ("[heap]",)


def forms(secret):
    """Bytes that tell a secret: itself, in hex, and what base64 makes of it wherever it stands in the text."""
    found = {secret, secret.hex().encode(), secret.hex().upper().encode()}
    for before in range(3):
        text = base64.b64encode(bytes(before) + secret + bytes(3 - (before + len(secret)) % 3))
        found.add(text[-(-before * 8 // 6):(before + len(secret)) * 8 // 6])
    return found


class Canaries:
    """name of the secret file: every secret that ever stood in it, in order; as forms."""

    def __init__(self):
        self.by_name = {}

    def add(self, name, *secrets):
        """secrets: what tells one value of the file, each bytes."""
        self.by_name.setdefault(name, []).append(set().union(*(forms(secret) for secret in secrets)))

    def needles(self, name, is_old=None):
        """is_old: only those that have been replaced, or only the present one."""
        values = self.by_name[name]
        kept = values if is_old is None else values[:-1] if is_old else values[-1:]
        return set().union(*kept)

    def in_bytes(self, data):
        """{name: how many hits} of any value."""
        found = {name: sum(data.count(needle) for needle in self.needles(name)) for name in self.by_name}
        return {name: count for name, count in found.items() if count}


def of_files(canaries, directory):
    """{path: hits} of all files below a directory, and the bytes looked at."""
    found, size = {}, 0
    for path, _, names in os.walk(directory):
        for name in names:
            at = os.path.join(path, name)
            if not os.path.isfile(at):
                continue
            with open(at, "rb") as data:
                text = data.read()
            size += len(text)
            hits = canaries.in_bytes(text)
            if hits:
                found[at] = hits
    return found, size


class Region:
    """A mapping as smaps shows it."""

    def __init__(self, head):
        self.start, self.end = (int(number, 16) for number in head[1].split("-"))
        self.permissions, self.name, self.flags, self.rss = head[2], head[3].strip(), set(), 0
        self.arenas = []

    def find_arenas(self, memory):
        """The kernel joins mappings that touch, so a heap may begin in the middle of one."""
        for base in range(-(-self.start // ARENA) * ARENA, self.end, ARENA):
            try:
                memory.seek(base)
                arena, _, size = struct.unpack("<QQQ", memory.read(24))
            except (OSError, struct.error):  # gone meanwhile
                return
            if arena and 4096 <= size <= ARENA:
                self.arenas.append((base, base + size))

    def kind(self, at):
        """ours: left out of core files; heap: of a library (or of malloc in ours); stack; else what it is."""
        if "dd" in self.flags:
            return "ours"
        if self.name in NAMED_HEAPS or any(start <= at < end for start, end in self.arenas):
            return "heap"
        return self.name or "anonymous"


def regions(pid):
    found = []
    with open(f"/proc/{pid}/smaps", encoding="ascii", errors="replace") as lines:
        for line in lines:
            head = re.match(r"([0-9a-f]+-[0-9a-f]+) (\S+) \S+ \S+ \S+(.*)", line)
            if head:
                found.append(Region((None, *head.groups())))
            elif line.startswith("Rss:"):
                found[-1].rss = int(line.split()[1])
            elif line.startswith("VmFlags:"):
                found[-1].flags = set(line.split()[1:])
    with open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
        for region in found:
            if not region.name and "r" in region.permissions and region.rss:
                region.find_arenas(memory)
    return found


def pieces(memory, region):
    """(address, bytes), overlapping so that no needle falls between two."""
    for at in range(region.start, region.end, PIECE):
        try:
            memory.seek(at)
            data = memory.read(min(PIECE + 512, region.end - at))
        except (OSError, ValueError):  # [vvar], or gone meanwhile
            return
        if data.count(0) != len(data):
            yield at, data


def of_memory(pid, canaries):
    """{(name, is_old, kind of the mapping): hits} of a process that lives."""
    places = {}
    rows = [(name, is_old, needle) for name in canaries.by_name for is_old in (True, False)
            for needle in canaries.needles(name, is_old)]
    with open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
        for region in regions(pid):
            if "r" not in region.permissions or region.rss == 0:
                continue
            for address, data in pieces(memory, region):
                for name, is_old, needle in rows:
                    for hit in re.finditer(re.escape(needle), data):
                        at = address + hit.start()
                        places.setdefault((name, is_old, region.kind(at)), set()).add(at)
    return {key: len(hits) for key, hits in places.items()}


def of_core(path, canaries, mapped):
    """The same of a core file (ELF64: program headers of type LOAD); mapped: regions() of the process then."""
    found = {}
    rows = [(name, is_old, needle) for name in canaries.by_name for is_old in (True, False)
            for needle in canaries.needles(name, is_old)]
    with open(path, "rb") as core:
        head = core.read(64)
        at, size, count = struct.unpack_from("<Q", head, 32)[0], *struct.unpack_from("<HH", head, 54)
        for number in range(count):
            core.seek(at + number * size)
            kind, _, offset, address, _, length = struct.unpack_from("<IIQQQQ", core.read(size))
            if kind != 1 or length == 0:
                continue
            core.seek(offset)
            data = core.read(length)
            for name, is_old, needle in rows:
                for hit in re.finditer(re.escape(needle), data):
                    place = address + hit.start()
                    where = [region.kind(place) for region in mapped if region.start <= place < region.end]
                    key = (name, is_old, where[0] if where else "nowhere")
                    found[key] = found.get(key, 0) + 1
    return found


def unguarded(pid):
    """Mappings that are left out of core files but not wiped in children: both are asked for together."""
    return [f"{region.start:x}" for region in regions(pid) if "dd" in region.flags and "wf" not in region.flags and
            not region.name]
