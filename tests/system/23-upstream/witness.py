# SPDX-FileCopyrightText: 2026 the telltale authors
# SPDX-License-Identifier: BSD-3-Clause
"""What the other side of each exchange saw: the authority by its own dnstap, read with the Protobuf library, and the
responder by what it was asked and said."""

import ipaddress
import os
import struct

import dnsmsg
import dnstap
import responder

OPTIONS = 'dnstap {{ all; }}; dnstap-output file "{directory}/seen.dnstap"; fstrm-set-input-queue-size 16384;'


class Exchange:
    """One query as the server got it, and the reply that it sent, or None."""

    def __init__(self, address, transport, query, reply=None):
        self.address, self.transport, self.query, self.reply = address, transport, dnsmsg.Message(query), reply
        self.query_size = len(query)

    def key(self):
        return (self.address, self.transport, self.query.ident, dnsmsg.wire_to_text(self.query.qname), self.query.qtype)

    def message(self):
        """The reply, parsed; None when there is none that can be."""
        try:
            return dnsmsg.Message(self.reply) if self.reply else None
        except (struct.error, IndexError, ValueError):
            return None


def _frames(data):
    """Payloads of a frame stream."""
    at = 0
    while at + 4 <= len(data):
        length = struct.unpack(">I", data[at:at + 4])[0]
        if length == 0:  # a control frame
            length, at = struct.unpack(">I", data[at + 4:at + 8])[0], at + 4
        elif at + 4 + length <= len(data):
            yield data[at + 4:at + 4 + length]
        at += 4 + length


class Witness:
    """Made before the servers start; exchanges() when the authority has ended and its file is whole."""

    def __init__(self):
        self._told = []
        for zone, manner in list(responder.MANNERS.items()):
            responder.MANNERS[zone] = self._listen(zone, manner)

    def _listen(self, zone, manner):
        def answer(query):
            reply = manner(query)
            self._told.append((zone, query, reply))
            return reply
        return answer

    def _of_responder(self, servers):
        for zone, query, reply in self._told:
            if zone == "child":
                address = f"{servers.child_address}@{servers.port}"
            else:
                address = servers.responder.at(zone)
            if reply is not None:
                reply = reply.replace(responder.TTL_MARK, struct.pack(">I", servers.responder.ttl))
            yield Exchange(address, "udp", query, reply)

    @staticmethod
    def _of_authority(servers):
        with open(os.path.join(servers.directory, "seen.dnstap"), "rb") as file:
            data = file.read()
        messages, waiting, told = dnstap.classes()["Dnstap"], {}, []
        for payload in _frames(data):
            message = messages.FromString(payload).message
            address = f"{ipaddress.ip_address(message.response_address)}@{message.response_port}"
            transport = {1: "udp", 2: "tcp"}[message.socket_protocol]
            wire = message.query_message or message.response_message
            key = (message.query_port, wire[:2], transport)
            if message.HasField("query_message"):
                told.append(Exchange(address, transport, message.query_message))
                waiting[key] = told[-1]
            elif message.HasField("response_message"):
                waiting.pop(key).reply = message.response_message
        return told

    def exchanges(self, servers):
        return list(self._of_responder(servers)) + self._of_authority(servers)
