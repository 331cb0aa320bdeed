# SPDX-FileCopyrightText: 2026 the telltale authors
# SPDX-License-Identifier: BSD-3-Clause
"""An Unbound whose answers are its own, with a file beside the sinks to Loki, and the books of each."""

import json
import os
import time

import load
import loki
import loki_double
import proc
import unbound

YAML = """node: testnode
region: test-region
state_dir: "{{directory}}/state"
metrics: {{{{ listen: "127.0.0.1:{{port}}" }}}}
privacy: {{{{ client: full }}}}
sinks:
  - {{{{ name: file, type: file, path: "{{events}}", topics: [enriched] }}}}
{sinks}"""
SERVER = load.SERVER + ('access-control: 127.0.0.0/8 allow\nlocal-zone: "static.test." static\n'
                        'local-data: "www.static.test. 60 A 192.0.2.1"\n')


def open_loki(checks, name):
    """The stand-in or, with LOKI=real, the real one; and what closes it."""
    if os.environ.get("LOKI") == "real":
        server = loki.Loki(checks.path(name)).start()
        return server, server.stop
    double = loki_double.Double()
    return double, double.close


def lines_of(url, query, since):
    """(labels and metadata, ns, line) of all that a query finds since then."""
    found = loki.query_range(url, query, since, time.time() + 5)
    return [(stream["stream"], int(value[0]), value[1]) for stream in found["result"] for value in stream["values"]]


def start(checks, name, sinks):
    """A running Unbound; sinks: lines of YAML without braces of their own doubled."""
    lines = "".join(f"  - {line}\n" for line in sinks).replace("{", "{{").replace("}", "}}")
    return unbound.Unbound(checks.path(name), yaml=YAML.format(sinks=lines), threads=1, server=SERVER).start()


def ask(server, count, start_at=0):
    """So many queries, every other one for a name that does not exist."""
    for number in range(start_at, start_at + count):
        server.ask("www.static.test" if number % 2 else f"no{number}.static.test")


def file_records(server):
    """{event_id: line} of the file sink."""
    with open(server.settings["events"], encoding="utf-8") as lines:
        return {json.loads(line)["event_id"]: line.rstrip("\n") for line in lines}


def books(server, sink, topic="enriched"):
    """The counts of one sink and topic, and what they leave unexplained."""
    found = server.metrics.snapshot()

    def total(name, **labels):
        return int(found.sum(name, sink=sink, topic=topic, **labels))

    counts = {"offered": total("telltale_sink_offered_total"), "recovered": total("telltale_sink_recovered_total"),
              "queued": total("telltale_sink_queue_records"), "spooled": total("telltale_sink_spool_records")}
    for result in ("delivered", "uncertain", "dropped"):
        counts[result] = total("telltale_sink_records_total", result=result)
    counts["unexplained"] = counts["offered"] + counts["recovered"] - sum(
        counts[word] for word in ("queued", "spooled", "delivered", "uncertain", "dropped"))
    return counts


def wait_delivered(server, sink, count, limit_s=60.0):
    """Waits until so many records were delivered by a sink; the books then."""
    last = {}

    def is_there():
        last.clear()
        last.update(books(server, sink))
        return last["delivered"] >= count
    try:
        proc.wait_for(is_there, f"{count} records delivered by {sink}", limit_s)
    except proc.Timeout:
        log = [line for line in server.log().splitlines() if "sink " in line]
        raise RuntimeError(f"{sink}: {last}, not {count} delivered\n" + "\n".join(log[-10:])) from None
    return dict(last)


def check_books(checks, counts, expected, what):
    is_exact = counts["unexplained"] == 0 and all(counts[word] == value for word, value in expected.items())
    checks(is_exact, f"{what}: the books are exact", f"{counts}, expected {expected}")


def write_secret(path, text):
    """A new file in the place of the old one, as it is rotated."""
    with open(path + ".new", "w", encoding="ascii") as out:
        out.write(text + "\n")
    os.chmod(path + ".new", 0o640)
    os.rename(path + ".new", path)
