#!/usr/bin/python3
# SPDX-FileCopyrightText: 2026 the telltale authors
# SPDX-License-Identifier: BSD-3-Clause
"""The tables of explained.py as docs/hosts.md shows them. Run by itself, writes them there."""

import os
import sys

sys.path.append(os.path.join(os.path.dirname(os.path.realpath(__file__)), "../../lib"))
import explained  # noqa: E402
import kinds  # noqa: E402

PATH = os.path.join(os.path.dirname(os.path.realpath(__file__)), "../../../docs/hosts.md")
BEGIN = "<!-- Written by tests/system/12-agree/page.py from explained.py, and compared with it by that test. -->\n"
END = "<!-- end -->\n"


def value(wanted):
    """What one side of a row says, in words."""
    if wanted is None:
        return "absent"
    if wanted is explained.THERE:
        return "there"
    if isinstance(wanted, explained.AtMost):
        return f"≤ {wanted.number}"
    if isinstance(wanted, set):
        return ", ".join(sorted(map(value, wanted)))
    return f"`{str(wanted).lower() if isinstance(wanted, bool) else wanted}`"


def table(head, rows):
    lines = [head, ["---"] * len(head), *rows]
    return "".join("| " + " | ".join(line) + " |\n" for line in lines)


def counted(reason):
    return "event" if reason is None else reason if reason == explained.UNCOUNTED else f"`{reason}`"


def text():
    """All tables, with their headings."""
    parts = [f"\nOf {len(kinds.ALL)} kinds of question.\n\n### Same question, other words\n\n", table(
        ["field", "kinds of question", "Unbound", "BIND", "why", "of"],
        [[" ".join(f"`{field}`" for field in row.fields), "; ".join(row.kinds).replace("*", "…"), value(row.unbound),
          value(row.bind), row.why, row.of or "all"] for row in explained.ROWS])]
    parts += ["\n### Queries without an event\n\n", table(
        ["kind of question", "Unbound", "BIND"],
        [[kind, *map(counted, reasons)] for kind, reasons in explained.UNSEEN.items()])]
    parts += ["\n### Never compared\n\n", table(
        ["field", "why"], [[f"`{field}`", why] for field, why in explained.LEFT_OUT.items()])]
    parts += ["\n### Fields of a host that no question of the test shows\n\n", table(
        ["field", "host", "why"],
        [[f"`{field}`", release or {"unbound": "Unbound", "bind": "BIND"}[software], why]
         for field, software, why, release in explained.NOT_REACHED])]
    return "".join(parts) + "\n"


def shown():
    """What the page shows now."""
    with open(PATH, encoding="utf-8") as page:
        return page.read().partition(BEGIN)[2].partition(END)[0]


def write():
    with open(PATH, encoding="utf-8") as page:
        before, _, rest = page.read().partition(BEGIN)
    after = rest.partition(END)[2]
    with open(PATH, "w", encoding="utf-8") as page:
        page.write(before + BEGIN + text() + END + after)


if __name__ == "__main__":
    write()
