# SPDX-FileCopyrightText: 2026 the telltale authors
# SPDX-License-Identifier: BSD-3-Clause
"""What each privacy policy lets leave of an event, computed from the whole event: not from the code's table."""

import hashlib
import hmac
import ipaddress

# client, query_name, prefix_v4, prefix_v6; the second one makes the golden files
POLICIES = [("net", "full", "24", "48"), ("full", "full", "20", "40"), ("hash", "registrable", "24", "48"),
            ("none", "none", "24", "48"), ("net", "registrable", "16", "32"), ("full", "none", "32", "128"),
            ("none", "full", "24", "48"), ("hash", "none", "24", "48")]
TOPICS = ["raw", "normalized", "enriched"]
KEY, KEY_ID = b"golden", "0123456789abcdef"

PERSONAL = {"client_ip", "client_net", "client_hash", "client_hash_key", "client_port", "proxied_by", "ecs"}
NAMED = {"answer_names", "answer_ips", "answer_rdata", "answer_digest", "ede_text", "dnssec_reason", "policy_name"}
DOMAINS = {"registrable_domain", "public_suffix", "watched_zone", "upstream_zone"}
NORMALIZED = {"registrable_domain", "public_suffix", "watched_zone"}


def cut(net, policy):
    network = ipaddress.ip_network(net, strict=False)
    limit = int(policy[2] if network.version == 4 else policy[3])
    return str(network.supernet(new_prefix=limit)) if network.prefixlen > limit else str(network)


def labels(name):
    """The labels of a name in text form, escapes kept."""
    found, label, escaped = [], "", False
    for char in "" if name == "." else name:
        if char == "." and not escaped:
            found.append(label)
            label = ""
        else:
            label += char
        escaped = char == "\\" and not escaped
    return found + [label] if name != "." else []


def domain_of(name):
    """What the encoder under test takes for the registrable domain."""
    return ".".join(labels(name)[-2:]) if name is not None and len(labels(name)) >= 2 else None


def zone_shown(zone, domain):
    if domain is None:
        return None
    ours, theirs = labels(domain), labels(zone)
    if ours[len(ours) - len(theirs):] == theirs or not theirs:
        return zone
    return domain if theirs[len(theirs) - len(ours):] == ours else None


def client_fields(whole, policy):
    client = policy[0]
    if client == "full":
        return {key: whole[key] for key in ("client_ip", "client_port", "proxied_by", "ecs") if key in whole} | \
               ({"client_net": cut(whole["client_ip"], policy)} if "client_ip" in whole else {})
    if client == "net":
        return ({"client_net": cut(whole["client_ip"], policy)} if "client_ip" in whole else {}) | \
               ({"ecs": cut(whole["ecs"], policy)} if "ecs" in whole else {})
    if client == "hash" and "client_ip" in whole:
        packed = ipaddress.ip_address(whole["client_ip"]).packed
        return {"client_hash": hmac.new(KEY, packed, hashlib.sha256).hexdigest()[:32], "client_hash_key": KEY_ID}
    return {}


def expected(whole, topic, policy):
    """The event that leaves, given the one that full lets leave of raw."""
    event = {key: value for key, value in whole.items() if key not in PERSONAL}
    if topic != "normalized":
        event |= client_fields(whole, policy)
    if policy[1] == "full":
        return event
    domain = domain_of(event.get("query_name"))
    zone = event.pop("upstream_zone", None)
    for key in NAMED | {"query_name"}:
        event.pop(key, None)
    if policy[1] == "registrable" and domain is not None:
        event["query_name"] = domain
        if topic != "raw":
            event["registrable_domain"] = domain
        if zone is not None and zone_shown(zone, domain) is not None:
            event["upstream_zone"] = zone_shown(zone, domain)
    return event
