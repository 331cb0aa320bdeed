# SPDX-FileCopyrightText: 2026 the telltale authors
# SPDX-License-Identifier: BSD-3-Clause
"""A name server that misbehaves, one manner for each zone: late, silent, failing, lame, malformed.

  d500.slow.test       answers 192.0.2.50 after 500 ms
  c9d200.slow.test     after 200 ms an alias of c8d200.slow.test, and so on down to c0d200
  *.servfail.test      SERVFAIL          *.refused.test   REFUSED         *.formerr.test   FORMERR
  *.lame.test          answers without authority, referring upwards
  *.malformed.test     an answer cut in the middle of a record
  *.truncated.test     TC over UDP, and nobody listens on TCP
  *.throttled.test     as slow with no delay; for Unbound's limit on queries to a zone
  *.dead.test          no answer at all
  *.child.parent.test  answers, on port 53 of an address that parent.test refers to, and on the port of the others
"""

import heapq
import re
import selectors
import socket
import struct
import threading
import time

import dnsmsg

TTL_MARK = b"ttl!"  # stands for the TTL until the answer leaves
QR, AA, TC, RA = 0x8000, 0x0400, 0x0200, 0x0080


def _reply(query, flags, answers=b"", answers_n=0, authority=b"", authority_n=0):
    message = dnsmsg.Message(query)
    end = 12 + len(message.qname) + 4
    rd = struct.unpack(">H", query[2:4])[0] & 0x0100
    return (query[:2] + struct.pack(">5H", QR | rd | flags, 1, answers_n, authority_n, 0) + query[12:end] +
            answers + authority)


def _address_record():
    return b"\xc0\x0c" + struct.pack(">HH4sH", 1, 1, TTL_MARK, 4) + socket.inet_aton("192.0.2.50")


def _positive(query):
    if dnsmsg.Message(query).qtype == 1:
        return _reply(query, AA, _address_record(), 1)
    soa = b"\xc0\x0c" + struct.pack(">HHIH", 6, 1, 5, 22) + b"\0\0" + struct.pack(">5I", 1, 60, 60, 60, 5)
    return _reply(query, AA, authority=soa, authority_n=1)


def _lame(query):
    return _reply(query, 0, authority=b"\0" + struct.pack(">HHIH", 2, 1, 60, 9) + b"\x02ns\x04test\0",
                  authority_n=1)


def _malformed(query):
    return _reply(query, AA, _address_record(), 1)[:-6]



def _slow(query):
    found = re.fullmatch(rb"c([1-9]\d*)(d\d+)", _first_label(query))
    if not found:
        return _positive(query)
    label = b"c%d%s" % (int(found[1]) - 1, found[2])
    rest = 12 + 1 + len(_first_label(query))
    target = bytes([len(label)]) + label + struct.pack(">H", 0xC000 | rest)
    return _reply(query, AA, b"\xc0\x0c" + struct.pack(">HHIH", 5, 1, 30, len(target)) + target, 1)


MANNERS = {
    "slow": _slow, "throttled": _positive, "lame": _lame, "malformed": _malformed,
    "servfail": lambda query: _reply(query, 2), "refused": lambda query: _reply(query, 5),
    "formerr": lambda query: _reply(query, 1), "truncated": lambda query: _reply(query, TC | AA),
    "dead": lambda query: None, "child": _positive,
}


def _first_label(query):
    name = dnsmsg.Message(query).qname
    return name[1:1 + name[0]].lower()


def _delay_s(query):
    found = re.fullmatch(rb"(?:c\d+)?d(\d+)", _first_label(query))
    return int(found[1]) / 1000 if found else 0


class Responder:
    """One address for each zone, the same UDP port at all, served by one thread."""

    def __init__(self, port, addresses, child_address=None):
        self._selector = selectors.DefaultSelector()
        self._late, self._sockets, self._count = [], [], 0
        self.ttl, self.silent, self.failing = 30, set(), set()  # of positive answers, s; zones that say nothing, SERVFAIL
        self.asked = {zone: 0 for zone in MANNERS}
        self._at = {}
        for zone, address in addresses.items():
            self._listen(zone, address, port)
        if child_address:
            self._listen("child", child_address, port)
            self._listen("child", child_address, 53)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def at(self, zone):
        return self._at[zone]

    def stop(self):
        self._stop.set()
        self._thread.join(5)
        for sock in self._sockets:
            sock.close()

    def _listen(self, zone, address, port):
        udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        udp.bind((address, port))
        udp.setblocking(False)
        self._sockets.append(udp)
        self._selector.register(udp, selectors.EVENT_READ, zone)
        self._at[zone] = f"{address}@{port}"

    def _serve(self):
        while not self._stop.is_set():
            wait_s = 0.05
            if self._late:
                wait_s = max(0.0, min(wait_s, self._late[0][0] - time.monotonic()))
            for key, _ in self._selector.select(wait_s):
                self._take(key.fileobj, key.data)
            while self._late and self._late[0][0] <= time.monotonic():
                _, _, sock, reply, peer = heapq.heappop(self._late)
                sock.sendto(reply, peer)

    def _take(self, sock, zone):
        try:
            query, peer = sock.recvfrom(65535)
            self.asked[zone] += 1
            reply = None if zone in self.silent else MANNERS["servfail" if zone in self.failing else zone](query)
        except (OSError, IndexError, ValueError, struct.error):
            return
        if reply is None:
            return
        reply = reply.replace(TTL_MARK, struct.pack(">I", self.ttl))
        self._count += 1
        due = time.monotonic() + (_delay_s(query) if zone == "slow" else 0)
        heapq.heappush(self._late, (due, self._count, sock, reply, peer))
