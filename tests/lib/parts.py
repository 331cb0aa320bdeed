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
    Part("life", "3 min", "200 reloads under load, 50 of them with a broken file; signals under load",
         ["tests/system/20-life/run"], 2400, RELOADS="200"),
    Part("fuzz-wire", "30 min", "libFuzzer on the wire reader, 100,000,000 runs", ["tests/fuzz/run", "wire", "100000000", "2"],
         14400),
    Part("fuzz-conf", "45 min", "libFuzzer on the configuration, 5,000,000 runs", ["tests/fuzz/run", "conf", "5000000", "2"],
         14400),
    Part("diff", "10 min", "the wire reader against libldns and dnspython, 1,000,000 mutants",
         ["tests/diff/compare", "--mutants", "1000000", "--jobs", "2", *PACKETS], 7200),
    Part("ring", "5 min", "the ring between two threads, 1,000,000,000 messages",
         ["build/tests/stress/ring_stress", "1000000000"], 3600),
    Part("unbound-master", "5 min", "the matrix with a newer Unbound: set UNBOUND_SRC to its source tree",
         ["tests/system/10-matrix/newer"], 1800),
]
