# SPDX-FileCopyrightText: 2026 the telltale authors
# SPDX-License-Identifier: BSD-3-Clause
"""Builds of BIND: the installed one, another version of Debian's packages where apt has one, and the installed one
under another name, which is there everywhere."""

import glob
import os
import re
import shutil
import subprocess

import named
import proc
import tree

CACHE = os.environ.get("TELLTALE_CACHE") or os.path.join(
    os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "telltale")
PACKAGES = ("bind9", "bind9-libs", "bind9-dev")
TOOL = os.path.join(tree.TOP, "bind-plugin/telltale-bind-shim")


class Build:
    """A named, its libraries and the headers to compile for it."""

    def __init__(self, program, libraries, include):
        self.program, self.libraries, self.include = program, sorted(libraries), include
        self.libns = next(path for path in self.libraries if os.path.basename(path).startswith("libns-"))
        self.release = os.path.basename(self.libns)[len("libns-"):-len(".so")]

    def shim_name(self):
        return self.release + ".so"

    def make_shim(self, directory, top=tree.TOP, check=True):
        """Runs the tool that a package's trigger runs; the path of the shim."""
        os.makedirs(directory, exist_ok=True)
        tool = os.path.join(top, "bind-plugin/telltale-bind-shim")
        made = proc.run([tool, "--include", self.include, "--libns", self.libns, "--output-dir", directory], limit_s=120,
                        check=check)
        path = os.path.join(directory, self.shim_name())
        if check and not os.path.exists(path):
            raise RuntimeError(f"{path} was not made:\n{made.stdout}")
        return path


def installed():
    """What the system has."""
    program = shutil.which("named", path=named.PATH)
    found = re.findall(r"=> (/\S+/lib(?:ns|dns|isc|isccc|isccfg|bind9|irs)-[0-9]\S*\.so) ", proc.run(["ldd", program]).stdout)
    others = glob.glob(os.path.join(os.path.dirname(found[0]), os.path.basename(found[0]).replace(
        os.path.basename(found[0]).partition("-")[0], "lib*", 1)))
    return Build(program, set(found) | set(others), "/usr/include")


def with_other_id(code):
    """The bytes of an object whose build id differs in one bit."""
    note = code.find(b"GNU\0", code.find(b"\x04\0\0\0\x14\0\0\0\x03\0\0\0"))  # head of a 20 byte build id
    return code[:note + 4] + bytes([code[note + 4] ^ 1]) + code[note + 5:] if note >= 0 else code


def copied(build, directory, release):
    """The same code with this release in place of its own, and another build id."""
    os.makedirs(directory)
    paths = []
    for path in [build.program, *build.libraries]:
        with open(path, "rb") as data:
            code = data.read().replace(build.release.encode(), release.encode())
        paths.append(os.path.join(directory, os.path.basename(path).replace(build.release, release)))
        with open(paths[-1], "wb") as out:
            out.write(with_other_id(code))
        os.chmod(paths[-1], 0o755)
    return Build(paths[0], paths[1:], build.include)


def renamed(build, directory):
    """What says it is another release: the last digit of its version differs."""
    at = max(found.start() for found in re.finditer(r"\d", build.release))
    return copied(build, directory, build.release[:at] + str((int(build.release[at]) + 1) % 10) + build.release[at + 1:])


def rebuilt(build, directory):
    """What says it is the same release, and was built another time."""
    return copied(build, directory, build.release)


def versions():
    """(the installed version of bind9-dev, all that apt has)."""
    made = subprocess.run(["dpkg-query", "-W", "-f", "${Version}", "bind9-libs"], stdout=subprocess.PIPE, text=True, check=False)
    known = subprocess.run(["apt-cache", "madison", "bind9-dev"], stdout=subprocess.PIPE, text=True, check=False)
    return made.stdout.strip(), sorted({line.split("|")[1].strip() for line in known.stdout.splitlines() if "Packages" in line})


def packaged():
    """(another version of Debian's packages, unpacked in the cache; None) or (None, why there is none)."""
    mine, known = versions()
    others = [version for version in known if version != mine]
    if not others:
        return None, f"apt has no other version of bind9-dev than {mine}"
    version = others[-1]
    arch = proc.run(["dpkg", "--print-architecture"]).stdout.strip()
    directory = os.path.join(CACHE, f"bind9-{version.replace(':', '%3a')}-{arch}")
    if not os.path.exists(os.path.join(directory, ".complete")):
        why = unpack(version, directory)
        if why:
            return None, why
    libraries = [path for path in glob.glob(os.path.join(directory, "usr/lib/*/lib*-9.*.so"))]
    return Build(os.path.join(directory, "usr/sbin/named"), libraries, os.path.join(directory, "usr/include")), None


def unpack(version, directory):
    """Downloads and unpacks, without installing. Why it did not work, or None."""
    new = f"{directory}.{os.getpid()}"
    os.makedirs(new)
    made = subprocess.run(["apt-get", "-q", "download", *(f"{name}={version}" for name in PACKAGES)], cwd=new, check=False,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if made.returncode != 0:
        shutil.rmtree(new)
        return f"{version} cannot be downloaded: {made.stdout.strip().splitlines()[-1]}"
    for package in glob.glob(os.path.join(new, "*.deb")):
        proc.run(["dpkg", "-x", package, new])
        os.unlink(package)
    with open(os.path.join(new, ".complete"), "w", encoding="ascii"):
        pass
    shutil.rmtree(directory, ignore_errors=True)
    os.rename(new, directory)
    return None
