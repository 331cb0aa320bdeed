# SPDX-FileCopyrightText: 2026 the telltale authors
# SPDX-License-Identifier: BSD-3-Clause
"""What a resolver saw is in Loki, to the byte as in the file, and every query of docs/sinks/loki.md finds it."""

import os
import re
import time

import loki
import loki_double
import proc
import rig
import tree

COUNT = 200


def documented():
    with open(os.path.join(tree.TOP, "docs/sinks/loki.md"), encoding="utf-8") as text:
        return re.findall(r"```logql\n(.*?)\n```", text.read(), re.DOTALL)


def compare(checks, server, url, since):
    wanted = rig.file_records(server)
    found = rig.lines_of(url, '{job="telltale", kind="enriched"}', since)
    got = {labels["event_id"]: line for labels, _, line in found}
    checks.equal(len(found), COUNT, "every event is one line")
    checks(got == wanted, "the lines are those of the file, byte for byte, and event_id names them",
           f"{len(got)} and {len(wanted)}")
    checks.equal(len({ns for _, ns, _ in found}), COUNT, "every line has a time of its own")
    labels = {word for stream, _, _ in found for word in stream} - {"event_id", "detected_level", "service_name"}
    checks.equal(labels, {"instance", "job", "kind", "region", "software"}, "the labels are few")


def ask_documented(checks, url, since):
    queries = documented()
    checks(len(queries) >= 5, "queries are documented")
    for query in queries:
        found = loki.query_range(url, query, since, time.time() + 5)["result"]
        checks(found, f"documented: {query}", "nothing found")
    sums = loki.query_range(url, queries[3], since, time.time() + 5)["result"]
    counts = {one["metric"]["response_code"]: max(float(value) for _, value in one["values"]) for one in sums}
    checks.equal(counts, {"NOERROR": COUNT / 2, "NXDOMAIN": COUNT / 2}, "and counts as many as were asked")


def check_sample(checks):
    """The sample of the documentation is a configuration."""
    with open(os.path.join(tree.TOP, "docs/sinks/loki.md"), encoding="utf-8") as text:
        sample = re.search(r"```yaml\n(.*?)```", text.read(), re.DOTALL)[1]
    with open(checks.path("sample.yaml"), "w", encoding="utf-8") as out:
        out.write(sample)
    said = proc.run([tree.tool("telltalectl"), "check", checks.path("sample.yaml"), "--as", "unbound"], check=False)
    checks.equal(said.returncode, 0, "the documented sample is a configuration")


def check_connect(checks, server, url, since):
    argv = [tree.tool("telltalectl"), "check", server.yaml, "--as", "unbound", "--connect"]
    said = proc.run(argv, check=False)
    checks(said.returncode == 0 and "lets us in" in said.stdout and "/ready: ready" in said.stdout,
           "check --connect says that Loki is ready and lets us in", said.stdout)
    checks("its clock and this machine's agree" in said.stdout, "and that the clocks agree", said.stdout)
    checks.equal(len(rig.lines_of(url, '{kind="enriched"}', since)), COUNT, "and stores nothing")


def test(checks):
    server_of_lines, close = rig.open_loki(checks, "arrives.loki")
    since = time.time() - 60
    server = rig.start(checks, "arrives.d", [
        f'{{ name: loki, type: loki, url: "{server_of_lines.push}", topics: [enriched, books] }}'])
    rig.ask(server, COUNT)
    rig.wait_delivered(server, "loki", COUNT)
    compare(checks, server, server_of_lines.url, since)
    ask_documented(checks, server_of_lines.url, since)
    check_sample(checks)
    check_connect(checks, server, server_of_lines.url, since)
    rig.check_books(checks, rig.books(server, "loki"), {"offered": COUNT, "delivered": COUNT}, "in peace")
    if isinstance(server_of_lines, loki_double.Double):
        checks.equal(server_of_lines.broken, [], "no rule was broken")
    server.stop()
    close()
