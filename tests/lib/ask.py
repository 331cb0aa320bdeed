# SPDX-FileCopyrightText: 2026 the telltale authors
# SPDX-License-Identifier: BSD-3-Clause
"""Asks one question over UDP, TCP, DoT or DoH, and says what came back, from which port, and how long it took."""

import random
import socket
import ssl
import struct
import time

import dnsmsg

_random = random.SystemRandom()


class Asked:
    """A question and its fate: message is None when no answer came."""

    def __init__(self, name, qtype, transport, ident, port):
        self.name, self.qtype, self.transport, self.ident, self.port = name, qtype, transport, ident, port
        self.wire_name = dnsmsg.name_to_wire(name)
        self.message, self.elapsed_us, self.started = None, None, time.time()

    @property
    def rcode(self):
        return self.message.rcode_word if self.message else None

    def got(self):
        """What the client got, in a few words."""
        if self.message is None:
            return "no answer"
        words = [self.message.rcode_word]
        words += self.message.ips()[:2] or ([f"{len(self.message.answer)} RR"] if self.message.answer else [])
        words += ["TC"] if self.message.tc else []
        words += ["AD"] if self.message.ad else []
        return " ".join(words)


class Server:
    """Where to ask: addresses of one resolver; its IPv6 address is ::1, asked when the source is one."""

    def __init__(self, address, port, tls_port=None, https_port=None):
        self.address, self.port, self.tls_port, self.https_port = address, port, tls_port, https_port

    def ask(self, name, qtype="A", *, transport="udp", timeout_s=5.0, source="127.0.0.1", **options):
        """Asks and waits. options: those of dnsmsg.query."""
        return self.send(name, qtype, transport=transport, source=source, timeout_s=timeout_s,
                         **options).receive(timeout_s)

    def send(self, name, qtype="A", *, transport="udp", source="127.0.0.1", timeout_s=5.0, raw=None, **options):
        """Asks without waiting for the answer; then receive(), once, or close()."""
        port = {"udp": self.port, "tcp": self.port, "dot": self.tls_port, "doh": self.https_port}[transport]
        kind = socket.SOCK_DGRAM if transport == "udp" else socket.SOCK_STREAM
        is_v6 = ":" in source
        sock = socket.socket(socket.AF_INET6 if is_v6 else socket.AF_INET, kind)
        sock.settimeout(timeout_s)
        sock.bind((source, 0))
        sock.connect(("::1" if is_v6 else self.address, port))
        ident = int.from_bytes(raw[:2], "big") if raw else _random.randrange(65536)
        asked = Pending(name, qtype, transport, ident, sock.getsockname()[1])
        asked.sock = _with_tls(sock, transport) if transport in ("dot", "doh") else sock
        query = dnsmsg.query(name, qtype, ident=asked.ident, **options) if raw is None else raw
        asked.clock = time.monotonic()
        asked.started = time.time()
        if transport == "udp":
            asked.sock.send(query)
        elif transport == "doh":
            asked.sock.sendall(_http2_post(query))
        else:
            asked.sock.sendall(struct.pack(">H", len(query)) + query)
        return asked


class Pending(Asked):
    sock = clock = None
    is_garbled = False

    def receive(self, timeout_s=5.0):
        """Waits for the answer; returns itself, with message None when none came."""
        self.sock.settimeout(timeout_s)
        try:
            wire = self._read()
            self.elapsed_us = int((time.monotonic() - self.clock) * 1e6)
            self.message = dnsmsg.Message(wire) if wire else None
        except (TimeoutError, ConnectionError, ssl.SSLError):
            pass
        except (IndexError, ValueError, struct.error):
            self.is_garbled = True  # what was asked was garbled too
        self.close()
        return self

    def close(self):
        self.sock.close()

    def _read(self):
        if self.transport == "udp":
            return self.sock.recv(65535)
        if self.transport == "doh":
            return _http2_answer(self.sock)
        length = _read_exactly(self.sock, 2)
        return _read_exactly(self.sock, struct.unpack(">H", length)[0])


def _with_tls(sock, transport):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE  # our own certificate of this run
    if transport == "doh":
        context.set_alpn_protocols(["h2"])
    return context.wrap_socket(sock)


def _read_exactly(sock, count):
    data = b""
    while len(data) < count:
        part = sock.recv(count - len(data))
        if not part:
            raise ConnectionError("closed")
        data += part
    return data


def _frame(kind, flags, stream, payload):
    return struct.pack(">I", len(payload))[1:] + bytes([kind, flags]) + struct.pack(">I", stream) + payload


def _header(name, value):
    return b"\0" + bytes([len(name)]) + name + bytes([len(value)]) + value  # literal, not indexed, no Huffman


def _http2_post(query):
    """One request (RFC 8484) as a whole connection's beginning (RFC 9113)."""
    headers = b"".join(_header(*pair) for pair in (
        (b":method", b"POST"), (b":scheme", b"https"), (b":authority", b"localhost"), (b":path", b"/dns-query"),
        (b"content-type", b"application/dns-message"), (b"content-length", str(len(query)).encode())))
    return (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + _frame(4, 0, 0, b"") + _frame(1, 4, 1, headers) +
            _frame(0, 1, 1, query))


def _http2_answer(sock):
    body = b""
    while True:
        head = _read_exactly(sock, 9)
        payload = _read_exactly(sock, int.from_bytes(head[:3], "big"))
        kind, flags = head[3], head[4]
        if kind == 4 and not flags & 1:
            sock.sendall(_frame(4, 1, 0, b""))
        elif kind == 0:
            body += payload
        if kind in (0, 1) and flags & 1:
            return body
        if kind in (3, 7):
            raise ConnectionError("refused")
