# SPDX-FileCopyrightText: 2026 the telltale authors
# SPDX-License-Identifier: BSD-3-Clause
"""telltale-bind-shim: what it says when it cannot, and that it leaves a shim whole or none."""

import os
import shutil

import builds
import files
import proc


def rows(checks, build):
    """(what, words of the command line, compiler, exit status, words of its output)."""
    empty, old = checks.path("empty"), checks.path("libns-9.16.1.so")
    os.makedirs(empty)
    shutil.copy(build.libns, old)
    good = ["--include", build.include, "--libns", build.libns]
    yield "asked for help", ["--help"], None, 0, ["--output-dir", "--if-possible"]
    yield "asked for the release", ["--print-release", *good], None, 0, [build.release]
    yield "an unknown word", ["--nonsense"], None, 1, ["unknown argument", "--help"]
    yield "an option without its value", ["--libns"], None, 1, ["needs a value"]
    yield "no headers", ["--include", empty], None, 1, ["install bind9-dev"]
    yield "no headers, if possible", ["--include", empty, "--if-possible"], None, 0, ["no shim is built", "bind9-dev"]
    yield "no compiler", good, "/nonexistent/cc", 1, ["compiler", "install gcc"]
    yield "no compiler, if possible", [*good, "--if-possible"], "/nonexistent/cc", 0, ["no shim is built", "compiler"]
    yield "no such library", ["--include", build.include, "--libns", empty + "/libns-9.18.1.so"], None, 1, ["cannot be read"]
    yield "a library that says no release", ["--include", build.include, "--libns", "/bin/sh"], None, 1, ["says no release"]
    yield "a release that is not supported", ["--include", build.include, "--libns", old], None, 1, ["not supported", "9.18"]
    yield "no sources", [*good, "--source", empty], None, 1, ["holds no sources"]
    yield "a directory that cannot be made", [*good, "--output-dir", old + "/x"], None, 1, []


def run(checks, build):
    for what, words, compiler, status, said in rows(checks, build):
        made = proc.run([builds.TOOL, *words], check=False, env={**os.environ, **({"CC": compiler} if compiler else {})})
        checks(made.returncode == status and all(word in made.stdout for word in said),
               f"telltale-bind-shim, {what}: exit {status}", (made.returncode, made.stdout))
    broken = checks.path("broken-sources")
    os.makedirs(broken)
    with open(os.path.join(broken, "shim.c"), "w", encoding="ascii") as text:
        text.write("no C\n")
    directory = checks.path("kept")
    before = files.read(build.make_shim(directory))
    made = proc.run([builds.TOOL, "--include", build.include, "--libns", build.libns, "--source", broken, "--output-dir",
                     directory], check=False)
    checks(made.returncode == 1 and build.release in made.stdout, "telltale-bind-shim, sources that do not compile: exit 1",
           (made.returncode, made.stdout[-300:]))
    checks.equal(os.listdir(directory), [build.shim_name()], "and it leaves nothing beside")
    checks.equal(files.read(os.path.join(directory, build.shim_name())), before, "and the shim that was there is as before")
    checks.equal(os.stat(os.path.join(directory, build.shim_name())).st_mode & 0o777, 0o644, "which named can read")
