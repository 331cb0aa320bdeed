# SPDX-FileCopyrightText: 2026 the telltale authors
# SPDX-License-Identifier: BSD-3-Clause
"""The synthetic load of the benchmarks: zones for a real named, and a dnsperf query file.

Names follow Zipf's law (s = 0.95 over 200,000 names); about 85 % NOERROR, 13 % NXDOMAIN, 2 % SERVFAIL;
All of it is asked once before anything is measured, so that all caches are warm. A share of misses can
be mixed in (names whose TTL is 0): a miss costs Unbound ten times a hit, so the rate has to come down.
"""
import bisect
import itertools
import random

NAMES = 200_000
EXPONENT = 0.95
SHARE_NXDOMAIN, SHARE_SERVFAIL = 0.13, 0.02
TYPES = (("A", 0.6), ("AAAA", 0.3), ("MX", 0.05), ("TXT", 0.05))


def zone_text(ttl):
    """A zone with one name per rank: 1-3 addresses, some MX and TXT, all with the given TTL."""
    rng = random.Random(1)
    yield f"$TTL {ttl}\n@ SOA ns.bench. admin.bench. 1 3600 600 86400 3600\n@ NS ns.bench.\n"
    if ttl == 0:
        yield "*.miss A 192.0.2.1\n*.miss AAAA 2001:db8::1\n*.miss MX 10 mail.bench.\n*.miss TXT \"miss\"\n"
        return
    for rank in range(NAMES):
        for _ in range(rng.choice((1, 1, 2, 3))):
            yield f"n{rank} A 198.51.{rng.randrange(256)}.{rng.randrange(1, 255)}\n"
        yield f"n{rank} AAAA 2001:db8::{rank >> 16:x}:{rank & 65535:x}\nn{rank} MX 10 mail.bench.\nn{rank} TXT \"text of {rank}\"\n"


class Zipf:
    def __init__(self, n, exponent):
        weights = (1.0 / (k ** exponent) for k in range(1, n + 1))
        self.cumulative = list(itertools.accumulate(weights))

    def draw(self, rng):
        return bisect.bisect_left(self.cumulative, rng.random() * self.cumulative[-1])


def draw_type(rng):
    x = rng.random()
    for name, share in TYPES:
        x -= share
        if x < 0:
            return name
    return "A"


def queries(count, seed=7, miss=0.0, names=NAMES):
    """Lines of a dnsperf file."""
    rng, zipf = random.Random(seed), Zipf(names, EXPONENT)
    for _ in range(count):
        x, rank = rng.random(), zipf.draw(rng)
        if x < miss:
            yield f"m{rank}.miss.zero.bench {draw_type(rng)}\n"
        elif x < miss + SHARE_NXDOMAIN:
            yield f"absent{rank % 20000}.cached.bench {draw_type(rng)}\n"
        elif x < miss + SHARE_NXDOMAIN + SHARE_SERVFAIL:
            yield f"f{rank % 20}.broken.bench A\n"
        else:
            yield f"n{rank}.cached.bench {draw_type(rng)}\n"
