#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 the telltale authors
# SPDX-License-Identifier: BSD-3-Clause
"""Makes the project's own packets, hostile.hex and good.hex: one "name hex" a line, hex empty for none.

Every packet is made by hand here, none was captured. good.hex: well-formed messages, every RDATA
layout among them; hostile.hex: what attackers and broken servers send (RFC 9267 sections 2 to 6 and
the classes below). tests/diff mutates both; tests/fuzz starts from both. Run it again after a change:
the output depends on nothing else.
"""
import pathlib
import struct
import sys

IN, CH, HS, NONE, ANY = 1, 3, 4, 254, 255
A, NS, CNAME, SOA, PTR, HINFO, MX, TXT, AAAA, SRV, OPT, DNAME = 1, 2, 5, 6, 12, 13, 15, 16, 28, 33, 41, 39
QR, RD_RA = 0x8000, 0x0180


def label(data):
    return bytes([len(data)]) + data


def name(text):
    return b"".join(label(p.encode("latin-1")) for p in text.split(".") if p) + b"\0"


def ptr(at):
    return struct.pack(">H", 0xC000 | at)


def rr(owner, rtype, rdata, ttl=300, rclass=IN, rdlen=None):
    return owner + struct.pack(">HHIH", rtype, rclass, ttl, len(rdata) if rdlen is None else rdlen) + rdata


def msg(question=True, an=(), ns=(), ar=(), flags=QR | RD_RA, counts=None, tail=b"", qname=None, qtype=A,
        qclass=IN, ident=0x1234):
    body = b"" if not question else (name("www.example.com") if qname is None else qname) + \
        struct.pack(">HH", qtype, qclass)
    real = [1 if question else 0, len(an), len(ns), len(ar)]
    head = struct.pack(">HHHHHH", ident, flags, *(counts or real))
    return head + body + b"".join(an) + b"".join(ns) + b"".join(ar) + tail


def opt(options=b"", ext=0, version=0, flags=0, size=1232, owner=b"\0", rdlen=None):
    return rr(owner, OPT, options, ext << 24 | version << 16 | flags, size, rdlen)


def option(code, data, length=None):
    return struct.pack(">HH", code, len(data) if length is None else length) + data


def ecs(family, source, scope, octets):
    return option(8, struct.pack(">HBB", family, source, scope) + octets)


def ede(code, text=b""):
    return option(15, struct.pack(">H", code) + text)


QN = ptr(12)  # the question's name, www.example.com
ZONE = ptr(16)  # example.com inside it
AFTER = 12 + 17 + 4  # first byte behind the usual question
IP4 = bytes([192, 0, 2, 1])
IP6 = bytes.fromhex("20010db8000000000000000000000001")


def string(data):
    return label(data)


def soa(mname=None, rname=None):
    return (mname or b"\2ns" + ZONE) + (rname or b"\5admin" + ZONE) + struct.pack(">5I", 2026112101, 7200, 900, 1209600, 300)


def rrsig(covered=A, signer=None, sig=bytes(range(64))):
    return struct.pack(">HBBIIIH", covered, 13, 3, 300, 1798761600, 1796169600, 12345) + (signer or name("Example.COM")) + sig


BITMAP = bytes([0, 7, 0x62, 0x01, 0x80, 0x08, 0x00, 0x03, 0x80, 1, 1, 0x40])
SVC = (struct.pack(">HHH", 0, 2, 1) + struct.pack(">HH", 1, 6) + b"\2h2\2h3" + struct.pack(">HHH", 3, 2, 8443) +
       struct.pack(">HH", 4, 8) + IP4 + IP4 + struct.pack(">HH", 5, 5) + b"\0\1\2\3\4" + struct.pack(">HH", 6, 16) + IP6 +
       struct.pack(">HH", 7, 8) + b"/q{?dns}" + struct.pack(">HH", 65400, 3) + b"a\"\0")

# (word, type, RDATA): every layout of shared/wire/rdata.def at least once, names compressed and not.
RDATA = [
    ("a", A, IP4), ("ns", NS, b"\2nS" + ZONE), ("md", 3, QN), ("mf", 4, QN), ("cname", CNAME, name("Target.Example.NET")),
    ("soa", SOA, soa()), ("mb", 7, QN), ("mg", 8, QN), ("mr", 9, QN), ("null", 10, bytes(range(40))), ("wks", 11, IP4 + b"\6\1\2"),
    ("ptr", PTR, QN), ("hinfo", HINFO, string(b"RFC8482") + string(b"")), ("minfo", 14, QN + ZONE), ("mx", MX, b"\0\x0a\4Mail" + ZONE),
    ("txt", TXT, string(b'v=spf1 "-all"') + string(b"") + string(bytes([0, 9, 10, 27, 92, 127, 200, 255]))),
    ("rp", 17, QN + ZONE), ("afsdb", 18, b"\0\1" + QN), ("x25", 19, string(b"311061700956")),
    ("isdn", 20, string(b"150862028003217") + string(b"004")), ("isdn_1", 20, string(b"150862028003217")), ("rt", 21, b"\0\2" + QN),
    ("nsap", 22, bytes.fromhex("47000580005a0000000001e133ffffff00016100")), ("nsap_ptr", 23, name("Foo.example")),
    ("sig", 24, rrsig(0)), ("key", 25, b"\1\0\3\5" + bytes(20)), ("px", 26, b"\0\x0a" + QN + ZONE),
    ("gpos", 27, string(b"-32.6882") + string(b"116.8652") + string(b"10.0")), ("aaaa", AAAA, IP6),
    ("loc", 29, bytes.fromhex("00121613878a1400768f9c0000989a64")), ("nxt", 30, QN + b"\x62\0\0\0"), ("srv", SRV, struct.pack(">HHH", 1, 2, 443) + QN),
    ("naptr", 35, struct.pack(">HH", 100, 10) + string(b"u") + string(b"E2U+sip") + string(b"!^.*$!sip:i@example.com!") + b"\0"),
    ("kx", 36, b"\0\1" + QN), ("cert", 37, b"\0\1\0\2\5" + bytes(9)), ("dname", DNAME, name("Other.Example")),
    ("apl", 42, bytes.fromhex("00011803c00002")), ("ds", 43, struct.pack(">HBB", 12345, 13, 2) + bytes(range(32))),
    ("sshfp", 44, b"\4\2" + bytes(range(32))), ("ipseckey", 45, b"\x0a\1\2" + IP4 + bytes(9)), ("rrsig", 46, rrsig()),
    ("nsec", 47, name("Next.example.com") + BITMAP), ("dnskey", 48, b"\1\1\3\x0d" + bytes(range(64))), ("dhcid", 49, bytes(35)),
    ("nsec3", 50, b"\1\1\0\x0c\4\xaa\xbb\xcc\xdd\x14" + bytes(range(20)) + BITMAP), ("nsec3_no_salt", 50, b"\1\0\0\0\0\x14" + bytes(range(20))),
    ("nsec3param", 51, b"\1\0\0\x0c\4\xaa\xbb\xcc\xdd"), ("tlsa", 52, b"\3\1\1" + bytes(range(32))), ("smimea", 53, b"\3\1\1" + bytes(range(32))),
    ("hip", 55, b"\4\2\0\x04" + bytes(8) + name("rvs.example")), ("ninfo", 56, string(b"status")), ("rkey", 57, b"\0\0\3\5" + bytes(9)),
    ("talink", 58, name("a.example") + name("b.example")), ("cds", 59, b"\0\0\0\0\0"), ("cdnskey", 60, b"\0\0\3\0\0"),
    ("openpgpkey", 61, bytes(range(50))), ("csync", 62, struct.pack(">IH", 66, 3) + BITMAP), ("zonemd", 63, struct.pack(">IBB", 2018031900, 1, 1) + bytes(48)),
    ("svcb", 64, b"\0\1" + name("Svc.example.net") + SVC), ("https", 65, b"\0\1\0" + SVC), ("https_alias", 65, b"\0\0" + name("pool.example")),
    ("dsync", 66, struct.pack(">HBH", 59, 1, 5359) + name("scan.example")), ("spf", 99, string(b"v=spf1 -all")), ("nid", 104, b"\0\x0a" + bytes(range(8))),
    ("l32", 105, b"\0\x0a" + IP4), ("l64", 106, b"\0\x0a" + bytes(range(8))), ("lp", 107, b"\0\x0a" + name("L64.example.com")),
    ("eui48", 108, bytes(range(6))), ("eui64", 109, bytes(range(8))), ("tkey", 249, name("alg") + bytes(16)), ("uri", 256, b"\0\1\0\2https://example.com/\"x\""),
    ("caa", 257, b"\0\5issueletsencrypt.org"), ("avc", 258, string(b"app")), ("amtrelay", 260, b"\x0a\1" + IP4), ("resinfo", 261, string(b"qnamemin")),
    ("wallet", 262, string(b"BTC")), ("ta", 32768, struct.pack(">HBB", 1, 5, 1) + bytes(20)), ("dlv", 32769, struct.pack(">HBB", 1, 5, 1) + bytes(20)),
    ("type65280", 65280, b"\xc0\x0cabc"),
]


def good():
    for word, rtype, rdata in RDATA:
        yield "rdata_" + word, msg(an=[rr(QN, rtype, rdata)], qtype=rtype)
    yield "query", msg(flags=0x0100, ar=[opt()])
    yield "query_plain", msg(flags=0x0100)
    yield "query_do_cookie", msg(flags=0x0110, ar=[opt(option(10, bytes(8)) + option(12, bytes(20)), flags=0x8000)])
    yield "answer_whole", msg(an=[rr(QN, CNAME, b"\1a" + ZONE), rr(b"\1a" + ZONE, A, IP4, 60), rr(b"\1a" + ZONE, A, IP4[:3] + b"\2", 61)],
                              ns=[rr(ZONE, NS, b"\2ns" + ZONE)], ar=[rr(b"\2ns" + ZONE, A, IP4), opt(flags=0x8000)])
    yield "nxdomain", msg(flags=QR | RD_RA | 3, ns=[rr(ZONE, SOA, soa(), 900)], ar=[opt()])
    yield "badvers", msg(flags=QR | RD_RA, ar=[opt(ext=1, version=1)])
    yield "badcookie", msg(flags=QR | RD_RA | 7, ar=[opt(option(10, bytes(24)), ext=1)])
    yield "ede", msg(flags=QR | RD_RA | 2, ar=[opt(ede(22, b"at delegation example.com") + ede(23, b"192.0.2.1:53"))])
    yield "ecs_v4", msg(ar=[opt(ecs(1, 24, 24, IP4[:3]))])
    yield "ecs_v6", msg(ar=[opt(ecs(2, 56, 48, IP6[:7]))])
    yield "ecs_odd_prefix", msg(ar=[opt(ecs(1, 20, 0, b"\xc0\x00\xf0"))])
    yield "ecs_zero", msg(flags=0x0100, ar=[opt(ecs(1, 0, 0, b""))])
    yield "chaos", msg(qname=name("version.bind"), qtype=TXT, qclass=CH, an=[rr(QN, TXT, string(b"9"), 0, CH)])
    yield "root_referral", msg(qname=b"\0", qtype=NS, an=[rr(b"\0", NS, name("a.root-servers.net"), 518400)])
    yield "notify", msg(flags=4 << 11 | 0x0400, qtype=SOA)
    yield "update", msg(flags=5 << 11, qname=name("example.com"), qtype=SOA, an=[rr(QN, ANY, b"", 0, NONE)],
                        ns=[rr(QN, A, b"", 0, ANY), rr(QN, A, IP4, 0, NONE), rr(QN, MX, b"\0\1" + QN, 60)])
    yield "no_question", msg(question=False, flags=QR | 5)
    yield "axfr_style", msg(qtype=252, an=[rr(QN, SOA, soa()), rr(QN, A, IP4), rr(QN, SOA, soa())])


def every_byte():
    for byte in range(256):
        yield f"label_byte_{byte:03d}", msg(qname=label(b"a" + bytes([byte]) + b"b") + label(bytes([byte])) + b"\0",
                                            an=[rr(QN, CNAME, label(bytes([byte])) + QN), rr(QN, TXT, string(bytes([byte])))])


def long_label(count, size):
    return label(b"x" * size) * count


def names():
    yield "pointer_to_itself", msg(qname=ptr(12))
    yield "pointer_to_itself_owner", msg(an=[rr(ptr(AFTER), A, IP4)])
    yield "pointer_two_cycle", msg(an=[rr(ptr(AFTER + 2), A, IP4)], tail=ptr(AFTER))
    yield "pointer_loop_through_label", msg(an=[rr(b"\1a" + ptr(AFTER), A, IP4)])
    yield "pointer_loop_in_rdata", msg(an=[rr(QN, CNAME, b"\3abc" + ptr(AFTER + 12))])
    yield "pointer_forward", msg(an=[rr(ptr(AFTER + 16), A, IP4)], tail=name("later.example"))
    yield "pointer_forward_by_one", msg(an=[rr(ptr(AFTER + 1), A, IP4)])
    yield "pointer_out_of_range", msg(an=[rr(ptr(0x3FFF), A, IP4)])
    yield "pointer_to_end", msg(an=[rr(QN, CNAME, ptr(AFTER + 14))])
    yield "pointer_into_header", msg(an=[rr(ptr(0), A, IP4)], ident=0x0161)
    yield "pointer_into_header_zero", msg(an=[rr(ptr(0), A, IP4)], ident=0)
    yield "pointer_half", msg(question=False, counts=[0, 1, 0, 0], tail=b"\xc0")
    yield "pointer_past_question_type", msg(an=[rr(ptr(29), A, IP4)])
    yield "pointer_to_own_length", msg(an=[rr(b"\3abc" + ptr(AFTER), A, IP4)])
    chain = b"\1z\0" + b"".join(ptr(AFTER + 12) if i == 0 else ptr(AFTER + 15 + 2 * (i - 1)) for i in range(400))
    for hops in (2, 3, 126, 127, 128, 129, 400):
        yield f"pointer_chain_{hops}", msg(an=[rr(QN, 10, chain), rr(ptr(AFTER + 15 + 2 * (hops - 2)), A, IP4)])
    yield "label_type_01", msg(qname=b"\x41a\0")
    yield "label_type_10", msg(qname=b"\x81a\0")
    yield "label_type_01_in_rdata", msg(an=[rr(QN, CNAME, b"\x40\0")])
    yield "label_63", msg(qname=long_label(1, 63) + b"\0")
    yield "label_64", msg(qname=b"\x40" + b"x" * 64 + b"\0")
    yield "name_255", msg(qname=long_label(3, 63) + long_label(1, 61) + b"\0")
    yield "name_256", msg(qname=long_label(3, 63) + long_label(1, 62) + b"\0")
    yield "name_257", msg(qname=long_label(4, 63) + b"\0")
    yield "name_127_labels", msg(qname=long_label(127, 1) + b"\0")
    yield "name_128_labels", msg(qname=long_label(128, 1) + b"\0")
    yield "name_255_by_pointer", msg(qname=long_label(2, 63) + b"\0", an=[rr(long_label(1, 63) + long_label(1, 61) + QN, A, IP4)])
    yield "name_256_by_pointer", msg(qname=long_label(2, 63) + b"\0", an=[rr(long_label(1, 63) + long_label(1, 62) + QN, A, IP4)])
    yield "name_without_end", msg(question=False, counts=[1, 0, 0, 0], tail=b"\3www\7example")
    yield "name_without_root", msg(question=False, counts=[1, 0, 0, 0], tail=b"\3www")
    yield "name_cut_in_label", msg(question=False, counts=[1, 0, 0, 0], tail=b"\x3fabc")
    yield "name_ends_packet", msg(question=False, counts=[1, 0, 0, 0], tail=name("a.example"))
    yield "name_dot_in_label", msg(qname=label(b"www.example") + label(b"com") + b"\0")
    yield "name_nul_in_label", msg(qname=label(b"www\0evil") + name("example.com"))
    yield "name_newline_in_label", msg(qname=label(b"a\nb\r\n") + name("example.com"))
    yield "name_escape_in_label", msg(qname=label(b"\x1b[2J\x1b]0;x\x07") + name("example.com"))
    yield "name_backslash", msg(qname=label(b"\\046\\") + name("example.com"))
    yield "name_quote", msg(qname=label(b'"};--') + name("example.com"))
    yield "name_slash", msg(qname=label(b"../../etc") + name("example.com"))
    yield "name_glob", msg(qname=label(b"*?[a]{b}$") + name("example.com"))
    yield "name_space", msg(qname=label(b" a b ") + name("example.com"))
    yield "name_utf8", msg(qname=label("bücher\u202e".encode()) + name("example.com"))
    yield "name_all_zero_bytes", msg(qname=label(bytes(63)) * 3 + label(bytes(61)) + b"\0")
    yield "name_all_ff_bytes", msg(qname=label(b"\xff" * 63) * 3 + label(b"\xff" * 61) + b"\0")
    yield "name_upper_case", msg(qname=name("WWW.EXAMPLE.COM"), an=[rr(ptr(12), NS, ptr(16))])


def rdata():
    yield "rdlength_past_end", msg(an=[rr(QN, A, IP4, rdlen=5)])
    yield "rdlength_65535", msg(an=[rr(QN, TXT, string(b"x"), rdlen=65535)])
    yield "rdlength_short_a", msg(an=[rr(QN, A, IP4[:3])])
    yield "rdlength_long_a", msg(an=[rr(QN, A, IP4 + b"\0")])
    yield "rdlength_0_a", msg(an=[rr(QN, A, b"")])
    yield "rdlength_0_txt", msg(an=[rr(QN, TXT, b"")])
    yield "rdlength_0_cname", msg(an=[rr(QN, CNAME, b"")])
    yield "rdlength_cuts_name", msg(an=[rr(QN, CNAME, name("target.example"), rdlen=8)])
    yield "rdlength_after_name", msg(an=[rr(QN, CNAME, name("target.example") + b"\0")])
    yield "rdlength_cuts_pointer", msg(an=[rr(QN, CNAME, b"\1a\xc0", rdlen=3)], tail=b"\x0c")
    yield "rdlength_0_unknown", msg(an=[rr(QN, 65280, b"")])
    yield "soa_short", msg(an=[rr(QN, SOA, soa()[:-1])])
    yield "soa_long", msg(an=[rr(QN, SOA, soa() + b"\0")])
    yield "mx_without_name", msg(an=[rr(QN, MX, b"\0\1")])
    yield "txt_string_past_end", msg(an=[rr(QN, TXT, b"\5abc")])
    yield "txt_255", msg(an=[rr(QN, TXT, string(b"y" * 255) * 4)])
    yield "txt_empty_strings", msg(an=[rr(QN, TXT, bytes(300))])
    yield "naptr_cut", msg(an=[rr(QN, 35, struct.pack(">HH", 1, 1) + b"\1u\1")])


def dnssec():
    yield "rrsig_cut", msg(an=[rr(QN, 46, rrsig()[:17])])
    yield "rrsig_no_signature", msg(an=[rr(QN, 46, rrsig(sig=b""))])
    yield "rrsig_signer_pointer", msg(an=[rr(QN, 46, rrsig(signer=ZONE))])
    yield "dname_pointer", msg(an=[rr(QN, DNAME, ZONE)])
    yield "nsec_pointer", msg(an=[rr(QN, 47, QN + BITMAP)])
    yield "srv_pointer_loop", msg(an=[rr(QN, SRV, struct.pack(">HHH", 1, 2, 3) + ptr(AFTER + 18))])
    yield "nsec_unsorted_windows", msg(an=[rr(QN, 47, name("b.example") + b"\1\1\x40" + b"\0\1\x40")])
    yield "nsec_window_twice", msg(an=[rr(QN, 47, name("b.example") + b"\0\1\x40" + b"\0\1\x40")])
    yield "nsec_window_empty", msg(an=[rr(QN, 47, name("b.example") + b"\0\0")])
    yield "nsec_window_33", msg(an=[rr(QN, 47, name("b.example") + b"\0\x21" + bytes(33))])
    yield "nsec_window_cut", msg(an=[rr(QN, 47, name("b.example") + b"\0\4\x40")])
    yield "nsec_no_bitmap", msg(an=[rr(QN, 47, name("b.example"))])
    yield "nsec_trailing_zeros", msg(an=[rr(QN, 47, name("b.example") + b"\0\4\x40\0\0\0")])
    yield "nsec3_salt_past_end", msg(an=[rr(QN, 50, b"\1\0\0\1\xff\1\2")])
    yield "nsec3_hash_empty", msg(an=[rr(QN, 50, b"\1\0\0\1\0\0" + BITMAP)])
    yield "ds_no_digest", msg(an=[rr(QN, 43, b"\0\1\x0d\2")])
    yield "dnskey_no_key", msg(an=[rr(QN, 48, b"\1\1\3\x0d")])


def services():
    yield "caa_tag_empty", msg(an=[rr(QN, 257, b"\0\0value")])
    yield "caa_tag_past_end", msg(an=[rr(QN, 257, b"\0\x20issue")])
    yield "caa_tag_blank", msg(an=[rr(QN, 257, b"\0\4is \"x")])
    yield "caa_value_controls", msg(an=[rr(QN, 257, b"\0\5issue\"\\\0\x1b\n")])
    yield "svcb_keys_unsorted", msg(an=[rr(QN, 65, b"\0\1\0" + struct.pack(">HHH", 3, 2, 1) + struct.pack(">HH", 1, 3) + b"\2h2")])
    yield "svcb_key_twice", msg(an=[rr(QN, 65, b"\0\1\0" + struct.pack(">HHH", 3, 2, 1) * 2)])
    yield "svcb_value_past_end", msg(an=[rr(QN, 65, b"\0\1\0" + struct.pack(">HH", 1, 9) + b"\2h2")])
    yield "svcb_port_long", msg(an=[rr(QN, 65, b"\0\1\0" + struct.pack(">HH", 3, 3) + b"\1\2\3")])
    yield "svcb_hint_cut", msg(an=[rr(QN, 65, b"\0\1\0" + struct.pack(">HH", 4, 3) + b"\1\2\3")])
    yield "svcb_alpn_empty", msg(an=[rr(QN, 65, b"\0\1\0" + struct.pack(">HH", 1, 1) + b"\0")])
    yield "svcb_alpn_odd", msg(an=[rr(QN, 65, b"\0\1\0" + struct.pack(">HH", 1, 10) + b"\6f\\oo,\0\2h2")])
    yield "svcb_target_pointer", msg(an=[rr(QN, 65, b"\0\1" + QN)])


def classes():
    yield "chaos_a", msg(qclass=CH, an=[rr(QN, A, name("ch-addr.net") + b"\1\2", rclass=CH)])
    yield "class_any_rdata", msg(an=[rr(QN, A, IP4, rclass=ANY)])
    yield "class_none_rdata", msg(an=[rr(QN, A, IP4, rclass=NONE)])
    yield "class_65280", msg(an=[rr(QN, A, b"\1", rclass=65280), rr(QN, MX, b"\0\1" + QN, rclass=65280)])
    yield "meta_types_as_data", msg(an=[rr(QN, t, b"\0") for t in (249, 251, 252, 253, 254, 255)])
    yield "ttl_top_bit", msg(an=[rr(QN, A, IP4, 0x80000000), rr(QN, A, IP4, 0xFFFFFFFF)])
    yield "ttl_max", msg(an=[rr(QN, A, IP4, 0x7FFFFFFF)])
    yield "txt_long", msg(an=[rr(QN, TXT, string(bytes(range(255))) * 3)])


def counts():
    for section in range(4):
        wrong = [1, 1, 0, 0]
        wrong[section] += 1
        yield f"count_{section}_one_more", msg(an=[rr(QN, A, IP4)], counts=wrong)
    yield "counts_65535", msg(counts=[65535] * 4)
    yield "count_answers_65535", msg(an=[rr(QN, A, IP4)], counts=[1, 65535, 0, 0])
    yield "count_fewer_than_there", msg(an=[rr(QN, A, IP4)] * 2, counts=[1, 1, 0, 0])
    yield "questions_2", msg(question=False, counts=[2, 0, 0, 0], tail=(name("a.example") + b"\0\1\0\1") * 2)
    yield "questions_2_second_cut", msg(question=False, counts=[2, 0, 0, 0], tail=name("a.example") + b"\0\1\0\1\1")
    yield "questions_600", msg(question=False, counts=[600, 0, 0, 0], tail=b"\0\0\1\0\1" * 600)
    yield "trailing_1", msg(an=[rr(QN, A, IP4)], tail=b"\0")
    yield "trailing_512", msg(an=[rr(QN, A, IP4)], tail=bytes(range(256)) * 2)
    yield "empty", b""
    for size in range(1, 13):
        yield f"zeros_{size}", bytes(size)
    yield "ones_12", b"\xff" * 12
    yield "ones_512", b"\xff" * 512
    for code in (3, 7, 9, 15):
        yield f"opcode_{code}", msg(flags=code << 11 | QR)
    for code in range(16):
        yield f"rcode_{code}", msg(flags=QR | code)
    yield "all_flags", msg(flags=0x87F0)


def edns():
    yield "opt_twice", msg(ar=[opt(), opt(size=4096)])
    yield "opt_in_answer", msg(an=[opt()])
    yield "opt_in_authority", msg(ns=[opt()])
    yield "opt_owned", msg(ar=[opt(owner=QN)])
    yield "opt_first_then_a", msg(ar=[opt(), rr(QN, A, IP4)])
    yield "opt_size_0", msg(ar=[opt(size=0)])
    yield "opt_version_255", msg(ar=[opt(version=255)])
    yield "opt_all_flags", msg(ar=[opt(flags=0xFFFF, ext=255)])
    yield "option_past_end", msg(ar=[opt(option(8, b"\0\1", 9))])
    yield "option_header_cut", msg(ar=[opt(b"\0\x08\0")])
    yield "option_65535", msg(ar=[opt(option(65535, b"", 65535))])
    yield "options_100_empty", msg(ar=[opt(option(65001, b"") * 100)])
    yield "ecs_twice", msg(ar=[opt(ecs(1, 24, 0, IP4[:3]) + ecs(1, 16, 0, IP4[:2]))])
    yield "ecs_family_0", msg(ar=[opt(ecs(0, 0, 0, b""))])
    yield "ecs_family_3", msg(ar=[opt(ecs(3, 8, 0, b"\1"))])
    yield "ecs_prefix_33", msg(ar=[opt(ecs(1, 33, 0, IP4 + b"\0"))])
    yield "ecs_prefix_129", msg(ar=[opt(ecs(2, 129, 0, IP6 + b"\0"))])
    yield "ecs_scope_33", msg(ar=[opt(ecs(1, 24, 33, IP4[:3]))])
    yield "ecs_too_few_octets", msg(ar=[opt(ecs(1, 24, 0, IP4[:2]))])
    yield "ecs_too_many_octets", msg(ar=[opt(ecs(1, 24, 0, IP4))])
    yield "ecs_bits_behind_prefix", msg(ar=[opt(ecs(1, 20, 0, b"\xc0\0\xff"))])
    yield "ecs_empty", msg(ar=[opt(option(8, b""))])
    yield "ecs_3_bytes", msg(ar=[opt(option(8, b"\0\1\0"))])
    yield "ede_control_bytes", msg(ar=[opt(ede(0, bytes(range(32)) + b"\x7f\x80\x9f\xe2\x80\xae\xff"))])
    yield "ede_terminated", msg(ar=[opt(ede(15, b"blocked\0"))])
    yield "ede_empty_text", msg(ar=[opt(ede(3))])
    yield "ede_0_without_text", msg(ar=[opt(ede(0))])
    yield "ede_1_byte", msg(ar=[opt(option(15, b"\0"))])
    yield "ede_0_bytes", msg(ar=[opt(option(15, b""))])
    yield "ede_49152", msg(ar=[opt(ede(49152, b"private use"))])
    yield "ede_long", msg(ar=[opt(ede(6, b"z" * 4000))])
    yield "ede_20", msg(ar=[opt(ede(1) * 20)])
    yield "cookie_7", msg(ar=[opt(option(10, bytes(7)))])
    yield "cookie_9", msg(ar=[opt(option(10, bytes(9)))])
    yield "cookie_41", msg(ar=[opt(option(10, bytes(41)))])
    yield "tsig", msg(ar=[rr(name("key.example"), 250, name("hmac-sha256") + bytes(6) + b"\1\x2c\0\x04abcd\x12\x34\0\0\0\0", 0, ANY)])
    yield "tsig_not_last", msg(ar=[rr(name("key.example"), 250, name("hmac-sha256") + bytes(6) + b"\1\x2c\0\0\0\0\0\0\0\0", 0, ANY), opt()])
    yield "sig0", msg(ar=[rr(b"\0", 24, rrsig(0), 0, ANY)])


def large():
    one = rr(QN, A, IP4)
    head = msg()
    many = (65535 - len(head)) // len(one)
    yield "tcp_64k_of_a", msg(an=[one] * many)
    yield "tcp_64k_of_txt", msg(an=[rr(QN, TXT, string(b"t" * 255) * 254)])
    # Compression bomb: 255-byte names for two bytes each, in every owner and RDATA.
    longest = long_label(3, 63) + long_label(1, 61) + b"\0"
    yield "bomb_soa", msg(qname=longest, an=[rr(QN, SOA, QN + QN + bytes(20))] * 700)


def truncated():
    whole = msg(an=[rr(QN, CNAME, b"\1a" + ZONE), rr(b"\1a" + ZONE, 65, b"\0\1\0" + SVC[:24])], ns=[rr(ZONE, SOA, soa())],
                ar=[opt(ecs(1, 24, 0, IP4[:3]) + ede(3, b"stale"))])
    for size in range(len(whole)):
        yield f"truncated_{size:03d}", whole[:size]


def write(path, *groups):
    with open(path, "w", encoding="ascii") as out:
        for group in groups:
            for word, data in group():
                print(f"{word} {data.hex()}", file=out)


if __name__ == "__main__":
    here = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else __file__)
    here = here if here.is_dir() else here.parent
    write(here / "good.hex", good)
    write(here / "hostile.hex", names, rdata, dnssec, services, classes, counts, edns, truncated, every_byte)
    write(here / "large.hex", large)
