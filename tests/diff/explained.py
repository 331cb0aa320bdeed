# SPDX-FileCopyrightText: 2026 the telltale authors
# SPDX-License-Identifier: BSD-3-Clause
"""The differences between shared/wire and the two libraries that have a reason, one function each.

row(side, word, reason): the function says whether one difference is of this kind. kind is "verdict",
a kind of token, or "rr" (fields section, owner, type, class, ttl, rdata); ours and theirs are the two
verdicts or tokens. case.third is what the other library makes of the same packet: where a library is
lax, the other one has to side with shared/wire at that very place.
"""

from packet import chain_ends, has_ohttp_value, options, records, runs_over_itself, skip_name, \
    split_options, svcb_key_twice

IN_ONLY = {"1", "23", "26", "28", "33", "35", "36", "49", "64", "65"}
OPAQUE = {"11", "22", "29", "31", "32", "34", "38", "40", "42", "45", "55", "260", "249", "250"}
META_CLASSES = {"1", "254", "255"}
NOT_IN_DNSPYTHON = {"3", "4", "7", "8", "9", "14", "24", "25", "30", "57", "58", "66", "261", "262", "263", "32768"}
ROWS = {"ldns": [], "dnspython": []}
REASONS = {}


class Case:
    """One packet as three readers see it: tokens by kind, see compare.parse."""

    def __init__(self, ours, theirs, third, packet):
        self.ours, self.theirs, self.third, self.packet = ours, theirs, third, packet

    def is_ok(self, reader):
        return getattr(self, reader)["end"].startswith("ok")

    def bad_rdata(self):
        """(type, class, offset, length) of the RDATA that shared/wire refuses, or None."""
        end = self.ours["end"]
        if not end.startswith("bad rdata:"):
            return None
        _, rtype, rclass, at, length = end.split()[1].split(":")
        return rtype, rclass, int(at), int(length)

    def has_chain(self, end):
        """shared/wire stops at a name, and there is one whose chain of pointers ends like that, see packet.py."""
        verdict, rdata = self.ours["end"], self.bad_rdata()
        return (rdata is not None or verdict.split()[1] in ("question:malformed", "record:malformed")) and \
            end in chain_ends(self.packet, rdata)

    def dnspython_error(self, reader):
        """(offsets, exceptions, text of the first) of a line of dnspython that says bad, else None."""
        end = getattr(self, reader)["end"]
        if not end.startswith("bad "):
            return None
        offset, _, rest = end[4:].partition(":")
        word, _, text = rest.partition(":")
        return [int(x) for x in offset.split(",") if x.isdigit()] or [0], word.split(","), text

    def is_update(self):
        return self.packet[2] >> 3 & 15 == 5

    def third_refuses_rdata(self):
        """dnspython, as the third, stops inside the RDATA that shared/wire refuses, or had no chance to:
        it gave up before, lost its way (D22), or has no layout for this type and class."""
        rdata, error = self.bad_rdata(), self.dnspython_error("third")
        if rdata is None:
            return False
        if rdata[0] in NOT_IN_DNSPYTHON or (rdata[0] in IN_ONLY and rdata[1] != "1") or runs_over_itself(self.packet):
            return True
        if error is None:
            return False
        return "BadEDNS" in error[1] or self.is_update() or any(rdata[2] <= at <= rdata[2] + rdata[3] for at in error[0])


    def diverges_after(self, is_cause):
        """The two lists of records part at, or right behind, a record that is_cause (one of shared/wire's)."""
        a, b = self.ours["rr"], self.theirs["rr"]
        i = next((i for i, (x, y) in enumerate(zip(a, b)) if x != y), min(len(a), len(b)))
        return any(is_cause(rr) for rr in a[max(i - 1, 0):i + 1])


def row(side, word, reason):
    def add(predicate):
        ROWS[side].append((word, predicate))
        REASONS[word] = reason
        return predicate
    return add


def explain(side, case, kind, ours, theirs):
    for word, predicate in ROWS[side]:
        if predicate(case, kind, ours, theirs):
            return word
    return None


def stopped_in(case):
    """The record dnspython stopped in, or None."""
    error = case.dnspython_error("theirs")
    for record in records(case.packet) if error is not None else ():
        if record[4] <= error[0][0] <= record[4] + record[5]:
            return record
    return None


def stopped_in_option(case, code):
    """dnspython stopped in an EDNS option of that code: its length, else None."""
    error = case.dnspython_error("theirs")
    for option, at, length in options(case.packet) if error is not None else ():
        if option == code and at <= error[0][0] <= at + length:
            return length
    return None


def ldns_stop(case):
    """(section, bytes from the record ldns stops at, status, type, class) or None."""
    end = case.theirs["end"]
    if not end.startswith("bad ") or ":" not in end:
        return None
    section, start, status = (int(x) for x in end[4:].split()[0].split(":"))
    at = skip_name(case.packet, start)
    rtype, rclass = (str(int.from_bytes(case.packet[at + i:at + i + 2], "big")) for i in (0, 2))
    return section, case.packet[start:], status, rtype, rclass


@row("ldns", "L1 forward pointer", "ldns follows a compression pointer that leads forward or to itself; RFC 1035 4.1.4 "
     "says prior occurrence; dnspython refuses it at the same place, or gave up before (D3)")
def _(case, kind, ours, theirs):
    error = case.dnspython_error("third")
    if kind != "verdict" or "ok" not in theirs or error is None:
        return False
    if ours.endswith(":malformed"):
        is_early = "PointerChainTooLong" in error[1]
        return "BadPointer" in error[1] or case.is_update() or (is_early and case.has_chain("forward"))
    return "BadPointer" in error[1] and case.third_refuses_rdata()


@row("ldns", "L2 long pointer chain", "ldns follows more than 127 pointers in one name")
def _(case, kind, ours, theirs):
    return kind == "verdict" and "ok" in theirs and case.has_chain("long")


@row("ldns", "L3 pointer to offset 0", "ldns refuses a pointer to the first byte of the message")
def _(case, kind, ours, theirs):
    stop = ldns_stop(case)
    return kind == "verdict" and ours.startswith("ok") and stop is not None and stop[2] == 7 and b"\xc0\0" in case.packet


@row("ldns", "L4 empty RDATA", "ldns takes RDLENGTH 0 for a record without data, whatever its type (RFC 2136)")
def _(case, kind, ours, theirs):
    rdata = case.bad_rdata()
    return kind == "verdict" and "ok" in theirs and rdata is not None and rdata[3] == 0


@row("ldns", "L5 type bitmap", "ldns copies type bitmaps unread; order and length of windows are RFC 4034 4.1.2; dnspython refuses")
def _(case, kind, ours, theirs):
    rdata = case.bad_rdata()
    return kind == "verdict" and "ok" in theirs and case.third_refuses_rdata() and rdata[0] in ("47", "50", "62")


@row("ldns", "L6 SvcParams", "ldns copies SvcParams unread; order and shape are RFC 9460 2.2 and 7; dnspython refuses, but for D7 and D26")
def _(case, kind, ours, theirs):
    rdata = case.bad_rdata()
    return kind == "verdict" and "ok" in theirs and rdata is not None and rdata[0] in ("64", "65") and \
        (case.third_refuses_rdata() or svcb_key_twice(case.packet, rdata) or has_ohttp_value(case.packet, rdata))


@row("ldns", "L7 end of RDATA", "ldns does not check that the fields end where RDLENGTH says; dnspython refuses that RDATA too")
def _(case, kind, ours, theirs):
    return kind == "verdict" and "ok" in theirs and case.third_refuses_rdata()


def in_other_class(rr):
    return rr[2] in IN_ONLY and rr[3] not in META_CLASSES


@row("ldns", "L8 class", "ldns ignores the class: outside IN it still reads the IN layouts of A, AAAA, SRV …, and may lose its way there")
def _(case, kind, ours, theirs):
    stop = ldns_stop(case)
    if kind == "verdict" and stop is not None and in_other_class(["", "", stop[3], stop[4]]):
        return ours.startswith("ok")
    return kind in ("rr", "rr-count", "verdict") and case.diverges_after(in_other_class)


@row("ldns", "L9 TTL with top bit", "ldns gives the 32 bits; RFC 2181 section 8 reads them as 0")
def _(case, kind, ours, theirs):
    return kind == "rr" and ours[4] == "0" and int(theirs[4]) >= 1 << 31 and ours[:4] + ours[5:] == theirs[:4] + theirs[5:]


@row("ldns", "L10 odd OPT", "an OPT that is second, owned or elsewhere than in the additional section: shared/wire "
     "passes over it and says so, ldns takes it")
def _(case, kind, ours, theirs):
    return kind == "edns" and " odd_opt" in case.ours["end"]


@row("ldns", "L11 record behind TSIG", "ldns counts the additional section down at a TSIG and leaves out what comes last")
def _(case, kind, ours, theirs):
    return (kind in ("edns", "walk", "rr-count") or (kind == "verdict" and theirs.startswith("ok3:"))) and \
        any(rr[0] == "3" and rr[2] == "250" for rr in case.ours["rr"])


@row("ldns", "L12 NSAP-PTR", "ldns has a character string for NSAP-PTR; RFC 1706 section 6 has a name")
def _(case, kind, ours, theirs):
    return kind in ("rr", "verdict") and any(record[2] == "23" for record in records(case.packet))


@row("ldns", "L13 opaque type", "shared/wire has no layout for this type and does not look into its RDATA; ldns does, and may lose its way there")
def _(case, kind, ours, theirs):
    stop = ldns_stop(case)
    if kind == "verdict" and stop is not None and stop[3] in OPAQUE:
        return ours.startswith("ok")
    return kind in ("rr", "rr-count", "verdict") and case.diverges_after(lambda rr: rr[2] in OPAQUE)


@row("dnspython", "D1 type without a class", "dnspython does not know the type and copies its RDATA; ldns agrees with shared/wire")
def _(case, kind, ours, theirs):
    return kind == "rr" and ours[2] in NOT_IN_DNSPYTHON and ours[:5] == theirs[:5] and \
        bytes.fromhex(theirs[5]) in case.packet and any(ours[:4] + ours[5:] == rr[:4] + rr[5:] for rr in case.third["rr"])


@row("dnspython", "D2 LP in lower case", "dnspython lowers the name in LP; RFC 4034 6.2 does not list it; ldns agrees with shared/wire")
def _(case, kind, ours, theirs):
    return kind == "rr" and ours[2] == "107" and ours[:5] == theirs[:5] and \
        bytes.fromhex(ours[5]).lower() == bytes.fromhex(theirs[5]).lower()


@row("dnspython", "D3 long pointer chain", "in one name dnspython follows 16 pointers (Debian 12) or as many "
     "as there are; shared/wire 127")
def _(case, kind, ours, theirs):
    error = case.dnspython_error("theirs")
    if kind == "verdict" and error is None:
        return case.has_chain("long")
    return kind == "verdict" and ours.startswith("ok") and "PointerChainTooLong" in error[1]


@row("dnspython", "D4 no string", "dnspython takes TXT and its kin without any string; RFC 1035 3.3.14 has one or more")
def _(case, kind, ours, theirs):
    rdata = case.bad_rdata()
    return kind == "verdict" and "ok" in theirs and rdata is not None and rdata[0] in ("16", "56", "99", "258", "261", "262") and rdata[3] == 0


@row("dnspython", "D5 digest length", "dnspython holds the length of a DS or ZONEMD digest against its algorithm")
def _(case, kind, ours, theirs):
    return kind == "verdict" and ours.startswith("ok") and "digest length inconsistent" in theirs


@row("dnspython", "D6 CAA tag", "dnspython refuses a CAA tag with other than letters and digits; shared/wire writes it as RFC 3597 says")
def _(case, kind, ours, theirs):
    return kind == "verdict" and ours.startswith("ok") and theirs.endswith("FormError:tag is not alphanumeric")


@row("dnspython", "D7 SvcParam twice", "dnspython takes a key that comes twice; RFC 9460 2.2 has strictly increasing keys")
def _(case, kind, ours, theirs):
    rdata = case.bad_rdata()
    return kind == "verdict" and "ok" in theirs and rdata is not None and rdata[0] in ("64", "65") and svcb_key_twice(case.packet, rdata)


@row("dnspython", "D9 odd OPT", "dnspython refuses a message with an OPT that is second, owned or misplaced; shared/wire passes over it and says so")
def _(case, kind, ours, theirs):
    return kind == "verdict" and ours.startswith("ok") and " odd_opt" in ours and ":BadEDNS:" in theirs


@row("dnspython", "D10 cut OPT", "dnspython refuses a message whose EDNS option is cut; shared/wire keeps the options before it and says so")
def _(case, kind, ours, theirs):
    return kind == "verdict" and ours.startswith("ok") and " cut_opt" in ours and ":FormError:" in theirs


@row("dnspython", "D11 bad ECS", "dnspython refuses a message with an ECS option against RFC 7871 section 6; shared/wire leaves the option out and says so")
def _(case, kind, ours, theirs):
    return kind == "verdict" and ours.startswith("ok") and " bad_ecs" in ours and ":FormError:" in theirs


@row("dnspython", "D12 ECS family 0", "dnspython refuses the empty ECS option of family 0, which dig sends")
def _(case, kind, ours, theirs):
    return kind == "verdict" and ours.startswith("ok") and theirs.endswith("FormError:unsupported family") and "ecs" in case.ours


@row("dnspython", "D13 ECS bits", "dnspython clears bits behind the source prefix; RFC 7871 section 6 forbids them, shared/wire leaves the option out")
def _(case, kind, ours, theirs):
    return kind in ("edns", "ecs") and " bad_ecs" in case.ours["end"]


@row("dnspython", "D14 EDE text", "dnspython refuses a message whose EDE text is not UTF-8; shared/wire gives the bytes, cleaned later")
def _(case, kind, ours, theirs):
    return kind == "verdict" and ours.startswith("ok") and "FormError:'utf-8' codec" in theirs


@row("dnspython", "D15 EDE terminator", "dnspython drops a NUL that ends an EDE text when it writes the option again; the text is the same")
def _(case, kind, ours, theirs):
    return kind == "edns" and case.ours.get("ede") == case.theirs.get("ede") and "00" in ours and "000f" in ours


def without_ttl(case, rr):
    """As dnspython gives a record of an update without RDATA, see D19."""
    is_bare = case.is_update() and rr[3] in META_CLASSES and rr[5] == ""
    return rr[:4] + ["0", ""] if is_bare else rr


@row("dnspython", "D16 TSIG", "dnspython checks a TSIG, for which there is no key here, and does not list it; one that is not last it refuses")
def _(case, kind, ours, theirs):
    rest = [rr for rr in case.ours["rr"] if rr[2] != "250"]
    if kind == "rr-count":
        return [without_ttl(case, rr) for rr in rest] == case.theirs["rr"]
    return kind == "verdict" and ours.startswith("ok") and ":BadTSIG:" in theirs and len(rest) < len(case.ours["rr"])


@row("dnspython", "D17 opaque type", "shared/wire has no layout for this type and does not look into its RDATA, dnspython does")
def _(case, kind, ours, theirs):
    if kind == "rr":
        return ours[2] in OPAQUE and ours[:5] == theirs[:5]
    record = stopped_in(case)
    return kind == "verdict" and ours.startswith("ok") and record is not None and record[2] in OPAQUE


@row("dnspython", "D18 update", "dnspython reads an UPDATE as RFC 2136 section 2 says: one zone, which records may have RDATA")
def _(case, kind, ours, theirs):
    return kind == "verdict" and ours.startswith("ok") and case.is_update() and ":FormError:" in theirs


@row("dnspython", "D19 TTL of nothing", "dnspython keeps no TTL of a record of an update that has no RDATA")
def _(case, kind, ours, theirs):
    return kind == "rr" and ours != theirs == without_ttl(case, ours)


@row("dnspython", "D20 values", "dnspython refuses values a field of this length can hold but that have no meaning")
def _(case, kind, ours, theirs):
    record = stopped_in(case)
    return kind == "verdict" and ours.startswith("ok") and record is not None and \
        (record[2] == "27" or theirs.endswith(("URI target may not be empty", "hash_algorithm 0 is reserved", "scheme 0 is reserved", "digest type 0 is reserved",
                                               "parameters in AliasMode", "declared mandatory but not present")))


@row("dnspython", "D21 unknown type", "RDATA that does not fit, of a type dnspython does not know and so does not look into")
def _(case, kind, ours, theirs):
    rdata = case.bad_rdata()
    return kind == "verdict" and "ok" in theirs and rdata is not None and rdata[0] in NOT_IN_DNSPYTHON


@row("dnspython", "D22 name over itself", "labels a pointer leads to run on past the pointer: dnspython goes on behind them, not "
     "behind the pointer; ldns agrees with shared/wire, or differs for a reason above")
def _(case, kind, ours, theirs):
    if not runs_over_itself(case.packet):
        return False
    if kind == "trailing":
        return True
    other = Case(case.ours, case.third, case.theirs, case.packet)
    return case.is_ok("ours") == case.is_ok("third") or \
        explain("ldns", other, "verdict", case.ours["end"], case.third["end"]) is not None


@row("dnspython", "D23 address in CHAOS", "dnspython knows A of class CH; shared/wire has layouts of class IN only and copies it")
def _(case, kind, ours, theirs):
    if kind == "rr":
        return ours[2:4] == ["1", "3"] == theirs[2:4]
    record = stopped_in(case)
    return kind == "verdict" and ours.startswith("ok") and record is not None and record[2:4] == ("1", "3")


@row("dnspython", "D24 class NONE or ANY", "shared/wire reads the IN layouts in classes NONE and ANY (RFC 2136), dnspython copies; ldns reads them too")
def _(case, kind, ours, theirs):
    rdata = case.bad_rdata()
    if kind == "rr":
        return ours[2] in IN_ONLY and ours[3] in META_CLASSES and ours[:5] == theirs[:5]
    return kind == "verdict" and "ok" in theirs and rdata is not None and rdata[0] in IN_ONLY and rdata[1] in META_CLASSES


@row("dnspython", "D25 nothing in class NONE or ANY", "outside an UPDATE too shared/wire takes empty RDATA in these classes for no RDATA")
def _(case, kind, ours, theirs):
    record = stopped_in(case)
    return kind == "verdict" and ours.startswith("ok") and record is not None and record[3] in META_CLASSES and record[5] == 0


@row("dnspython", "D26 ohttp", "dnspython does not know SvcParam 8 and takes a value; RFC 9540 section 4 has none")
def _(case, kind, ours, theirs):
    rdata = case.bad_rdata()
    return kind == "verdict" and "ok" in theirs and rdata is not None and rdata[0] in ("64", "65") and has_ohttp_value(case.packet, rdata)


@row("dnspython", "D8 empty ISDN subaddress", "dnspython leaves out an empty second string of ISDN when it writes the record again")
def _(case, kind, ours, theirs):
    return kind == "rr" and ours[2] == "20" and ours[:5] == theirs[:5] and ours[5] == theirs[5] + "00"


@row("dnspython", "D27 COOKIE length", "newer dnspython refuses a message with a COOKIE of other than 8 or 16 to 40 "
     "bytes (RFC 7873 section 4); shared/wire does not look into it")
def _(case, kind, ours, theirs):
    length = stopped_in_option(case, 10)
    return kind == "verdict" and ours.startswith("ok") and ":FormError:" in theirs and length is not None and \
        length != 8 and not 16 <= length <= 40


def other_options(edns):
    """An edns token without its Report-Channel options."""
    *words, text = edns.split(" ")
    data = bytes.fromhex(text)
    return words, [(code, data[at:at + n]) for code, at, n in split_options(data) if code != 18]


@row("dnspython", "D28 report channel", "newer dnspython reads the name in a Report-Channel option (RFC 9567), and "
     "writes it without pointers; shared/wire does not look into it")
def _(case, kind, ours, theirs):
    if kind == "edns":
        has_channel = any(code == 18 for code, _, _ in options(case.packet))
        return has_channel and other_options(ours) == other_options(theirs)
    return kind == "verdict" and ours.startswith("ok") and stopped_in_option(case, 18) is not None
