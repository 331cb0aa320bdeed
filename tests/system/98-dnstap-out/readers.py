# SPDX-FileCopyrightText: 2026 the telltale authors
# SPDX-License-Identifier: BSD-3-Clause
"""What the readers of dnstap say of a file of frames: one row a frame, the same columns for all of them; and the row
that an event should give."""

import ipaddress
import json
import re
import struct
import subprocess

import yaml

import dnstap

_RCODE = re.compile(r"(?:status|rcode): ([A-Z0-9]+), id:\s*(\d+)")
_COUNT = re.compile(r"ANSWER: (\d+)")
_FLAGS = re.compile(r"flags:([^;]*);")
_QUESTION = re.compile(r"QUESTION SECTION:\n;?(\S+)\s+(\S+)\s+(\S+)")


def payloads(path):
    """Of a file that is one whole stream: START, frames, STOP and nothing behind it."""
    with open(path, "rb") as file:
        data = file.read()
    frames, controls, at = [], [], 0
    while at < len(data):
        length = struct.unpack_from(">I", data, at)[0]
        at += 4
        if length == 0:
            length = struct.unpack_from(">I", data, at)[0]
            controls.append(struct.unpack_from(">I", data, at + 4)[0])
            at += 4
        else:
            frames.append(data[at:at + length])
        at += length
    if controls != [2, 3] or at != len(data):
        raise ValueError(f"{path}: control frames {controls}, {len(data)} bytes, read to {at}")
    return frames


def decode(path):
    """Messages of the Protobuf library."""
    message = dnstap.classes()["Dnstap"]
    return [message.FromString(payload) for payload in payloads(path)]


def of_message(text):
    """name, type, rcode, id, flags and number of answers from the text of a DNS message."""
    rcode, flags, count = _RCODE.search(text), _FLAGS.search(text), _COUNT.search(text)
    asked = _QUESTION.search(text)
    return {"rcode": rcode[1], "id": int(rcode[2]), "flags": " ".join(sorted(flags[1].split())), "answers": int(count[1]),
            "name": asked and (asked[1].lower().rstrip(".") or "."), "qtype": asked and asked[3]}


def _row(message, text, time):
    """time: as text, RFC 3339 or nearly, in UTC."""
    row = {key: message.get(key) for key in ("type", "socket_family", "socket_protocol", "query_port", "response_port")}
    row["socket_protocol"] = None if row["socket_protocol"] == "<nil>" else row["socket_protocol"]
    for key in ("query_address", "response_address"):
        row[key] = message.get(key) and str(ipaddress.ip_address(message[key]))
    seconds, _, digits = str(time).replace("T", " ").replace("+00:00", "").rstrip("Z").partition(".")
    row["time"], row["digits"] = seconds, (digits + "000000")[:6]
    return {**row, **of_message(text)}


def _of(message):
    kind = "query" if message["type"].endswith("_QUERY") else "response"
    return message[kind + "_message"], message[kind + "_time"]


def _run(*argv):
    result = subprocess.run(argv, check=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    return result.stdout


class _Loader(yaml.SafeLoader):  # pylint: disable=too-many-ancestors
    """Times stay texts: YAML's own would cut or shift them."""


_Loader.add_constructor("tag:yaml.org,2002:timestamp", lambda loader, node: node.value)


def _yaml(*argv):
    return [_row(one["message"], *_of(one["message"])) for one in yaml.load_all(_run(*argv), _Loader) if one]


def of_bind(path):
    return _yaml("dnstap-read", "-y", path)


def of_ldns(path):
    return _yaml("dnstap-ldns", "-y", "-r", path)


def of_go(path):
    return [_row(one["message"], *_of(one["message"])) for one in map(json.loads, _run("dnstap", "-j", "-r", path).splitlines())]


ALL = {"dnstap-read": of_bind, "dnstap-ldns": of_ldns, "dnstap": of_go}
# What these releases do not know of the protocol as it is today: dnstap-ldns 0.2 ends at a frame whose transport is
# neither UDP nor TCP (it gets those without), dnstap-read says UDP (9.18) or TCP (9.20) of it and shows no fractions of
# a second.
OLD = ("UDP", "TCP")


def without_new(path, messages):
    """A copy without the frames at which dnstap-ldns ends. Returns those that are in it."""
    kept = [one for one in messages if not one.message.HasField("socket_protocol") or one.message.socket_protocol <= 2]
    with open(path, "wb") as out:
        out.write(dnstap.stream([one.SerializeToString() for one in kept]))
    return kept


def expected(event):
    """The columns that the event determines."""
    is_answered = event["outcome"] == "answered"
    side = event["message_type"].rpartition("_")[0].upper()
    client = side in ("CLIENT", "AUTH")
    answerer = "server" if client else "upstream"
    transport = event.get("transport" if client else "upstream_transport")
    row = {"type": side + ("_RESPONSE" if is_answered else "_QUERY"), "socket_protocol": transport and transport.upper(),
           "socket_family": "INET" if client or "upstream_ip" in event else None, "query_address": event["client_ip"] if client else None, "query_port": event["client_port"] if client else None,
           "response_address": event.get(answerer + "_ip"), "response_port": event.get(answerer + "_port"),
           "name": event["query_name"], "qtype": event["query_type"]}
    if "query_id" in event:
        row["id"] = event["query_id"]
    if is_answered:
        row["time"], row["digits"] = event["timestamp"].replace("T", " ").rstrip("Z").split(".")
        row["rcode"] = event["response_code"]
    return row


def differences(row, event, reader):
    wanted = expected(event)
    if reader == "dnstap-read":
        wanted.pop("digits", None)
        if wanted["socket_protocol"] not in OLD and row["socket_protocol"] in OLD:
            del wanted["socket_protocol"]
    if "\\" in event["query_name"]:
        del wanted["name"], wanted["qtype"]  # each writes odd bytes in its own way, blanks as well
    return {key: (row[key], value) for key, value in wanted.items() if row[key] != value}
