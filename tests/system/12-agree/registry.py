# SPDX-FileCopyrightText: 2026 the telltale authors
# SPDX-License-Identifier: BSD-3-Clause
"""Which fields which host gives, as docs/fields.md says it."""

import os
import re

import tree

COLUMNS = ("unbound", "bind", "dnsdist", "proxy")
ROW = re.compile(r"^\| `(\w+)` \|" + r" (always|nullable|–) \|" * len(COLUMNS))


def fields():
    """{field: {software: "always", "nullable" or "–"}}"""
    with open(os.path.join(tree.TOP, "docs/fields.md"), encoding="utf-8") as page:
        part = page.read().partition("\n## Fields and hosts\n")[2]
    rows = [ROW.match(line) for line in part.splitlines()]
    return {row[1]: dict(zip(COLUMNS, row.groups()[1:])) for row in rows if row}
