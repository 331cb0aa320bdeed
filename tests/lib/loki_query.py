# SPDX-FileCopyrightText: 2026 the telltale authors
# SPDX-License-Identifier: BSD-3-Clause
"""The part of LogQL that docs/sinks/loki.md uses, over lines in memory; a query of any other form is a ValueError.

    {job="telltale",kind="enriched"} | json | response_code="NXDOMAIN" | event_id!="…"
    sum by (a, b) (count_over_time({…} | json [5m]))         and topk(10, …) of that
"""

import json
import re

SELECTOR = re.compile(r'\s*\{([^}]*)\}')
MATCHER = re.compile(r'\s*(\w+)\s*(=|!=|=~)\s*"((?:[^"\\]|\\.)*)"\s*(?:,|$)')
STAGE = re.compile(r'\s*\|\s*(?:(json)\b|(\w+)\s*(=|!=|=~)\s*"((?:[^"\\]|\\.)*)")')
METRIC = re.compile(r"\s*(?:topk\((\d+),\s*)?sum by \(([\w, ]+)\)\s*\(count_over_time\((.*)\[(\d+)([smh])\]\)\)\)?\s*",
                    re.DOTALL)
SECONDS = {"s": 1, "m": 60, "h": 3600}


def is_match(labels, name, how, value):
    found = labels.get(name, "")
    if how == "=~":
        return re.fullmatch(value, found) is not None
    return (found == value) == (how == "=")


def as_labels(line):
    """What `| json` makes of a line: keys of the top level, all texts."""
    made = {}
    for name, value in json.loads(line).items():
        if not isinstance(value, (list, dict)):
            made[name] = value if isinstance(value, str) else json.dumps(value)
    return made


def select(lines, query):
    """(labels, ns, line) of those that a query of the log finds."""
    head = SELECTOR.match(query)
    if not head:
        raise ValueError(f"no selector: {query}")
    at, text, matchers = head.end(), head[1].strip(), []
    while text:
        found = MATCHER.match(text)
        if not found:
            raise ValueError(f"no matcher: {text}")
        matchers.append(found.groups())
        text = text[found.end():].strip()
    stages = []
    while query[at:].strip():
        found = STAGE.match(query, at)
        if not found:
            raise ValueError(f"no stage: {query[at:]}")
        stages.append(found.groups())
        at = found.end()
    for labels, ns, line in lines:
        labels = dict(labels)
        if all(is_match(labels, *matcher) for matcher in matchers) and passes(labels, line, stages):
            yield labels, ns, line


def passes(labels, line, stages):
    for is_json, name, how, value in stages:
        if is_json:
            labels.update({key: text for key, text in as_labels(line).items() if key not in labels})
        elif not is_match(labels, name, how, value):
            return False
    return True


def count(lines, query, end_ns):
    """One sample for each group, at the end."""
    top, names, inner, number, unit = METRIC.fullmatch(query).groups()
    from_ns = end_ns - int(number) * SECONDS[unit] * 10**9
    groups = {}
    for labels, ns, _ in select(lines, inner):
        if from_ns < ns <= end_ns:
            key = tuple((name, labels[name]) for name in re.split(r",\s*", names.strip()) if name in labels)
            groups[key] = groups.get(key, 0) + 1
    found = sorted(groups.items(), key=lambda one: -one[1])[:int(top) if top else None]
    return [{"metric": dict(key), "values": [[end_ns / 1e9, str(n)]]} for key, n in found]


def run(lines, query, start_ns, end_ns):
    """What query_range answers as `data`."""
    if METRIC.fullmatch(query):
        return {"resultType": "matrix", "result": count(lines, query, end_ns)}
    streams = {}
    for labels, ns, line in select(lines, query):
        if start_ns <= ns < end_ns:
            streams.setdefault(tuple(sorted(labels.items())), []).append([str(ns), line])
    return {"resultType": "streams", "result": [{"stream": dict(key), "values": sorted(values)}
                                                for key, values in streams.items()]}
