# SPDX-FileCopyrightText: 2026 the telltale authors
# SPDX-License-Identifier: BSD-3-Clause
"""What the checks share: the files of the project, and findings that end in an exit status."""

import os
import re
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.realpath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
BUILD = os.path.join(TOP, os.environ.get("TT_BUILD", "build"))
HOSTS = ("unbound-module", "bind-plugin", "dnsdist-lua", "proxy")
COMMENT = re.compile(r'/\*.*?\*/|//[^\n]*|("(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\')', re.DOTALL)


def files(*endings, under=""):
    """Paths from the top of all files that git knows or would add, with one of these endings."""
    listed = subprocess.run(["git", "ls-files", "-z", "-co", "--exclude-standard"], cwd=TOP, check=False,
                            stdout=subprocess.PIPE)
    names = listed.stdout.decode().split("\0") if listed.returncode == 0 else walk()
    return sorted(name for name in names if name and name.startswith(under) and os.path.isfile(os.path.join(TOP, name))
                  and (not endings or name.endswith(endings)))


def walk():
    """The same without git: a tree unpacked from an archive."""
    for folder, folders, names in os.walk(TOP):
        folders[:] = [name for name in folders if name != ".git" and not name.startswith("build")]
        for name in names:
            yield os.path.relpath(os.path.join(folder, name), TOP)


def read(name):
    with open(os.path.join(TOP, name), encoding="utf-8", errors="surrogateescape") as text:
        return text.read()


def is_text(name):
    with open(os.path.join(TOP, name), "rb") as data:
        return b"\0" not in data.read(8000)


def interpreter(name):
    """The last word of the first line of a script: sh, bash, python3; "" of other files."""
    with open(os.path.join(TOP, name), "rb") as data:
        first = data.readline(200).decode("latin-1").strip()
    return first.split("/")[-1].split()[-1] if first.startswith("#!") else ""


def scripts(*interpreters):
    return [name for name in files() if interpreter(name) in interpreters]


def without_comments(text):
    """C text with comments and the inside of strings blanked; lines keep their numbers."""
    def blank(found):
        kept = '""' if found[1] and found[1][0] == '"' else "''" if found[1] else ""
        return kept + "\n" * found[0].count("\n")
    return COMMENT.sub(blank, text)


def without_block_comments(text):
    """C text without /* */, strings kept; lines keep their numbers."""
    return COMMENT.sub(lambda found: found[0] if found[1] else "\n" * found[0].count("\n"), text)


def lines_with(text, pattern):
    """(line number, match) of every match."""
    for number, line in enumerate(text.splitlines(), 1):
        for found in re.finditer(pattern, line):
            yield number, found


def need(*tools):
    for tool in tools:
        if not shutil.which(tool):
            print(f"SKIP {tool} is not installed")
            sys.exit(77)


def need_file(path, how):
    if not os.path.exists(path):
        print(f"SKIP {os.path.relpath(path, TOP)} does not exist: {how}")
        sys.exit(77)


def finish(findings, looked_at):
    """Prints the findings and exits. A check that looked at nothing has failed."""
    for finding in findings:
        print(finding)
    print(f"{len(findings)} findings in {looked_at} looked at")
    sys.exit(1 if findings or not looked_at else 0)
