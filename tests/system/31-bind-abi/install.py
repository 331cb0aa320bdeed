# SPDX-FileCopyrightText: 2026 the telltale authors
# SPDX-License-Identifier: BSD-3-Clause
"""make install where there is no Unbound with dynlib: plugin, shim, tool and samples, and they fit together."""

import os

import proc
import tree

OWN = ("telltale.so", "telltalectl", "bind")
CONF = """options {{ directory "{directory}"; pid-file none; session-keyfile none; managed-keys-directory "{directory}"; }};
include "{directory}/telltale-named.conf.sample";
"""


def without_unbound(checks):
    """A build directory with what is installed from it where there is no Unbound to build for."""
    directory = checks.path("build")
    os.makedirs(directory)
    for name in OWN:
        os.symlink(os.path.join(tree.BUILD, name), os.path.join(directory, name))
    return directory


def write_conf(checks, root):
    """The sample, as installed; the plugin is where the package is unpacked."""
    with open(os.path.join(root, "usr/share/telltale/telltale-named.conf.sample"), encoding="utf-8") as sample:
        text = sample.read().replace('"/usr/lib/telltale/', f'"{root}/usr/lib/telltale/')
    with open(checks.path("telltale-named.conf.sample"), "w", encoding="utf-8") as out:
        out.write(text)
    with open(checks.path("installed.conf"), "w", encoding="utf-8") as out:
        out.write(CONF.format(directory=checks.directory))
    return text


def run(checks, build):
    root = checks.path("root")
    # What is made is not made again: it is the tree's own.
    made = proc.run(["make", "-C", tree.TOP, "--old-file=all", "install", "UNBOUND_DIR=", f"B={without_unbound(checks)}",
                     f"DESTDIR={root}", "PREFIX=/usr"], limit_s=60, check=False)
    if not checks(made.returncode == 0, "make install needs no Unbound", made.stdout[-400:]):
        return
    library = os.path.join(root, "usr/lib/telltale")
    checks.equal(sorted(os.listdir(library)), ["bind", "telltale.so"], "it installs the plugin alone")
    text = write_conf(checks, root)
    checks(f'plugin query "{library}/telltale.so"' in text, "the sample names the plugin where it was put")
    said = proc.run(["named-checkconf", checks.path("installed.conf")], check=False)
    checks.equal((said.returncode, said.stdout), (0, ""), "named-checkconf takes the sample")
    made = proc.run([os.path.join(root, "usr/sbin/telltale-bind-shim"), "--include", build.include, "--libns", build.libns,
                     "--source", os.path.join(root, "usr/share/telltale/bind"), "--output-dir", checks.path("made")], check=False)
    checks(made.returncode == 0 and os.path.exists(checks.path("made", build.shim_name())),
           "the installed tool makes the shim from the installed sources", made.stdout[-400:])
