# SPDX-FileCopyrightText: 2026 the telltale authors
# SPDX-License-Identifier: BSD-3-Clause
"""Where things are in the source tree and its build directory."""

import os
import subprocess

TOP = os.path.realpath(os.path.join(os.path.dirname(__file__), "../.."))
BUILD = os.path.join(TOP, os.environ.get("TT_BUILD", "build"))


def module():
    return os.environ.get("TT_MODULE", os.path.join(BUILD, "telltale-unbound.so"))


def plugin():
    """The plugin of BIND."""
    return os.environ.get("TT_PLUGIN", os.path.join(BUILD, "telltale.so"))


def tool(name):
    return os.path.join(BUILD, name)


def unbound_dir(variant="main"):
    """The directory of a dynlib Unbound ({src,build,prefix}), or None when none is built."""
    given = os.environ.get("TT_UNBOUND_DIR")
    if given and variant == "main":
        return given
    build = os.path.join(TOP, "unbound-module/build-unbound")
    found = subprocess.run([build, "--variant", variant, "--print-dir"], stdout=subprocess.PIPE,
                           stderr=subprocess.DEVNULL, text=True, check=False)
    return found.stdout.strip() or None if found.returncode == 0 else None
