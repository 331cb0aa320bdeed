# SPDX-FileCopyrightText: 2026 the telltale authors
# SPDX-License-Identifier: BSD-3-Clause
"""The clock goes back one hour, and forward one day, under a running resolver."""

import glob
import os
from datetime import datetime, timezone

import proc
import rig

HOUR, DAY = 3600, 86400


class Clock:
    """What the resolver takes for the time, by libfaketime: monotonic clocks and times of files stay true."""

    def __init__(self, checks):
        self.path = checks.path("clock")
        self.library = (glob.glob("/usr/lib/*/faketime/libfaketimeMT.so.1") or [None])[0]
        self.set(0)

    def set(self, seconds):
        with open(self.path + ".new", "w", encoding="ascii") as out:
            out.write(f"{seconds:+d}s\n")
        os.rename(self.path + ".new", self.path)

    def env(self):
        return {"LD_PRELOAD": self.library, "FAKETIME_TIMESTAMP_FILE": self.path, "FAKETIME_CACHE_DURATION": "1",
                "FAKETIME_DONT_FAKE_MONOTONIC": "1", "DONT_FAKE_MONOTONIC": "1", "NO_FAKE_STAT": "1"}


def offset(record):
    """Seconds by which a record is ahead of the true time."""
    return (datetime.fromisoformat(record["timestamp"].replace("Z", "+00:00")) - datetime.now(timezone.utc)).total_seconds()


def wait_time(host, seconds):
    """Until events carry that time."""
    proc.wait_for(lambda: abs(offset(host.unbound.events.read()[-1]) - seconds) < 30, f"events {seconds} s off", 20)


def filtered(host):
    return host.snapshot().sum("telltale_sink_filtered_total", sink="prom", reason="clock")


def test(checks, lab):
    clock = Clock(checks)
    if not clock.library:
        print("     not tried: libfaketime is not installed", flush=True)
        return
    host = rig.Host(checks, "hours", lab.sinks(), env=clock.env()).start()
    host.moves("prom", "metrics")
    for seconds, words in ((-HOUR, "set back"), (DAY, "ahead")):
        host.mark()
        before = filtered(host)
        clock.set(seconds)
        wait_time(host, seconds)
        host.moves("bus")
        host.wait_said("sink prom:", words)
        proc.wait_for(lambda before=before: filtered(host) > before, "samples passed over", 30)
        checks(True, f"{seconds:+d} s: samples that a receiver would refuse are not taken, and counted as filtered")
        if seconds > 0:
            host.wait_said("sink lines:", "ahead of Loki's clock")
        else:
            host.moves("lines")
        clock.set(0)
        wait_time(host, 0)
        for sink, topic in (("bus", "enriched"), ("lines", "enriched"), ("prom", "metrics")):
            host.moves(sink, topic)
        checks(True, f"{seconds:+d} s and back: everything goes on")
    host.rest(("bus", "enriched"), ("lines", "enriched"))
    host.exact({("lines", "enriched"): {"refused"}})
    checks.equal(host.books("bus").delivered, host.books("bus").offered, "Kafka got every event")
    host.stop()
