# SPDX-FileCopyrightText: 2026 the telltale authors
# SPDX-License-Identifier: BSD-3-Clause
"""A test script's frame: a directory, checks printed as they are made, the exit status.

Exit status: 0 all checks true, 1 some false or an error, 77 skipped and none false (the reason is the last line).
"""

import os
import shutil
import sys
import tempfile
import traceback

import proc
import tree


class Skip(Exception):
    """This machine lacks something the test needs."""


class Checks:
    """Counts true and false checks; KEEP in the environment keeps the directory."""

    def __init__(self, name):
        self.name, self.passed, self.failed = name, 0, 0
        self.directory = tempfile.mkdtemp(prefix=f"tt-{name}-")
        os.chmod(self.directory, 0o755)

    def __call__(self, is_true, what, detail=""):
        """One check; detail is shown when it is false."""
        print(f"{'ok  ' if is_true else 'FAIL'} {what}{'' if is_true or detail == '' else f': {detail}'}", flush=True)
        if is_true:
            self.passed += 1
        else:
            self.failed += 1
        return bool(is_true)

    def equal(self, is_value, expected, what):
        return self(is_value == expected, what, f"is {is_value!r}, expected {expected!r}")

    def path(self, *parts):
        return os.path.join(self.directory, *parts)


def need_unbound():
    """Skips unless the module and an Unbound that can load it are built."""
    if not tree.unbound_dir():
        raise Skip("no Unbound with dynlib: run unbound-module/build-unbound")
    if not os.path.exists(tree.module()):
        raise Skip(f"{os.path.relpath(tree.module(), tree.TOP)} is not built: run make")


def need_named():
    """Skips unless there are a named and the plugin."""
    need_tool("named", "rndc")
    if not os.path.exists(tree.plugin()):
        raise Skip(f"{os.path.relpath(tree.plugin(), tree.TOP)} is not built: run make")


def need_tool(*names):
    for name in names:
        if not shutil.which(name, path="/usr/sbin:/sbin:" + os.environ.get("PATH", "")):
            raise Skip(f"{name} is not installed")


def main(name, body):
    """Runs body(checks) and exits with its status."""
    proc.end_cleanly()
    checks = Checks(name)
    status = 1
    try:
        body(checks)
        status = 1 if checks.failed or not checks.passed else 0
        print(f"{checks.passed} checks true, {checks.failed} false")
    except Skip as reason:
        print(f"SKIP {reason}")
        status = 1 if checks.failed else 77
    except Exception:  # pylint: disable=broad-except
        traceback.print_exc(file=sys.stdout)
    finally:
        proc.stop_all()
        if os.environ.get("KEEP") or (status == 1 and not os.environ.get("CI")):
            print(f"kept: {checks.directory}")
        else:
            shutil.rmtree(checks.directory, ignore_errors=True)
    sys.stdout.flush()
    os._exit(status)  # nothing is left to do, and no thread of a test may hold this up
