# SPDX-FileCopyrightText: 2026 the telltale authors
# SPDX-License-Identifier: BSD-3-Clause
"""KAFKA=1: the events go to a real Apache Kafka as well, which starts here, and are read back from it at the end."""

import json
import os

import kafka
import proc
import screen
import tree

TOPICS = ("dns_enriched", "dns_alerts", "dns_books")
SHOWN = 6
SINK = """  - {{ type: kafka, brokers: "{brokers}", topics: [enriched, alerts, books], compression: lz4 }}
"""


class NoBus:
    """Without KAFKA=1."""

    yaml = ""

    def check(self, stages, summary):
        pass


class Bus:
    def __init__(self, directory):
        print("starting Apache Kafka (its jars are fetched once), making its topics", flush=True)
        self.broker = kafka.Kafka(os.path.join(directory, "kafka")).start()
        tool = self.broker.tool()
        self.broker.tool("kafka-configs", "kafka.admin.ConfigCommand")
        proc.run([os.path.join(tree.TOP, "tools/telltale-kafka-topics"), "--bootstrap-server", self.broker.address(),
                  "--kafka-topics", tool, "--partitions", "3", "--replication", "1",
                  *(topic.removeprefix("dns_") for topic in TOPICS)], limit_s=120)
        self.yaml = SINK.format(brokers=self.broker.address())

    def check(self, stages, summary):
        """Every event of every host's file is in Kafka, the same, and nothing else is."""
        records = self.broker.read("dns_enriched")
        print("\nread back from Kafka, topic dns_enriched:")
        for record in records[:SHOWN]:
            key = record.key.decode() if record.key else "-"
            print(f"  partition {record.partition} offset {record.offset:4} key {screen.cut(key, 20):20} "
                  f"{screen.cut(record.value.decode(), 90)}")
        found = {}
        for record in records:
            event = json.loads(record.value)
            found.setdefault(event["instance"], []).append(event)
        for one in stages:
            events = one.host.events.read()
            there = found.get(events[0]["instance"], []) if events else []
            differences = {json.dumps(event, sort_keys=True) for event in events}
            differences ^= {json.dumps(event, sort_keys=True) for event in there}
            summary.check(not differences and len(there) == len(events),
                          f"{one.role.title}: the {len(events)} events of the file are in Kafka, the same",
                          f"{len(there)} in Kafka, {len(differences)} not in both")


def make(directory):
    return Bus(directory) if os.environ.get("KAFKA") else NoBus()
