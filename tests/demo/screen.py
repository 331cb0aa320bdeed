# SPDX-FileCopyrightText: 2026 the telltale authors
# SPDX-License-Identifier: BSD-3-Clause
"""What the demo shows, and its list of checks."""

import os
import sys

ON_TERMINAL = sys.stdout.isatty()
COLUMNS = "{kind:19} {question:28} {got:32} {says:52} {verdict}"


def paint(text, colour):
    return f"\033[{colour}m{text}\033[0m" if ON_TERMINAL else text


def cut(text, width):
    return text if len(text) <= width else text[:width - 1] + "…"


def event_words(event):
    """What an event says, in one short text."""
    if event is None:
        return "no event"
    words = [event.get("cache_status"), event.get("dnssec_status"), event.get("response_code"),
             event.get("drop_reason") or event.get("servfail_reason")]
    words = [event["outcome"] if event["outcome"] != "answered" else None, *words, *event.get("answer_ips", [])[:1]]
    if "latency_us" in event:
        words.append(f"{event['latency_us'] / 1000:.1f} ms")
    return " ".join(word for word in words if word)


def heading(title):
    print("\n" + paint(COLUMNS.format(kind=title, question="question", got="the client got", says="the event says",
                                      verdict=""), 1))


def row(kind, asked, says, differences):
    """The line of one case."""
    verdict = paint("ok", 32) if not differences else paint("FAIL", 31) + " " + "; ".join(differences)
    print(COLUMNS.format(kind=kind, question=cut(f"{asked.name} {asked.qtype}", 28), got=cut(asked.got(), 32),
                         says=cut(says, 52), verdict=verdict), flush=True)


class Summary:
    """The checks as they are made: one line each in summary.txt."""

    def __init__(self):
        self.lines, self.failed = [], 0

    def check(self, is_true, what, detail=""):
        self.lines.append(f"{'ok  ' if is_true else 'FAIL'} {what}{'' if is_true else ': ' + detail}")
        self.failed += not is_true
        return is_true

    def finish(self, directory, books, asked_n):
        """Writes the file; shows the books and what failed. books: lines by the title of a host."""
        lines = [line for title, told in books.items() for line in ("", f"books of {title}:", *told)]
        with open(os.path.join(directory, "summary.txt"), "w", encoding="utf-8") as out:
            out.write("\n".join(self.lines + lines) + "\n")
        print("\n".join(lines[:1] + ["  " + line if not line.startswith("books") else line for line in lines[1:]]))
        print("\n".join("  " + paint(line, 31) for line in self.lines if line.startswith("FAIL")))
        count = len(self.lines)
        print(f"{count - self.failed} of {count} checks ok, {asked_n} queries asked; see {os.path.relpath(directory)}/")
