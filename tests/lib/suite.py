# SPDX-FileCopyrightText: 2026 the telltale authors
# SPDX-License-Identifier: BSD-3-Clause
"""Finds the tests: by where a file lies, so that a new test is a new file and no list.

  tests/lint/check-NAME                executable                        lint/NAME
  tests/unit/FOLDER/test_UNIT.c        its binary, by every build made   unit/FOLDER/test_UNIT, unit:thread/...
  tests/KIND/NAME.c                    the same, for the KINDs below     KIND/NAME
  tests/KIND/run, tests/KIND/NAME/run  executable script                 KIND, KIND/NAME
  COMMANDS below                       what needs arguments              its name

A script may say its time limit in one of its first lines: "# limit: 600 s". Exit status 0 passed, 77 skipped (the
reason is the last line), else failed.
"""

import fnmatch
import glob
import os
import re

import tree

# KIND: seconds a test may take, whether it needs the machine for itself.
KINDS = {"lint": (180, False), "unit": (120, False), "golden": (120, False), "inject": (180, False),
         "diff": (300, False), "fuzz": (300, False), "stress": (300, True), "system": (300, True)}
SANITIZED_FACTOR = 3
CASES = ("stress",)  # kinds whose .c files are tests by themselves
COMMANDS = [
    ("fuzz/wire", ["tests/fuzz/run", "wire", "200000"]),
    ("fuzz/conf", ["tests/fuzz/run", "conf", "20000"]),
    *((f"fuzz/{name}", ["tests/fuzz/run", name, "200000"])
      for name in ("control", "dnstap", "mmdb", "pcap", "suffix", "threat")),
    ("fuzz/spool", ["tests/fuzz/run", "spool", "20000"]),
    ("diff/packets", ["tests/diff/compare", "--mutants", "20000", "tests/golden/packets/good.hex",
                      "tests/golden/packets/hostile.hex", "tests/golden/packets/large.hex"]),
]


class Test:
    """One thing to run. missing: why it cannot be, or None."""

    def __init__(self, name, argv, limit_s, is_alone=False, is_cmocka=False, missing=None, env=None):
        self.name, self.argv, self.limit_s, self.is_alone = name, argv, limit_s, is_alone
        self.is_cmocka, self.missing, self.env = is_cmocka, missing, env or {}


def relative(path):
    return os.path.relpath(path, tree.TOP)


def is_executable(path):
    return os.path.isfile(path) and os.access(path, os.X_OK)


def script_limit_s(path, otherwise):
    with open(path, encoding="utf-8") as lines:
        head = "".join(line for line, _ in zip(lines, range(15)))
    found = re.search(r"^# limit: (\d+) s", head, re.MULTILINE)
    return int(found[1]) if found else otherwise


def script(kind, name, path):
    limit_s, is_alone = KINDS[kind]
    return Test(name, [path], script_limit_s(path, limit_s), is_alone)


def scripts():
    tests = [script("lint", "lint/" + os.path.basename(path)[len("check-"):], path)
             for path in glob.glob(os.path.join(tree.TOP, "tests/lint/check-*")) if is_executable(path)]
    for kind in KINDS:
        folder = os.path.join(tree.TOP, "tests", kind)
        if is_executable(os.path.join(folder, "run")) and kind not in {name.split("/")[0] for name, _ in COMMANDS}:
            tests.append(script(kind, kind, os.path.join(folder, "run")))
        tests += [script(kind, f"{kind}/{os.path.basename(os.path.dirname(path))}", path)
                  for path in glob.glob(os.path.join(folder, "*/run")) if is_executable(path)]
    return tests


def commands():
    return [Test(name, [os.path.join(tree.TOP, argv[0]), *argv[1:]], *KINDS[name.split("/")[0]])
            for name, argv in COMMANDS]


def builds():
    """(directory, word of the variant) of the ordinary build and of every sanitized one that was made."""
    found = [(tree.BUILD, "")]
    for path in sorted(glob.glob(os.path.join(tree.TOP, "build-*"))):
        if os.path.isdir(os.path.join(path, "tests")):
            found.append((path, ":" + os.path.basename(path)[len("build-"):]))
    return found


def binary(kind, source, build, variant):
    stem = relative(source)[:-len(".c")]
    path = os.path.join(build, stem)
    limit_s, is_alone = KINDS[kind]
    missing = None if is_executable(path) else f"{relative(path)} is not built: run make tests-bin"
    name = stem[len("tests/"):].replace(kind, kind + variant, 1)
    return Test(name, [path], limit_s * (SANITIZED_FACTOR if variant else 1), is_alone, is_cmocka=True,
                missing=missing)


def binaries():
    sources = [("unit", path) for path in glob.glob(os.path.join(tree.TOP, "tests/unit/*/test_*.c"))]
    for kind in CASES:
        if not is_executable(os.path.join(tree.TOP, "tests", kind, "run")):
            sources += [(kind, path) for path in glob.glob(os.path.join(tree.TOP, "tests", kind, "*.c"))]
    tests = []
    for build, variant in builds():
        made = [binary(kind, path, build, variant) for kind, path in sources]
        tests += [test for test in made if not variant or not test.missing]  # a variant may build only some
    return tests


def discover():
    """All tests, cheap ones first."""
    order = {kind: number for number, kind in enumerate(KINDS)}
    return sorted(scripts() + commands() + binaries(),
                  key=lambda test: (order[re.split("[/:]", test.name)[0]], test.name))


def select(tests, names):
    if not names:
        return tests
    return [test for test in tests
            if any(test.name == name or test.name.startswith(name.rstrip("/") + "/") or
                   fnmatch.fnmatch(test.name, name) or f"/{name}" in "/" + test.name for name in names)]
