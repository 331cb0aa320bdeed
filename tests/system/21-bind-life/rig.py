# SPDX-FileCopyrightText: 2026 the telltale authors
# SPDX-License-Identifier: BSD-3-Clause
"""A named whose log goes to a file through channels of its own, as an operator sets it up, with two views."""

import os
import shutil

import named
import proc

CHANNEL = """logging {{
    channel file {{ file "{path}"; severity info; print-time yes; print-category yes; print-severity yes; }};
    category default {{ file; }};
}};
"""
INNER = "127.0.0.2"  # who asks from here gets the view "inner"
QUERY = "www.plain.test"


def program(name):
    return shutil.which(name, path=named.PATH)


def views(inner=True, outer=True):
    """The two views, each with the plugin or without."""
    return [named.View("inner", f"match-clients {{ {INNER}; }};", has_plugin=inner),
            named.View("outer", "match-clients { any; };", has_plugin=outer)]


class Logged(named.Named):
    """Keywords of its own: tail (text at the end of the last view), channel (where the logging clause writes to)."""

    def __init__(self, directory, authority=None, **settings):
        self.logs = [os.path.join(os.path.abspath(directory), name) for name in ("first.log", "channel.log")]
        super().__init__(directory, authority, **{"tail": "", "channel": self.logs[1], **settings})
        self.extra, self.before = self.settings["clauses"], [0, 0]

    def write_conf(self):
        channel = CHANNEL.format(path=self.settings["channel"]) if self.settings["channel"] else ""
        self.settings["clauses"] = channel + self.extra
        super().write_conf()

    def body(self):
        text = super().body()
        return text[:-len("};\n")] + self.settings["tail"] + "};\n" if self.settings["tail"] else text

    def argv(self):
        """-L: where named writes until its logging clause counts, which is after the views are made."""
        words = super().argv()
        return ["-f" if word == "-g" else word for word in words] + ["-L", self.logs[0]]

    def log(self):
        return "".join(map(_read, self.logs))

    def log_of_this_start(self):
        return "".join(_read(path)[before:] for path, before in zip(self.logs, self.before))

    def stderr(self):
        return _read(self.log_path)

    def launch(self, argv):
        self.before = [len(_read(path)) for path in self.logs]
        super().launch(argv)

    def try_control(self, *words):
        """Whether rndc says that it worked."""
        try:
            self.control(*words)
            return True
        except RuntimeError:
            return False

    def answers(self, *sources):
        """Whether every view answers."""
        return all(self.ask(QUERY, source=source).rcode == "NOERROR" for source in sources or ("127.0.0.1", INNER))

    def lines(self):
        """Our lines of named's log."""
        return [line for line in self.log().splitlines() if "telltale" in line]

    def said(self, *words, limit_s=5.0):
        """True when one line of ours has all of these words, or comes soon."""
        try:
            return proc.wait_for(lambda: any(all(word in line for word in words) for line in self.lines()), words[0],
                                 limit_s)
        except proc.Timeout:
            return False

    def tells(self, source="127.0.0.1"):
        """Whether a question gets its answer and its event."""
        asked = self.ask(QUERY, source=source)
        return asked.rcode == "NOERROR" and self.events.of(asked) is not None

    def has_metrics(self):
        try:
            return bool(self.metrics.text(2))
        except OSError:
            return False


def _read(path):
    try:
        with open(path, encoding="utf-8", errors="replace") as text:
            return text.read()
    except FileNotFoundError:
        return ""
