# SPDX-FileCopyrightText: 2026 the telltale authors
# SPDX-License-Identifier: BSD-3-Clause
"""Questions about the bytes of a packet, for explained.py: no reader under test is asked."""


def skip_name(packet, at):
    while at < len(packet):
        if packet[at] >= 0xC0:
            return at + 2
        if packet[at] == 0:
            return at + 1
        at += 1 + packet[at]
    return at


def records(packet):
    """(section, start, type, class, offset and length of the RDATA) of each record that is there."""
    counts = [int.from_bytes(packet[i:i + 2], "big") for i in (4, 6, 8, 10)]
    at = 12
    for _ in range(min(counts[0], 1000)):
        at = skip_name(packet, at) + 4
    for section in (1, 2, 3):
        for _ in range(counts[section]):
            start, at = at, skip_name(packet, at)
            if at + 10 > len(packet):
                return
            rtype, rclass, length = (int.from_bytes(packet[at + i:at + i + 2], "big") for i in (0, 2, 8))
            yield section, start, str(rtype), str(rclass), at + 10, length
            at += 10 + length


def pointers(packet):
    """Where compression pointers may stand: at the end of question names and owners, anywhere in RDATA."""
    at = 12
    for _ in range(min(int.from_bytes(packet[4:6], "big"), 1000)):
        yield skip_name(packet, at) - 2
        at = skip_name(packet, at) + 4
    for record in records(packet):
        yield record[4] - 12
        yield from range(record[4], min(record[4] + record[5], len(packet)))


def chain_end(packet, at):
    """Where the pointers of the name at at lead: "long" when there are more than 127, all of them back, "forward" when
    one before does not lead back, else None."""
    run, followed = at, 0
    while at + 1 < len(packet) and 0 < packet[at] and not 0x40 <= packet[at] < 0xC0:
        if packet[at] < 0x40:
            at += 1 + packet[at]
            continue
        target = int.from_bytes(packet[at:at + 2], "big") & 0x3FFF
        followed += 1
        if target >= run or followed > 127:
            return "forward" if target >= run else "long"
        at = run = target
    return None


def chain_ends(packet, rdata):
    """The above of names in rdata; with None, of the names of questions and the owners of records."""
    if rdata is not None:
        return {chain_end(packet, at) for at in range(rdata[2], rdata[2] + rdata[3])}
    at, ends = 12, {chain_end(packet, record[1]) for record in records(packet)}
    for _ in range(min(int.from_bytes(packet[4:6], "big"), 1000)):
        ends.add(chain_end(packet, at))
        at = skip_name(packet, at) + 4
    return ends


def split_options(rdata):
    """(code, offset and length of the value) of each EDNS option of an OPT's RDATA that is there whole."""
    at = 0
    while at + 4 <= len(rdata):
        code, length = (int.from_bytes(rdata[at + i:at + i + 2], "big") for i in (0, 2))
        at += 4 + length
        if at <= len(rdata):
            yield code, at - length, length


def options(packet):
    """As above, of each OPT of the packet."""
    for record in records(packet):
        if record[2] == "41":
            start = record[4]
            yield from ((code, start + at, n) for code, at, n in split_options(packet[start:start + record[5]]))


def runs_over_itself(packet):
    """Some pointer leads back to labels that run on past the pointer."""
    for at in pointers(packet):
        run = int.from_bytes(packet[at:at + 2], "big")
        if run < 0xC000 or (run & 0x3FFF) >= at:
            continue
        run &= 0x3FFF
        while run < at and 0 < packet[run] < 0x40:
            run += 1 + packet[run]
        if run > at:
            return True
    return False


def has_ohttp_value(packet, rdata):
    """SvcParam 8, which has no value (RFC 9540 section 4), has one."""
    at, end = skip_name(packet, rdata[2] + 2), rdata[2] + rdata[3]
    while at + 4 <= end:
        key, length = (int.from_bytes(packet[at + i:at + i + 2], "big") for i in (0, 2))
        if key == 8 and length > 0:
            return True
        at += 4 + length
    return False


def svcb_key_twice(packet, rdata):
    """A key comes twice in a row, everything else of the SvcParams in order."""
    at, end, last = skip_name(packet, rdata[2] + 2), rdata[2] + rdata[3], -1
    is_twice = False
    while at + 4 <= end:
        key, length = (int.from_bytes(packet[at + i:at + i + 2], "big") for i in (0, 2))
        if key < last:
            return False
        is_twice |= key == last
        last, at = key, at + 4 + length
    return is_twice and at == end
