# SPDX-FileCopyrightText: 2026 the telltale authors
# SPDX-License-Identifier: BSD-3-Clause
"""An upstream event against what the server saw of the same exchange."""

import collections

import agree
import dnsmsg

OF_CLIENTS = ("client_ip", "client_net", "client_port", "server_ip", "transport", "latency_us", "ttl", "cache_status",
              "transaction_id", "parent_transaction_id", "view", "worker")
OF_RESPONSES = ("response_code", "response_size", "aa", "tc", "ra", "answer_count", "answer_ips", "ttl_original",
                "upstream_rtt_us")
COARSE_US = 4000  # of named's clock at 250 Hz


def key_of(event):
    return (f"{event['upstream_ip']}@{event['upstream_port']}", event["upstream_transport"], event["query_id"],
            event["query_name"], dnsmsg.type_number(event["query_type"]))


def _query(exchange):
    query = exchange.query
    edns = [record for record in query.additional if record.rtype == 41]
    kind = "forwarder" if query.rd else "resolver"
    return {"message_type": kind + "_response", "upstream_role": "forwarder" if query.rd else "authority",
            "query_size": exchange.query_size, "rd": query.rd, "cd": query.cd, "opcode": "QUERY", "query_class": "IN",
            "dnssec_ok": bool(edns and edns[0].ttl & 0x8000), "edns_udp_size": query.edns_size,
            **dict.fromkeys(OF_CLIENTS)}


def _response(message, size, is_cut):
    wanted = {"outcome": "answered", "response_code": message.rcode_word, "response_size": size, "aa": message.aa,
              "tc": message.tc, "ra": message.ra, "ad": message.ad, "answer_count": len(message.answer),
              "upstream_rtt_us": lambda rtt: rtt is not None and rtt % 1000 == 0}
    if not is_cut:
        wanted["answer_ips"] = lambda ips: sorted(ips or []) == sorted(message.ips())
    if message.answer:
        wanted["ttl_original"] = message.ttl()
    return wanted


def differences(event, exchange):
    """answered or not is what the event says: a server's reply may not have been good enough for named."""
    wanted, message = _query(exchange), exchange.message()
    if event["outcome"] == "timeout":
        wanted.update(dict.fromkeys(OF_RESPONSES), outcome="timeout")
    elif message is None:
        return ["answered by a reply that cannot be read or was never sent"]
    else:
        wanted.update(_response(message, len(exchange.reply), event.get("answer_truncated", False)))
    return agree.fields(event, wanted)


def match(events, exchanges):
    """(pairs, events without an exchange, exchanges without an event)."""
    waiting, pairs, alone = collections.defaultdict(list), [], []
    for exchange in exchanges:
        waiting[exchange.key()].append(exchange)
    for event in events:
        found = waiting[key_of(event)]
        if found:
            pairs.append((event, found.pop(0)))
        else:
            alone.append(event)
    return pairs, alone, [exchange for found in waiting.values() for exchange in found]
