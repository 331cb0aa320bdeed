# SPDX-FileCopyrightText: 2026 the telltale authors
# SPDX-License-Identifier: BSD-3-Clause
"""Child processes with a group of their own, ended by id and never by name, and waiting for facts.

A child dies with its parent, whatever kills it, and every child still running at exit is stopped.
"""

import atexit
import ctypes
import os
import signal
import subprocess
import sys
import time

_running = []
_libc = ctypes.CDLL(None)


class Timeout(Exception):
    """What was waited for did not come."""


def wait_for(condition, what, limit_s=10.0):
    """Returns the first true value of condition(), asked every 10 ms, or raises Timeout."""
    deadline = time.monotonic() + limit_s
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise Timeout(f"{what}: not within {limit_s:g} s")
        time.sleep(0.01)


def _die_with_parent():
    _libc.prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG


class Process:
    """A child in its own process group, its output in a log file. Start it from the main thread only."""

    def __init__(self, argv, log, name=None, **options):
        self.name = name or os.path.basename(argv[0])
        self.log_path = log
        with open(log, "ab") as out:
            self.popen = subprocess.Popen([str(arg) for arg in argv], stdin=subprocess.DEVNULL, stdout=out,
                                          stderr=out, start_new_session=True,
                                          preexec_fn=_die_with_parent, **options)
        self.pid = self.popen.pid
        _running.append(self)

    def is_alive(self):
        return self.popen.poll() is None

    def log(self):
        with open(self.log_path, "rb") as log:
            return log.read().decode("utf-8", "replace")

    def signal(self, number):
        if self.is_alive():
            os.kill(self.pid, number)

    def wait(self, limit_s=10.0):
        """The exit status (negative: signal)."""
        wait_for(lambda: not self.is_alive(), f"end of {self.name}", limit_s)
        return self.popen.returncode

    def stop(self, limit_s=10.0):
        """TERM, and KILL to the group when that does not help. Returns the exit status."""
        self.signal(signal.SIGTERM)
        try:
            self.wait(limit_s)
        except Timeout:
            self.kill()
        if self in _running:
            _running.remove(self)
        return self.popen.returncode

    def kill(self):
        if self.is_alive():
            os.killpg(self.pid, signal.SIGKILL)
            self.popen.wait()
        if self in _running:
            _running.remove(self)


def stop_all():
    for process in reversed(list(_running)):
        process.stop(5.0)


def _leave(number, _frame):
    signal.signal(number, signal.SIG_IGN)
    sys.exit(128 + number)


def end_cleanly():
    """Ctrl-C and TERM become an ordinary exit, so that all children are stopped."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _leave)


def run(argv, limit_s=30.0, check=True, **options):
    """Runs to the end; the result has returncode, and stdout (with stderr in it) as text."""
    options.setdefault("stdin", subprocess.DEVNULL)
    result = subprocess.run([str(arg) for arg in argv], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                            timeout=limit_s, preexec_fn=_die_with_parent, check=False, **options)
    result.stdout = result.stdout.decode("utf-8", "replace")
    if check and result.returncode != 0:
        raise RuntimeError(f"{' '.join(map(str, argv))}: exit {result.returncode}\n{result.stdout}")
    return result


atexit.register(stop_all)
