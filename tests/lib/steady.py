# SPDX-FileCopyrightText: 2026 the telltale authors
# SPDX-License-Identifier: BSD-3-Clause
"""A steady client: asks names that never were before, at a fixed rate, and notes when each answer came."""

import select
import socket
import struct
import threading
import time


class Steady:
    """Asks <prefix><number>.<zone> of a resolver from a thread of its own, from start() to stop().
    answered: {name: time of its answer (monotonic)}."""

    def __init__(self, port, prefix, zone="k.test", per_second=2000):
        self.port, self.prefix, self.zone, self.per_second = port, prefix, zone, per_second
        self.asked, self.answered = 0, {}
        self._goes_on, self._thread = True, threading.Thread(target=self._run, daemon=True)

    def start(self):
        self._thread.start()
        return self

    def stop(self):
        self._goes_on = False
        self._thread.join(10)
        return self

    def _name(self, number):
        return f"{self.prefix}{number}.{self.zone}"

    def _query(self, number):
        labels = b"".join(bytes([len(label)]) + label.encode() for label in self._name(number).split("."))
        return struct.pack("!HHHHHH", number & 0xffff, 0x100, 1, 0, 0, 0) + labels + b"\0\0\1\0\1"

    def _receive(self, sock, waits_s):
        while select.select([sock], [], [], waits_s)[0]:
            try:
                answer = sock.recv(4096)
            except OSError:  # nobody listens just now
                return
            end = 13 + answer[12]
            self.answered[f"{answer[13:end].decode()}.{self.zone}"] = time.monotonic()
            waits_s = 0

    def _run(self):
        started = time.monotonic()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.connect(("127.0.0.1", self.port))
            while self._goes_on:
                due = int((time.monotonic() - started) * self.per_second)
                while self.asked < due and self._goes_on:
                    try:
                        sock.send(self._query(self.asked))
                    except OSError:
                        pass
                    self.asked += 1
                self._receive(sock, 0.002)
            self._receive(sock, 0.2)
