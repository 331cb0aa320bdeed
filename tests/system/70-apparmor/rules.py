# SPDX-FileCopyrightText: 2026 the telltale authors
# SPDX-License-Identifier: BSD-3-Clause
"""The file rules of AppArmor profiles: which modes of a path they give."""

import re

# Of abstractions/base, where that file is not at hand: what every program may read.
BASE = """/{usr/,}lib{,32,64}/** r,
/{usr/,}lib{,32,64}/**.so* mr,
@{etc_ro}/ld.so.cache mr,
@{etc_ro}/localtime r,
/dev/null rw,
/dev/urandom r,
/usr/share/zoneinfo/** r,
@{PROC}/sys/** r,
@{PROC}/{meminfo,stat,cpuinfo,filesystems} r,
@{PROC}/@{pid}/{maps,auxv,status} r,
@{sys}/devices/system/cpu/** r,
/etc/gnutls/** r,
"""
# Of abstractions/nameservice and abstractions/openssl, the same.
NAMESERVICE = """/etc/{group,passwd,hosts,host.conf,nsswitch.conf,gai.conf,protocols,services,resolv.conf} r,
/etc/default/nss r,
@{run}/resolvconf/resolv.conf r,
@{run}/systemd/resolve/{stub-,}resolv.conf r,
@{run}/nscd/socket rw,
"""
OPENSSL = """/etc/ssl/openssl.cnf r,
/usr/share/ssl/openssl.cnf r,
"""
VARIABLES = {"@{PROC}": "/proc", "@{pid}": "{self,[0-9]*}", "@{tid}": "[0-9]*", "@{multiarch}": "*-linux-gnu*",
             "@{etc_ro}": "/{usr/,}etc", "@{run}": "/{var/,}run", "@{sys}": "/sys", "@{HOME}": "/root"}
RULE = re.compile(r"^\s*(audit\s+)?(deny\s+)?(owner\s+)?((?:/|@\{)\S+)\s+([a-zA-Z]+)\s*,", re.MULTILINE)


def pattern(glob):
    """An AppArmor path glob as a regular expression."""
    out, at, depth = "", 0, 0
    while at < len(glob):
        char = glob[at]
        if glob.startswith("**", at):
            out, at = out + ".+", at + 1
        elif char == "*":
            out += "[^/]*"
        elif char == "?":
            out += "[^/]"
        elif char == "{":
            out, depth = out + "(?:", depth + 1
        elif char == "}":
            out, depth = out + ")", depth - 1
        elif char == "," and depth:
            out += "|"
        elif char == "[":
            end = glob.index("]", at)
            out, at = out + glob[at:end + 1], end
        else:
            out += re.escape(char)
        at += 1
    return re.compile(out)


def expand(glob):
    for name, value in VARIABLES.items():
        glob = glob.replace(name, value)
    return glob


class Rules:
    """The file rules of profile texts. What is denied anywhere is denied."""

    def __init__(self, *texts):
        self.rows = [(pattern(expand(glob)), set(modes.lower()), bool(deny)) for text in texts
                     for _audit, deny, _owner, glob, modes in RULE.findall(text)]

    def lacks(self, path, modes):
        """The modes of `path` that no rule gives, or that one denies."""
        given, denied = set(), set()
        for matcher, allowed, is_deny in self.rows:
            if matcher.fullmatch(path):
                (denied if is_deny else given).update(allowed)
        return set(modes) - (given - denied)


def read(path):
    with open(path, encoding="utf-8") as text:
        return text.read()


def self_test(checks):
    rules = Rules("  /{,etc/}var/lib/x/** r,\n  owner /a/*.key* rw,\n  audit deny /a/b.key w,\n  @{PROC}/@{pid}/maps r,\n")
    rows = (("/var/lib/x/y/z", "r", set()), ("/etc/var/lib/x/y", "rw", {"w"}), ("/a/b/c.key", "r", {"r"}),
            ("/a/b.key", "rw", {"w"}), ("/a/c.keys", "rw", set()), ("/proc/12/maps", "rw", {"w"}),
            ("/proc/self/maps", "r", set()))
    for path, modes, missing in rows:
        checks.equal(rules.lacks(path, modes), missing, f"the matcher on {path} {modes}")


def judge(checks, host, paths, stock, shipped):
    """Each path must be allowed by the profile or by the snippet; says by which. Returns what needs the snippet."""
    by_snippet = {}
    for path, modes in sorted(paths.items()):
        missing, needed = shipped.lacks(path, modes), stock.lacks(path, modes)
        by = f"our snippet ({''.join(sorted(needed))})" if needed else "Debian's profile"
        checks(not missing, f"{host}: {path} {modes}: {by}", f"lacks {''.join(sorted(missing))}")
        if needed:
            by_snippet[path] = needed
    return by_snippet
