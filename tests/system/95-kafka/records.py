# SPDX-FileCopyrightText: 2026 the telltale authors
# SPDX-License-Identifier: BSD-3-Clause
"""Records out of Kafka as the file sink writes them: Protobuf decoded by protoc's classes, shown as JSON shows it."""

import ipaddress
import os
import sys
from datetime import datetime, timezone

import dns.opcode
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import proc
import tree

HEX64 = {"answer_digest", "enrichment_id", "config_digest"}
IDS = {"event_id", "transaction_id", "parent_transaction_id"}
NETS = {"client_net", "ecs"}
ADDRESSES = {"client_ip", "proxied_by", "server_ip", "upstream_ip"}
CODES = {"query_type": dns.rdatatype.to_text, "query_class": dns.rdataclass.to_text,
         "response_code": lambda number: dns.rcode.to_text(number) if number < 12 else f"RCODE{number}",
         "opcode": lambda number: dns.opcode.to_text(number) if number < 6 and number != 3 else f"OPCODE{number}"}


def classes(directory):
    """The module that protoc makes of the generated schema."""
    schema = os.path.join(tree.TOP, "docs/schema")
    proc.run(["protoc", f"--python_out={directory}", f"-I{schema}", "telltale.proto"])
    sys.path.insert(0, directory)
    import telltale_pb2
    return telltale_pb2


def _enum(field, value):
    names = {number: row.name for number, row in field.enum_type.values_by_number.items()}
    return names[value][len(names[0]) - len("UNSPECIFIED"):].lower()


def _time(value):
    moment = datetime.fromtimestamp(value // 1000000, timezone.utc)
    return moment.strftime("%Y-%m-%dT%H:%M:%S") + f".{value % 1000000:06d}Z"


def shown(field, value):
    if field.label == field.LABEL_REPEATED:
        return [str(ipaddress.ip_address(each)) if field.name == "answer_ips" else each for each in value]
    if field.enum_type is not None:
        return _enum(field, value)
    if field.name in IDS:
        return value.hex()
    if field.name in HEX64:
        return f"{value:016x}"
    if field.name in NETS:
        return f"{ipaddress.ip_address(value[:-1])}/{value[-1]}"
    if field.name in ADDRESSES:
        return str(ipaddress.ip_address(value))
    if field.name == "timestamp":
        return _time(value)
    return CODES[field.name](value) if field.name in CODES else value


def of_protobuf(message_class, data):
    message = message_class.FromString(data)
    return {field.name: shown(field, value) for field, value in message.ListFields()}


def without_mark(record):
    """A record that may have been sent twice says so, and is the same else."""
    return {name: value for name, value in record.items() if name != "dup"}
