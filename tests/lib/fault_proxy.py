# SPDX-FileCopyrightText: 2026 the telltale authors
# SPDX-License-Identifier: BSD-3-Clause
"""A proxy between a sink and its server that does what networks and servers do on bad days.

    proxy = fault_proxy.Proxy(("127.0.0.1", 9092))      # upstream: (address, port) or the path of a unix socket
    ... give the sink proxy.address, proxy.port (or proxy.path, with listen="/some/path") ...
    proxy.set("black_hole")                             # now, for open connections and new ones
    proxy.set("rst_after", n=1000, direction="up")
    proxy.set("pass")
    proxy.connections, proxy.open, proxy.up, proxy.down # accepted so far, open now, bytes forwarded each way
    proxy.reset()                                       # RST to all open connections, once
    proxy.close()

"up" is towards the server, "down" towards the client. A fault holds until the next set(). The faults:

    pass              forwards
    delay             ms=…: each piece is forwarded that much later
    black_hole        accepts, forwards nothing; goes on where it was when the fault ends
    refuse            the port is closed: open connections are reset, new ones refused
    rst_after         n=…, direction="up", "down" or "any": forwards so many bytes of a connection (counted from
                      set()), then resets both sides
    trickle           rate=1: so many bytes a second each way
    garbage           answers whatever comes with random bytes, forwards nothing
    half_close        answers the first bytes with the end of its side, goes on reading, forwards nothing
    stop_accepting    takes no connection any more: the kernel does, until the backlog of 1 is full; open ones go on
    endless_headers   answers HTTP whose head never ends
    huge_body         n=10 GB: answers HTTP with such a body, without an end in sight
    answer            text=b"…": answers each piece that comes with these bytes, forwards nothing
"""

import os
import random
import select
import socket
import struct
import threading
import time

import ports

LOOK_MS = 50
PIECE = 1 << 20
BACKLOG = 128
FAULTS = ("pass", "delay", "black_hole", "refuse", "rst_after", "trickle", "garbage", "half_close", "stop_accepting",
          "endless_headers", "huge_body", "answer")
FORWARDING = ("pass", "delay", "rst_after", "trickle", "stop_accepting")


class Fault:
    """One setting; never changed, so that threads compare it by identity."""

    def __init__(self, name, ms=0, n=None, direction="any", rate=1, text=b""):
        if name not in FAULTS:
            raise ValueError(f"no such fault: {name}")
        self.name, self.ms, self.n, self.direction, self.rate, self.text = name, ms, n, direction, rate, text

    def forwards(self):
        return self.name in FORWARDING


class Connection:
    """A client, and the server once something is to be forwarded."""

    def __init__(self, proxy, client):
        self.proxy, self.client, self.server = proxy, client, None
        self.is_over = False
        self.lock = threading.Lock()
        self.counted_for, self.counted = None, {"up": 0, "down": 0}
        self.ends = set()
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self):
        try:
            self._wait_for_server()
            if not self.is_over:
                threading.Thread(target=self._guard, args=("down",), daemon=True).start()
                self._guard("up")
        except OSError:
            self.end(reset=True)

    def _wait_for_server(self):
        """The server is first connected to when there is a reason to."""
        while not self.is_over:
            fault = self.proxy.fault
            if fault.forwards():
                self.server = self.proxy.connect_upstream()
                return
            if fault.name == "black_hole":
                time.sleep(LOOK_MS / 1000)
            elif readable(self.client):
                self._answer(fault)

    def _guard(self, direction):
        try:
            self._pump(direction)
        except (OSError, ValueError):
            self.end(reset=True)

    def _pump(self, direction):
        source, target = (self.client, self.server) if direction == "up" else (self.server, self.client)
        buffer = memoryview(bytearray(PIECE))
        while not self.is_over:
            fault = self.proxy.fault
            if fault.name == "black_hole":
                time.sleep(LOOK_MS / 1000)
                continue
            if not readable(source):
                continue
            if not fault.forwards():
                if direction == "up":
                    self._answer(fault)
                else:
                    time.sleep(LOOK_MS / 1000)
                continue
            n = source.recv_into(buffer[:self._room(fault, direction)])
            if n == 0:
                self._end_of(direction, target)
                return
            self._forward(buffer[:n], direction, target)

    @staticmethod
    def _room(fault, _direction):
        return max(1, fault.rate) if fault.name == "trickle" else PIECE

    def _end_of(self, direction, target):
        """One side has said all it had to say; the other may go on."""
        try:
            target.shutdown(socket.SHUT_WR)
        except OSError:
            pass
        with self.lock:
            self.ends.add(direction)
            is_both = len(self.ends) == 2
        if is_both:
            self.end()

    def _forward(self, piece, direction, target):
        """The fault is looked at anew: it may have come while nothing did."""
        while not self.is_over:
            fault = self.proxy.fault
            if fault.name == "black_hole":
                time.sleep(LOOK_MS / 1000)
                continue
            if not fault.forwards():
                return
            if fault.name == "delay":
                time.sleep(fault.ms / 1000)
            if fault.name == "rst_after":
                piece = self._before_reset(piece, direction, fault)
            if fault.name == "trickle" and len(piece) > fault.rate:
                self._send(piece[:fault.rate], direction, target)
                piece = piece[fault.rate:]
                time.sleep(1)
                continue
            self._send(piece, direction, target)
            if fault.name == "trickle":
                time.sleep(1)
            return

    def _before_reset(self, piece, direction, fault):
        """As much of the piece as may still pass; the last of it ends the connection."""
        with self.lock:
            if self.counted_for is not fault:
                self.counted_for, self.counted = fault, {"up": 0, "down": 0}
            before = self.counted["up"] + self.counted["down"] if fault.direction == "any" else \
                self.counted.get(fault.direction, 0)
            self.counted[direction] += len(piece)
        if fault.direction not in ("any", direction) or before + len(piece) < (fault.n or 0):
            return piece
        target = self.server if direction == "up" else self.client
        self._send(piece[:max(0, (fault.n or 0) - before)], direction, target)
        self.end(reset=True)
        return piece[:0]

    def _send(self, piece, direction, target):
        if len(piece) == 0:
            return
        target.setblocking(False)
        at = 0
        while at < len(piece) and not self.is_over:
            try:
                at += target.send(piece[at:])
            except BlockingIOError:
                poller = select.poll()
                poller.register(target, select.POLLOUT)
                poller.poll(LOOK_MS)
        self.proxy.count(direction, at)

    def _answer(self, fault):
        """What came is read and gets the answer of the fault."""
        data = self.client.recv(PIECE)
        if not data:
            self.end()
        elif fault.name == "garbage":
            self._send(random.randbytes(1024), "down", self.client)
        elif fault.name == "answer":
            self._send(fault.text, "down", self.client)
        elif fault.name == "half_close" and "down" not in self.ends:
            self.ends.add("down")
            self.client.shutdown(socket.SHUT_WR)
        elif fault.name == "endless_headers":
            self._send(b"HTTP/1.1 200 OK\r\n", "down", self.client)
            self._send_for(fault, b"X-Filler: " + b"x" * 500 + b"\r\n", 1 << 62)
        elif fault.name == "huge_body":
            size = fault.n or 10_000_000_000
            self._send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size, "down", self.client)
            self._send_for(fault, b"x" * 65536, size)

    def _send_for(self, fault, piece, size):
        sent = 0
        while sent < size and self.proxy.fault is fault and not self.is_over:
            self._send(piece[:size - sent], "down", self.client)
            sent += len(piece)

    def end(self, reset=False):
        """Closes both sides, with RST when asked to."""
        with self.lock:
            if self.is_over:
                return
            self.is_over = True
            for side in (self.client, self.server):
                if side is None:
                    continue
                if reset and side.family != socket.AF_UNIX:
                    side.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                side.close()
        self.proxy.forget(self)


def readable(sock):
    """True when there is something to read within LOOK_MS; ValueError or OSError when it is closed."""
    poller = select.poll()
    poller.register(sock, select.POLLIN)
    return bool(poller.poll(LOOK_MS))


class Proxy:
    """See above. listen: a port, None for a free one, or the path of a unix socket."""

    def __init__(self, upstream, listen=None, address="127.0.0.1"):
        self.upstream, self.fault = upstream, Fault("pass")
        self.connections, self.up, self.down = 0, 0, 0
        self._lock, self._open, self._is_over = threading.Lock(), set(), False
        self.path = listen if isinstance(listen, str) else None
        # A port that was asked for by number stays ours also while nobody listens.
        self._listener = self._listen_unix() if self.path else self._listen_tcp(address, listen or ports.free(address))
        self.address, self.port = (None, None) if self.path else self._listener.getsockname()
        self._is_listening = True
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    @staticmethod
    def _listen_tcp(address, port):
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((address, port))
        listener.listen(BACKLOG)
        return listener

    def _listen_unix(self):
        if os.path.exists(self.path):
            os.unlink(self.path)
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        listener.bind(self.path)
        listener.listen(BACKLOG)
        return listener

    @property
    def open(self):
        with self._lock:
            return len(self._open)

    def set(self, name, **arguments):
        """Switches the fault; it holds when this returns."""
        fault = Fault(name, **arguments)
        with self._lock:
            self.fault = fault
            if name == "refuse" and self._is_listening:
                self._listener.shutdown(socket.SHUT_RD)  # the port or path stays ours, nobody listens at it
                self._is_listening = False
            elif name != "refuse":
                if self.path and not self._is_listening:
                    self._listener.close()
                    self._listener = self._listen_unix()
                self._listener.listen(1 if name == "stop_accepting" else BACKLOG)
                self._is_listening = True
        if name == "refuse":
            self.reset()

    def reset(self):
        with self._lock:
            connections = list(self._open)
        for connection in connections:
            connection.end(reset=True)

    def close(self):
        self._is_over = True
        self._thread.join()
        self.reset()
        self._listener.close()

    def connect_upstream(self):
        """A new connection to the server; OSError when there is none."""
        if isinstance(self.upstream, str):
            sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            sock.connect(self.upstream)
            return sock
        sock = socket.create_connection(self.upstream, timeout=10)
        sock.settimeout(None)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return sock

    def count(self, direction, n):
        with self._lock:
            if direction == "up":
                self.up += n
            else:
                self.down += n

    def forget(self, connection):
        with self._lock:
            self._open.discard(connection)

    def _accept(self):
        while not self._is_over:
            if self.fault.name in ("stop_accepting", "refuse") or not self._is_listening:
                time.sleep(LOOK_MS / 1000)
                continue
            try:
                if not readable(self._listener):
                    continue
                client, _ = self._listener.accept()
            except (OSError, ValueError):  # it was replaced just now
                continue
            if client.family != socket.AF_UNIX:
                client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self._lock:
                self.connections += 1
            connection = Connection(self, client)
            with self._lock:
                if not connection.is_over:
                    self._open.add(connection)
