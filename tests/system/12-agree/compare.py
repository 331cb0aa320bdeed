# SPDX-FileCopyrightText: 2026 the telltale authors
# SPDX-License-Identifier: BSD-3-Clause
"""Finds the fields in which two events of one question differ, and the row of explained.py that says why."""

import fnmatch

import explained

TTL_SLACK_S = 2  # both were asked within this time


def _is_same_ttl(first, second):
    return None not in (first, second) and abs(first - second) <= TTL_SLACK_S


def is_same(field, first, second):
    """Two values of a field; lists whose order is the host's are compared as sets. Of numbers of a process it counts
    whether there is one."""
    if field == "transaction_id":
        return (first is None) == (second is None)
    if field in ("ttl", "ttl_original"):
        return first == second or _is_same_ttl(first, second)
    if field in explained.ANY_ORDER and None not in (first, second):
        return sorted(first) == sorted(second)
    return first == second


def differences(first, second, compared):
    """(field, value of the first, value of the second) of every difference."""
    are_parts = first.get("answer_truncated") and second.get("answer_truncated")
    return [(field, first.get(field), second.get(field)) for field in compared
            if not is_same(field, first.get(field), second.get(field)) and not (are_parts and field in explained.PARTS)]


def fits(row, word, field, values):
    return field in row.fields and any(fnmatch.fnmatchcase(word, pattern) for pattern in row.kinds) and \
        all(explained.holds(wanted, value) for wanted, value in zip((row.unbound, row.bind), values))


class Judge:
    """Looks for the row of each difference, and keeps which rows were needed. versions: see explained.is_of."""

    def __init__(self, versions):
        self.rows = [row for row in explained.ROWS if explained.is_of(row.of, versions)]
        self.used = set()

    def unexplained(self, word, found):
        """Of the differences those that no row explains, as text."""
        lines = []
        for field, *values in found:
            row = next((row for row in self.rows if fits(row, word, field, values)), None)
            if row is None:
                lines.append(f"{field}: Unbound {values[0]!r}, BIND {values[1]!r}")
            else:
                self.used.add(row)
        return lines
