# SPDX-FileCopyrightText: 2026 the telltale authors
# SPDX-License-Identifier: BSD-3-Clause
"""Holds what docs/fields.md says of a host against the records of that host."""

import explained


def differences(software, marks, records, versions):
    """Lines about fields that are there too often or not at all."""
    seen = {}
    for record in records:
        for field in record:
            seen[field] = seen.get(field, 0) + 1
    excused = [field for field, of, _, release in explained.NOT_REACHED
               if of == software and explained.is_of(release, versions)]
    wrong = []
    for field, mark in ((field, by[software]) for field, by in marks.items()):
        count = seen.pop(field, 0)
        if mark == "–" and count:
            wrong.append(f"{field} is marked as never there, and is in {count} events")
        elif mark == "always" and count != len(records):
            wrong.append(f"{field} is marked as always there, and is missing in {len(records) - count} events")
        elif mark == "nullable" and not count and field not in excused:
            wrong.append(f"{field} is marked, and in no event")
        elif count and field in excused:
            wrong.append(f"{field} is in {count} events, and explained.py says that it is not reached")
    return wrong + [f"{field} is no field" for field in seen]
