# SPDX-FileCopyrightText: 2026 the telltale authors
# SPDX-License-Identifier: BSD-3-Clause
"""Load by dnsperf: a mix of questions, mostly cache hits."""

import random
import re

import proc

# Of each 100 questions: this many of names that are soon cached, the rest of a kind each.
HITS_OF_100 = 90
OTHERS = (("{n}.wild.secure.test", "A"), ("no{n}.plain.test", "A"), ("{n}.wild.plain.test", "AAAA"),
          ("www.bogus.test", "A"), ("{n}.static.test", "A"), ("data.static.test", "A"), ("plain.test", "MAILB"),
          ("again.servfail.test", "A"))
OBSERVED = tuple(pair for pair in OTHERS if pair[1] != "MAILB")  # those that hooks of every host see
SERVER = 'local-zone: "static.test" static\nlocal-data: "data.static.test. 300 A 192.0.2.150"\n'


def write_mix(path, count, seed=1, others=OTHERS):
    """A data file of `count` questions. Of the others half are new names, so that they miss the cache."""
    pick = random.Random(seed)
    hits = [f"n{number}.wild.{zone}.test A" for number in range(250) for zone in ("secure", "plain")]
    with open(path, "w", encoding="ascii") as out:
        for number in range(count):
            if pick.randrange(100) < HITS_OF_100:
                out.write(pick.choice(hits) + "\n")
            else:
                name, qtype = pick.choice(others)
                out.write(f"{name.format(n=f'u{number}' if pick.randrange(2) else 'same')} {qtype}\n")
    return path


class Load:
    """A running dnsperf. result() waits for its end."""

    def __init__(self, checks, unbound, data, *, runs=None, seconds=None, per_second=None, clients=8,
                 source=None):
        argv = ["dnsperf", "-s", "127.0.0.1", "-p", unbound.port, "-d", data, "-c", clients, "-q", 1000, "-t", 5]
        argv += ["-n", runs] if runs else []
        argv += ["-l", seconds] if seconds else []
        argv += ["-Q", per_second] if per_second else []
        argv += ["-a", source] if source else []
        self.process = proc.Process(argv, checks.path(f"dnsperf.{len(data)}.{id(self)}.log"), name="dnsperf")

    def is_running(self):
        return self.process.is_alive()

    def stop(self):
        """Ends it early, with its summary."""
        self.process.signal(2)
        return self.result()

    def result(self, limit_s=3000.0):
        """{"sent": n, "completed": n, "lost": n, "per_second": f}"""
        self.process.wait(limit_s)
        text = self.process.log()
        numbers = {word: re.findall(rf"Queries {word}:\s+(\d+)", text) for word in ("sent", "completed", "lost")}
        rate = re.findall(r"Queries per second:\s+([\d.]+)", text)
        if not numbers["sent"]:
            raise RuntimeError("dnsperf failed:\n" + text[-1500:])
        return {"per_second": float(rate[0]) if rate else 0.0,
                **{word: int(found[0]) if found else 0 for word, found in numbers.items()}}


class Watch:
    """Looks at /metrics again and again: counters that ran backwards are kept in `backwards`."""

    def __init__(self, unbound):
        self.unbound, self.before, self.backwards, self.looks = unbound, {}, [], 0

    def look(self):
        try:
            samples = self.unbound.metrics.samples()
        except OSError:
            return
        self.looks += 1
        for name, labels, value in samples:
            if not name.endswith(("_total", "_count", "_bucket", "_sum")):
                continue
            key = (name, tuple(sorted(labels.items())))
            if value < self.before.get(key, 0):
                self.backwards.append((key, self.before[key], value))
            self.before[key] = value
