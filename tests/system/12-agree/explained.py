# SPDX-FileCopyrightText: 2026 the telltale authors
# SPDX-License-Identifier: BSD-3-Clause
"""Where Unbound and BIND may differ, and why. docs/hosts.md shows these tables; the test compares it with them."""

# Not compared: these tell of the moment or the process, not of the question and its answer.
LEFT_OUT = {
    "event_id": "numbers of the process",
    "timestamp": "two moments",
    "instance": "two processes",
    "software": "says which of them it was",
    "worker": "a thread of the process",
    "query_id": "each question has its own; compared with what was asked",
    "client_port": "each question has its own; compared with what was asked",
    "server_port": "each process has its own",
    "latency_us": "two moments",
    "upstream_rtt_us": "two moments",
    "enrichment_id": "two files of configuration",
}
# When both events say that they show a part only, which part it is differs.
PARTS = ("answer_ips", "answer_rdata", "answer_country", "answer_asn")
ANY_ORDER = ("answer_ips", "answer_names", "answer_country", "answer_asn")


class Something:
    """Stands for any value that is there."""

    def __repr__(self):
        return "there"


THERE = Something()


class AtMost:
    """Stands for a number up to this one."""

    def __init__(self, number):
        self.number = number


def holds(wanted, value):
    if isinstance(wanted, AtMost):
        return isinstance(value, int) and value <= wanted.number
    if wanted is THERE:
        return value is not None
    return value in wanted if isinstance(wanted, set) else value == wanted


# Releases that a row may be of: the software, the first release, the first that it no longer is.
RELEASES = {
    "Unbound 1.17": ("unbound", (1, 17), (1, 18)),
    "Unbound 1.22": ("unbound", (1, 18), (2,)),
    "BIND 9.18": ("bind", (9, 18), (9, 19)),
    "BIND 9.20": ("bind", (9, 20), (9, 21)),
}


def is_of(release, versions):
    """versions: that of each software, as tuples. No release: of all."""
    if release is None:
        return True
    software, first, end = RELEASES[release]
    return software in versions and first <= versions[software] < end


class Row:
    """A difference: in these fields, of these kinds (patterns), these values (None: absent; THERE; AtMost; a set). of:
    the release that has it, None: all. sometimes: it need not be there."""

    def __init__(self, fields, kinds, unbound, bind, why, of=None, sometimes=False):
        self.fields, self.kinds = fields.split(), [kinds] if isinstance(kinds, str) else kinds
        self.unbound, self.bind, self.why, self.of, self.sometimes = unbound, bind, why, of, sometimes


WILDCARDS = ["wildcard, signed", "secure, *", "tcp*", "dot*", "doh*"]
NO_ANCHOR = ["root, *", "top level that is not there", "*no trust anchor"]
KNOWN_ALREADY = ["signed NS", "root, NS", "DNAME, its own type asked"]
TOO_MUCH = ["too much for UDP", "too much for UDP, signed", "zone of its own, too much for UDP"]
ON_NAME = ["policy: NXDOMAIN", "policy: NODATA", "policy: data", "policy: alias", "policy: pass", "policy: TCP only"]
NEGATIVE = ["type that has no record", "*unsigned zone", "empty non-terminal*", "* not there*", "*NXDOMAIN*",
            "*NODATA*", "alias of a name *", "policy: pass"]
UPSTREAM = "upstream event"

ROWS = [
    Row("tc response_size", "*", None, THERE,
        "Unbound encodes its answer after the hook; the plugin reads what named has sent"),
    Row("answer_count ttl answer_digest", TOO_MUCH, THERE, {0, 2, None},
        "Unbound's event is of the whole answer, BIND's of what was sent"),
    Row("answer_truncated", "zone of its own, too much for UDP", None, True,
        "Unbound's event is of the whole answer, BIND's of what was sent"),
    Row("ad", "too much for UDP, signed", True, False, "the answers differ"),
    Row("dnssec_status", NO_ANCHOR, "indeterminate", "insecure",
        "BIND does not tell a name that no trust anchor covers from one that is proven to be unsigned"),
    Row("dnssec_status", "*, CD", {"secure", "insecure", "bogus"}, "unchecked",
        "for a client that sets CD BIND does not validate; Unbound does, and hands out what it finds"),
    Row("ad", "secure, CD", True, False, "as above"),
    Row("dnssec_reason ede_code", ["bogus, CD", "expired signature, CD"], THERE, None, "as above"),
    Row("dnssec_reason", ["bogus*", "expired signature*"], THERE, THERE, "each validator has its own words"),
    Row("dnssec_reason", ["bogus, hit", "expired signature, hit"], None, THERE,
        "Unbound keeps no words with a cached failure; the plugin remembers them", of="Unbound 1.17"),
    Row("ede_code", ["bogus*", "expired signature*"], THERE, None, "BIND has no code for this failure"),
    Row("ede_code", "upstream says nothing", None, 22, "Unbound has no code for this failure", of="BIND 9.20"),
    Row("ede_text", ["bogus, CD", "expired signature, CD"], THERE, None, "as for `dnssec_status`", of="Unbound 1.22"),
    Row("ede_text", "expired signature", None, THERE, "BIND says which key", of="BIND 9.20"),
    Row("ad", ["*, hit", "hit, *"], None, {True, False},
        "with a policy zone in use Unbound's hook is not told whether a cached answer is replaced", of="Unbound 1.22"),
    Row("ttl", WILDCARDS, AtMost(300), AtMost(5),
        "BIND keeps an answer from a signed wildcard no longer than the proof that the name itself is not there"),
    Row("ttl", NEGATIVE, AtMost(5), AtMost(5),
        "Unbound sends a negative answer with what is left of the SOA record that came with an earlier one",
        sometimes=True),
    Row("cache_status", KNOWN_ALREADY, "miss", "hit",
        "BIND answers from records that came with other answers; Unbound asks for them"),
    Row("transaction_id coalesced upstream_count", KNOWN_ALREADY, THERE, None, "as above"),
    Row("upstream_count", "*", THERE, THERE, "each follows aliases, validates and tries again in its own way"),
    Row("servfail_reason", ["upstream is lame", "upstream answers are cut", "upstream wants TCP and is not there"],
        {"upstream_lame", "upstream_malformed", "upstream_timeout"}, "upstream_failure",
        "a plugin is not told what the upstream has answered"),
    Row("answer_count ra dnssec_status", "RRSIG", {2, True, "indeterminate"}, {0, False, "secure", "unchecked"},
        "BIND does not ask for signatures alone: the answers differ"),
    Row("ttl", "RRSIG", AtMost(5), None, "as above"),
    Row("aa", ON_NAME, True, False, "the answers differ"),
    Row("policy_name policy_action", ON_NAME, None, THERE,
        "of a policy on the name Unbound's hook is not told; its `cache_status` is `local`"),
    Row("policy_name policy_action", "policy on the answer: NXDOMAIN, hit", None, THERE,
        "nor is it told of one on a cached answer", of="Unbound 1.22"),
    Row("policy_name", "policy on the answer: *", THERE, THERE,
        "Unbound has the `rpz-log-name` of the policy, BIND the trigger"),
    Row("cache_status", ["policy: alias", "policy on the answer: NXDOMAIN, hit"], "hit", "local",
        "Unbound says where the records came from that the policy replaced, or led to"),
    Row("dnssec_status", ["policy: alias", "policy on the answer: *"], "insecure", None, "as above"),
    Row("server_ip", "policy on the answer: drop", None, THERE,
        "Unbound knows no longer where a query came in that it drops after work"),
    Row("ra", ["zone of its own, EDNS and RD off", "zone of its own, delegation"], False, True, "the answers differ"),
    Row("transaction_id", UPSTREAM, THERE, None, "nothing in dnstap says for which client an exchange was"),
    Row("opcode query_size rd cd dnssec_ok edns_udp_size tc ad", UPSTREAM, None, THERE,
        "dnstap has the messages, Unbound's hook the answer as it was read"),
    Row("response_size", UPSTREAM, THERE, THERE, "named asks with a cookie, so that answers are longer"),
    Row("upstream_zone", UPSTREAM, THERE, ".",
        "of the test: Unbound has stub zones, BIND comes from the root, whose server serves them all"),
]

# Kinds of which one host or both have no event: the reason under which it counts the query, None: it has an event,
# UNCOUNTED: the host itself does not count it.
UNCOUNTED = "not a query to it"
UNSEEN = {
    "policy: drop": ("no_hook", None),
    "client that is refused": ("acl", None),
    "RD off, nothing in the cache": ("no_hook", None),
    "CHAOS, version.bind": (None, "no_plugin"),
    "CHAOS, id.server": (None, "no_plugin"),
    "class HS": (None, "rejected"),
    "EDNS version 1": ("no_hook", "rejected"),
    "AXFR of a zone it does not have": ("no_hook", "transfer"),
    "IXFR over UDP": ("no_hook", "transfer"),
    "MAILB": ("no_hook", "meta_type"),
    "NOTIFY": ("no_hook", "notify"),
    "two questions": (UNCOUNTED, "malformed"),
    "question cut short": ("no_hook", "malformed"),
    "EDNS cut short": ("no_hook", "malformed"),
}

# Fields that docs/fields.md marks for a host and that no question here brings about.
NOT_REACHED = [
    ("ede_text", "unbound", "attached after the hook; `dnssec_reason` has the words", "Unbound 1.17"),
    ("proxied_by", "unbound", "needs a client behind a proxy with the PROXY protocol", None),
    ("proxied_by", "bind", "needs a client behind a proxy with the PROXY protocol, and BIND 9.20", None),
]
