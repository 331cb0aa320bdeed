#!/usr/bin/python3
# SPDX-FileCopyrightText: 2026 the telltale authors
# SPDX-License-Identifier: BSD-3-Clause
"""Writes the data of bench_pipeline (suffix list, 60,000 networks, 200,000 threats, 1,000 zones) and runs it."""

import os
import random
import subprocess
import sys
import tempfile

sys.path[:0] = [os.path.join(os.path.dirname(os.path.realpath(__file__)), "../lib")]
import enrichment  # noqa: E402
import tree  # noqa: E402

YAML = """state_dir: {directory}/state
tap: off
enrich:
  suffix_list: {suffix_list}
  geo: {{ country: country.mmdb, asn: asn.mmdb }}
  threats:
    - {{ name: names, file: names.txt, category: malware, score: 0.9 }}
    - {{ name: hosts, file: hosts.txt, category: phishing, score: 0.6 }}
zones_dir: zones.d
sinks: [{{ type: file, path: "{directory}/events.jsonl", topics: [enriched] }}]
"""


def write_networks(directory):
    rng = random.Random(1)
    country, asn = [], []
    for first in range(1, 224):
        for second in range(256):
            bits = rng.choice((16, 17, 18, 20))
            country.append(f"{first}.{second}.0.0/{bits} {rng.choice(enrichment.COUNTRIES)}")
            asn.append(f"{first}.{second}.0.0/{bits} {rng.randrange(1, 400000)} Network {rng.randrange(60000)} Ltd")
    for part in range(4096):
        country.append(f"2a01:{part * 16:x}::/28 {rng.choice(enrichment.COUNTRIES)}")
        asn.append(f"2a01:{part * 16:x}::/28 {rng.randrange(1, 400000)} Network {part} GmbH")
    enrichment.write_mmdb("country", os.path.join(directory, "country.mmdb"), country)
    enrichment.write_mmdb("asn", os.path.join(directory, "asn.mmdb"), asn)


def write_lists(directory):
    with open(os.path.join(directory, "names.txt"), "w", encoding="ascii") as out:
        out.writelines(f"bad-{n}.example.com\n" if n % 200 else f"site-{n // 3}.com\n" for n in range(100000))
    with open(os.path.join(directory, "hosts.txt"), "w", encoding="ascii") as out:
        out.writelines(f"0.0.0.0 host-{n}.example.net\n" for n in range(100000))
    os.makedirs(os.path.join(directory, "zones.d"), exist_ok=True)
    with open(os.path.join(directory, "zones.d", "all.yaml"), "w", encoding="ascii") as out:
        out.writelines(f"- {{ name: site-{n * 4}.com, owner: team-{n % 20}, class: critical, residency: eu }}\n"
                       for n in range(1000))


def main():
    with tempfile.TemporaryDirectory(prefix="tt-pipeline-") as directory:
        write_networks(directory)
        write_lists(directory)
        with open(os.path.join(directory, "telltale.yaml"), "w", encoding="ascii") as out:
            out.write(YAML.format(directory=directory, suffix_list=enrichment.SUFFIX_LIST))
        sys.exit(subprocess.run([os.path.join(tree.TOP, "build/tests/bench/bench_pipeline"), directory, *sys.argv[1:]],
                                check=False).returncode)


if __name__ == "__main__":
    main()
