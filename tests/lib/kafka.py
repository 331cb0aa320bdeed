# SPDX-FileCopyrightText: 2026 the telltale authors
# SPDX-License-Identifier: BSD-3-Clause
"""A real Apache Kafka, one node in KRaft mode, on loopback ports of its own and in a directory of its own.

The jars come from Maven once and stay in the user's cache. Readers and topics: kafka_client.py.
"""

import fcntl
import hashlib
import json
import os
import shutil
import signal

import certs
import kafka_client
import ports
import proc

VERSION = "3.9.1"
ARTIFACTS = (("org.apache.kafka", "kafka_2.13", VERSION), ("org.apache.kafka", "kafka-tools", VERSION),
             ("org.slf4j", "slf4j-simple", "1.7.36"))
CACHE = os.path.join(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "telltale")
USER, PASSWORD = "dns", "correct-horse"
SCRAM = ("SCRAM-SHA-256", "SCRAM-SHA-512")
# For short runs on a small machine.
JAVA = ["-Xms96m", "-Xmx384m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Djava.awt.headless=true",
        "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn", "-Dorg.slf4j.simpleLogger.showDateTime=true",
        "-Dorg.slf4j.simpleLogger.log.kafka.server.KafkaRaftServer=info"]
STARTED = "Kafka Server started"


class Missing(Exception):
    """What a Kafka needs is not on this machine."""


def _digests(directory):
    found = {}
    for name in sorted(os.listdir(directory)):
        with open(os.path.join(directory, name), "rb") as jar:
            found[name] = hashlib.sha256(jar.read()).hexdigest()
    return found


def _is_whole(directory):
    try:
        with open(os.path.join(directory, "pom.xml"), encoding="ascii") as pom, \
                open(os.path.join(directory, "jars.json"), encoding="ascii") as text:
            return pom.read() == _pom() and json.load(text) == _digests(os.path.join(directory, "lib"))
    except (OSError, ValueError):
        return False


def _pom():
    log4j = "<exclusion><groupId>org.slf4j</groupId><artifactId>slf4j-reload4j</artifactId></exclusion>"
    rows = "".join(f"<dependency><groupId>{group}</groupId><artifactId>{name}</artifactId><version>{version}</version>"
                   f"<exclusions>{log4j}</exclusions></dependency>" for group, name, version in ARTIFACTS)
    return ('<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>'
            "<groupId>telltale</groupId><artifactId>kafka-for-tests</artifactId><version>1</version>"
            f"<dependencies>{rows}</dependencies></project>\n")


def _download(directory):
    shutil.rmtree(directory, ignore_errors=True)
    os.makedirs(directory)
    with open(os.path.join(directory, "pom.xml"), "w", encoding="ascii") as out:
        out.write(_pom())
    proc.run(["mvn", "-q", "-B", "dependency:copy-dependencies", "-DoutputDirectory=lib"], limit_s=600, cwd=directory)
    with open(os.path.join(directory, "jars.json"), "w", encoding="ascii") as out:
        json.dump(_digests(os.path.join(directory, "lib")), out)


def jars():
    """The directory of the jars; made when it is missing or broken."""
    for tool in ("java", "mvn"):
        if not shutil.which(tool):
            raise Missing(f"{tool} is not installed")
    directory = os.path.join(CACHE, "kafka-" + VERSION)
    os.makedirs(CACHE, exist_ok=True)
    with open(directory + ".lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not _is_whole(directory):
            _download(directory + ".new")
            shutil.rmtree(directory, ignore_errors=True)
            os.rename(directory + ".new", directory)
    return os.path.join(directory, "lib")


class Kafka:
    """directory: its own. servers: more listeners of SASL_SSL, name: kind of certificate (certs.KINDS). Listeners:
    PLAIN (no security), SSL (client certificates are asked for), SASL (SASL_SSL: SCRAM and PLAIN), and `servers`."""

    def __init__(self, directory, servers=None, **properties):
        self.directory = os.path.abspath(directory)
        os.makedirs(self.directory, exist_ok=True)
        self.lib, self.properties = jars(), properties
        self.client_auth = "required"  # of the listener SSL; or "none"
        self.servers = {"SSL": certs.GOOD, "SASL": certs.GOOD, **(servers or {})}
        self.ports = {name: ports.free() for name in ("PLAIN", "CONTROLLER", *self.servers)}
        self.authority = certs.Authority(os.path.join(self.directory, "certs"))
        self.pairs = {kind: self.authority.server(kind) for kind in {certs.GOOD, *self.servers.values()}}
        self.conf, self.log_path = os.path.join(self.directory, "server.properties"), os.path.join(self.directory, "log")
        self.process, self.is_formatted = None, False

    def address(self, listener="PLAIN", host="127.0.0.1"):
        return f"{host}:{self.ports[listener]}"

    def java(self, main, *argv, limit_s=60.0, check=True, **options):
        """Runs a Java program of Kafka to its end."""
        return proc.run(["java", *JAVA, "-cp", self.lib + "/*", main, *argv], limit_s=limit_s, check=check, **options)

    def _tls(self, name, kind):
        prefix = f"listener.name.{name.lower()}"
        return {f"{prefix}.ssl.keystore.type": "PEM", f"{prefix}.ssl.keystore.location": self.pairs[kind].pem,
                f"{prefix}.ssl.truststore.type": "PEM", f"{prefix}.ssl.truststore.location": self.authority.ca,
                f"{prefix}.ssl.client.auth": self.client_auth if name == "SSL" else "none"}

    @staticmethod
    def _sasl(name):
        prefix = f"listener.name.{name.lower()}"
        module = "org.apache.kafka.common.security"
        rows = {f"{prefix}.{mechanism.lower()}.sasl.jaas.config": f"{module}.scram.ScramLoginModule required;"
                for mechanism in SCRAM}
        rows[f"{prefix}.plain.sasl.jaas.config"] = f'{module}.plain.PlainLoginModule required user_{USER}="{PASSWORD}";'
        return {f"{prefix}.sasl.enabled.mechanisms": ",".join(("PLAIN", *SCRAM)), **rows}

    def _settings(self):
        protocols = {"PLAIN": "PLAINTEXT", "CONTROLLER": "PLAINTEXT", "SSL": "SSL"}
        listeners = [f"{name}://127.0.0.1:{port}" for name, port in self.ports.items()]
        rows = {"process.roles": "broker,controller", "node.id": "1", "controller.listener.names": "CONTROLLER",
                "controller.quorum.voters": f"1@127.0.0.1:{self.ports['CONTROLLER']}",
                "listeners": ",".join(listeners), "log.dirs": os.path.join(self.directory, "data"),
                "advertised.listeners": ",".join(row for row in listeners if not row.startswith("CONTROLLER")),
                "listener.security.protocol.map": ",".join(f"{name}:{protocols.get(name, 'SASL_SSL')}"
                                                           for name in self.ports),
                "inter.broker.listener.name": "PLAIN", "auto.create.topics.enable": "false",
                "offsets.topic.replication.factor": "1", "offsets.topic.num.partitions": "1",
                "transaction.state.log.replication.factor": "1", "transaction.state.log.min.isr": "1",
                "group.initial.rebalance.delay.ms": "0", "num.network.threads": "1", "num.io.threads": "2",
                "log.retention.ms": "-1", "background.threads": "2", "log.cleaner.dedupe.buffer.size": "16777216"}
        for name, kind in self.servers.items():
            rows.update(self._tls(name, kind))
            if name != "SSL":
                rows.update(self._sasl(name))
        return {**rows, **{name.replace("__", "."): value for name, value in self.properties.items()}}

    def _format(self):
        users = [word for mechanism in SCRAM
                 for word in ("--add-scram", f"{mechanism}=[name={USER},password={PASSWORD}]")]
        self.java("kafka.tools.StorageTool", "format", "-t", "dGVsbHRhbGUtdGVzdC0wMQ", "-c", self.conf, *users)
        self.is_formatted = True

    def start(self, wait=True):
        """Starts it, or again, with the same data and ports."""
        with open(self.conf, "w", encoding="ascii") as out:
            out.writelines(f"{name}={value}\n" for name, value in self._settings().items())
        if not self.is_formatted:
            self._format()
        start = os.path.getsize(self.log_path) if os.path.exists(self.log_path) else 0
        self.process = proc.Process(["java", *JAVA, "-cp", self.lib + "/*", "kafka.Kafka", self.conf], self.log_path,
                                    name="kafka", cwd=self.directory)
        if wait:
            self.wait_ready(start)
        return self

    def wait_ready(self, start=0, limit_s=90.0):
        proc.wait_for(lambda: not self.process.is_alive() or STARTED in self.process.log()[start:], "start of Kafka",
                      limit_s)
        if not self.process.is_alive():
            raise RuntimeError("Kafka did not start:\n" + self.process.log()[-3000:])

    def stop(self, limit_s=20.0):
        return self.process.stop(limit_s)

    def kill(self):
        self.process.kill()

    def freeze(self):
        """Every thread stands still; connections stay."""
        self.process.signal(signal.SIGSTOP)

    def thaw(self):
        self.process.signal(signal.SIGCONT)

    def restart(self):
        self.stop()
        return self.start()

    def client(self):
        return kafka_client.Client(self.address())

    def create(self, *topics, partitions=3):
        self.client().create(topics, partitions)

    def read(self, topic):
        """All records of a topic, each partition in order: kafka_client.Record."""
        return self.client().read(topic)

    def tool(self, name="kafka-topics", main="org.apache.kafka.tools.TopicCommand"):
        """A script as Kafka's own bin/ has it. Returns its path."""
        path = os.path.join(self.directory, name)
        with open(path, "w", encoding="ascii") as out:
            out.write(f'#!/bin/sh\nexec java {" ".join(JAVA)} -cp "{self.lib}/*" {main} "$@"\n')
        os.chmod(path, 0o755)
        return path
