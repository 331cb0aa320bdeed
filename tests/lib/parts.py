# SPDX-FileCopyrightText: 2026 the telltale authors
# SPDX-License-Identifier: BSD-3-Clause
"""The parts of `make test-long`: one row each. How long a part takes is for 2 cores."""

import os

import suite
import tree

PACKETS = [f"tests/golden/packets/{name}.hex" for name in ("good", "hostile", "large")]


class Part:
    """name, how long it takes, what it does, the command (from the top of the tree), its environment."""

    def __init__(self, name, takes, what, argv, limit_s, **env):
        self.name, self.takes, self.what, self.argv, self.limit_s, self.env = name, takes, what, argv, limit_s, env

    def test(self):
        argv = [os.path.join(tree.TOP, self.argv[0]), *self.argv[1:]]
        return suite.Test("long/" + self.name, argv, self.limit_s, is_alone=True, env=self.env)


PARTS = [
    Part("books", "5 min", "the books over 1,000,000 mixed queries, and every variant of them",
         ["tests/system/40-books/run"], 3600, COUNT="1000000"),
    Part("bind-memcheck", "12 min", "the matrix of named under valgrind's memcheck",
         ["tests/system/11-bind-matrix/memcheck"], 3600),
    Part("bind-books", "4 min", "the books of named over 1,000,000 mixed queries, and every variant of them",
         ["tests/system/41-bind-books/run"], 3600, COUNT="1000000"),
    Part("kill", "20 min", "the resolver killed 80 times with the broker up and 20 times with it away for 30 s",
         ["tests/system/44-kill/run"], 7200, UP="80", DOWN="20", DOWN_S="30"),
    Part("chaos", "15 min", "10,000,000 events while every server is killed, stopped and started again at random",
         ["tests/system/45-chaos/run"], 7200, COUNT="10000000", PER_SECOND="30000", SPOOL="4GiB"),
    Part("frozen", "25 min", "all servers stopped for 60 s at 30,000 q/s, three rounds, and what the clock says",
         ["tests/system/46-frozen/run"], 7200, FROZEN_S="60", PER_SECOND="30000", ROUNDS="3", JUDGE_TIME="1"),
    Part("life", "3 min", "200 reloads under load, 50 of them with a broken file; signals under load",
         ["tests/system/20-life/run"], 2400, RELOADS="200"),
    Part("bind-life", "2 min", "200 reconfigurations of named under load in two views, 50 more that fail; memory with and without",
         ["tests/system/21-bind-life/run"], 2400, RELOADS="200"),
    Part("fuzz-wire", "30 min", "libFuzzer on the wire reader, 100,000,000 runs", ["tests/fuzz/run", "wire", "100000000", "2"],
         14400),
    Part("fuzz-conf", "45 min", "libFuzzer on the configuration, 5,000,000 runs", ["tests/fuzz/run", "conf", "5000000", "2"],
         14400),
    Part("diff", "10 min", "the wire reader against libldns and dnspython, 1,000,000 mutants",
         ["tests/diff/compare", "--mutants", "1000000", "--jobs", "2", *PACKETS], 7200),
    Part("ring", "5 min", "the ring between two threads, 1,000,000,000 messages",
         ["build/tests/stress/ring_stress", "1000000000"], 3600),
    Part("enrich", "4 min", "every enriched field of 100,000 live and replayed events against libpsl, mmdblookup, python",
         ["tests/system/90-enrich/run"], 3600, COUNT="100000"),
    Part("swap", "8 min", "all data files replaced every second under 30,000 queries a second",
         ["tests/system/92-swap/run"], 3600, PAIRS="2", SECONDS="150", RATE="30000"),
    Part("swap-latency", "7 min", "the same in short rounds with and without, 1 % of the events written, and the latency at the client",
         ["tests/system/92-swap/run"], 3600, PAIRS="12", SECONDS="15", RATE="30000", SAMPLE="0.01"),
    Part("fuzz-spool", "10 min", "libFuzzer on a spool's directory that somebody else wrote, 1,000,000 runs",
         ["tests/fuzz/run", "spool", "1000000", "2"], 14400),
    Part("spool", "4 min", "kill -9 of a process at work in a spool, 20,000 times",
         ["build/tests/stress/spool_crash", "20000"], 3600),
    *(Part(f"fuzz-{name}", takes, f"libFuzzer on {what}, 20,000,000 runs", ["tests/fuzz/run", name, "20000000", "2"], 14400)
      for name, takes, what in (("control", "3 min", "the control protocol"), ("dnstap", "15 min", "dnstap payloads"),
                                ("mmdb", "20 min", "the database wrapper"), ("pcap", "15 min", "packet captures"),
                                ("suffix", "20 min", "the suffix list"), ("threat", "30 min", "threat lists"))),
    *(Part(release, "15 min", f"the tests of BIND on {words}, whose BIND is {version}, in a root directory of its own",
           ["tests/release/run", release], 7200)
      for release, words, version in (("bookworm", "Debian 12", "9.18"), ("trixie", "Debian 13", "9.20"))),
    Part("loki", "2 min, the first time 10 more", "a real Loki, built with Go: what arrives, documented queries, faults between",
         ["tests/system/96-loki/run"], 7200, LOKI="real", SYSTEM="arrives faults"),
    Part("mimir", "5 min, the first time 10 more", "remote write into a real Mimir, built with Go, through an outage and its limits",
         ["tests/system/97-remote-write/mimir"], 7200),
    Part("unbound-master", "5 min", "the matrix with a newer Unbound: set UNBOUND_SRC to its source tree",
         ["tests/system/10-matrix/newer"], 1800),
]
