# SPDX-FileCopyrightText: 2026 the telltale authors
# SPDX-License-Identifier: BSD-3-Clause
"""A BIND 9 named with the plugin on free loopback ports: its configuration, life, control and own statistics."""

import json
import os
import re
import shutil
import urllib.request

import host
import ports
import proc
import tree

YAML = host.YAML
PATH = "/usr/sbin:/sbin:/usr/local/sbin:" + os.environ.get("PATH", "")
# Words before the command of each named, as tests/system/11-bind-matrix/memcheck gives them.
WRAPPER = os.environ.get("TT_NAMED_WRAPPER", "").split()
# named asks every server at the port of `port`: where the test's authority and responders listen.
CONF = """options {{
    directory "{directory}"; {lock} pid-file "{directory}/named.pid"; session-keyfile "{directory}/session.key";
    managed-keys-directory "{directory}"; dump-file "{directory}/dump"; statistics-file "{directory}/stats";
    port {authority_port};
    listen-on port {port} {{ 127.0.0.1; }};
    listen-on port {tls_port} tls own {{ 127.0.0.1; }};
    listen-on port {https_port} tls own http own {{ 127.0.0.1; }};
    listen-on-v6 port {port} {{ {v6}; }};
    empty-zones-enable no; notify no; minimal-responses no; qname-minimization off; max-cache-size 32M;
    dnssec-validation {validation};
{options}
}};
tls own {{ key-file "{directory}/tls.key"; cert-file "{directory}/tls.pem"; }};
http own {{ endpoints {{ "/dns-query"; }}; }};
key "control" {{ algorithm hmac-sha256; secret "{secret}"; }};
controls {{ inet 127.0.0.1 port {control_port} allow {{ 127.0.0.1; }} keys {{ "control"; }}; }};
statistics-channels {{ inet 127.0.0.1 port {statistics_port} allow {{ 127.0.0.1; }}; }};
{anchors}
{body}
{clauses}
"""
KEY = 'key "control" {{ algorithm hmac-sha256; secret "{secret}"; }};\n'
SECRET = "dGVsbHRhbGUtdGVzdHMtY29udHJvbC1rZXk="
HINTS = ". 300 NS ns.test.\nns.test. 300 A {address}\n"


class View:
    """One view: its name, its own text (match-clients, options, zones), whether it has the plugin."""

    def __init__(self, name, text="", has_plugin=True, plugin_lines=None):
        self.name, self.text, self.has_plugin, self.plugin_lines = name, text, has_plugin, plugin_lines


class Named(host.Host):
    """Set what differs, then start(). Keywords of its own:
    threads (-n), options (lines of the options clause), clauses (more at top level, behind
    the plugin), zones (text; in every view, before the plugin),
    views (View; none: no view clause), has_plugin, module, plugin_lines (more in the plugin block, with semicolons;
    None instead of a list: no block at all), binary, library_path (of another, unpacked BIND), arguments (more words),
    validation, hints (False: knows no root server), v6 (what it listens on)."""

    software, name = "bind", "named"

    def __init__(self, directory, authority=None, **settings):
        super().__init__(directory, {
            "threads": 2, "options": "", "clauses": "", "zones": "", "views": [], "has_plugin": True,
            "module": tree.plugin(), "plugin_lines": [], "binary": None, "library_path": None, "arguments": [],
            "anchor": authority.anchor if authority else "", "hints": bool(authority), "validation": "yes", "v6": "none", **settings})
        self.authority = authority
        self.control_port, self.statistics_port = ports.free(), ports.free()
        self.key = os.path.join(self.directory, "rndc.key")
        self.installed = self.settings["binary"] or os.environ.get("TT_NAMED") or shutil.which("named", path=PATH)
        if self.settings["library_path"]:
            self.settings["env"] = {**self.settings["env"], "LD_LIBRARY_PATH": self.settings["library_path"]}

    def version(self):
        """As a tuple: (9, 18, 49)."""
        said = proc.run([self.installed, "-v"], env={**os.environ, **self.settings["env"]}).stdout
        return tuple(map(int, re.search(r"BIND (\d+)\.(\d+)\.(\d+)", said).groups()))

    def binary(self):
        """A copy: the one below /usr/sbin is confined by its AppArmor profile."""
        copy = os.path.join(self.directory, "named")
        if not os.path.exists(copy):
            shutil.copy(self.installed, copy)
        return copy

    def plugin_block(self, lines):
        if not self.settings["has_plugin"]:
            return ""
        block = "" if lines is None else " {\n" + "".join(f"    {line}\n" for line in
                                                         [f'config "{self.yaml}";', *lines]) + "}"
        return f'plugin query "{self.settings["module"]}"{block};\n'

    def common(self):
        """Zones that every view has."""
        hints = f'zone "." {{ type hint; file "{self.directory}/hints"; }};\n' if self.settings["hints"] else ""
        return hints + self.settings["zones"]

    def body(self):
        views = [f'view "{view.name}" {{\n{view.text}\n{self.common()}' +
                 (self.plugin_block(view.plugin_lines or self.settings["plugin_lines"]) if view.has_plugin else "") +
                 "};\n" for view in self.settings["views"]]
        return "".join(views) or self.common() + self.plugin_block(self.settings["plugin_lines"])

    def anchors(self):
        """trust-anchors from a DNSKEY record's line: owner, TTL, class, type, flags, protocol, algorithm, key."""
        anchor = self.settings["anchor"].partition(";")[0].split()
        if not anchor:
            return ""
        at = anchor.index("DNSKEY")
        return (f'trust-anchors {{ "{anchor[0]}" static-key {" ".join(anchor[at + 1:at + 4])} '
                f'"{"".join(anchor[at + 4:])}"; }};')

    def write_conf(self):
        host.make_certificate(self.directory)
        values = {**self.settings, "lock": "lock-file none;" if self.version() < (9, 19) else "",
                  "authority_port": self.authority.port if self.authority else 53, "secret": SECRET,
                  "options": "".join(f"    {line}\n" for line in self.settings["options"].splitlines())}
        text = CONF.format(directory=self.directory, port=self.port, tls_port=self.tls_port, https_port=self.https_port,
                           control_port=self.control_port, statistics_port=self.statistics_port, body=self.body(),
                           anchors=self.anchors(), **values)
        self.write("hints", HINTS.format(address=self.authority.address if self.authority else "127.0.0.1"))
        self.write("rndc.key", KEY.format(secret=SECRET))
        self.write(os.path.basename(self.conf), text)

    def write(self, name, text):
        """A file in its directory, e.g. a zone."""
        path = os.path.join(self.directory, name)
        with open(path, "w", encoding="utf-8") as out:
            out.write(text)
        return path

    def argv(self):
        user = ["-u", self.settings["username"]] if self.settings["username"] else []
        return [*WRAPPER, self.binary(), "-g", "-n", self.settings["threads"], "-c", self.conf, *user, *self.settings["arguments"]]

    def is_ready(self):
        return re.search(r"\brunning$", self.log_of_this_start(), re.MULTILINE) is not None

    def control(self, *words, check=True):
        """rndc: reconfig, reload, flush, stats, stop and so on."""
        rndc = shutil.which("rndc", path=PATH)
        return proc.run([rndc, "-s", "127.0.0.1", "-p", self.control_port, "-k", self.key, *words], check=check).stdout

    def stats(self):
        """named's own statistics: {"nsstats": {"Requestv4": 1, …}, "opcodes": …, "rcodes": …, "qtypes": …, …}."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.statistics_port}/json/v1/server", timeout=5) as page:
            return json.load(page)

    def requests(self):
        """All requests that named counts since its start."""
        counts = self.stats().get("nsstats", {})
        return counts.get("Requestv4", 0) + counts.get("Requestv6", 0)

    def flush(self, zone=None):
        self.control("flushtree", zone) if zone else self.control("flush")  # pylint: disable=expression-not-assigned
