# SPDX-FileCopyrightText: 2026 the telltale authors
# SPDX-License-Identifier: BSD-3-Clause
"""Debian's unit with our drop-in, installed into a directory: its lines are run in order, paths led there."""

import os
import shlex
import shutil

import proc
import tree
import unbound

DROP_IN = os.path.join(tree.TOP, "unbound-module/systemd/unbound.service.d/telltale.conf")


class Stage:
    """An installation below `root`."""

    def __init__(self, checks, servers):
        self.checks, self.root = checks, checks.path("stage")
        self.server = unbound.Unbound(checks.path("unit"), servers, modules="MODULES", username="nobody")
        proc.run(["make", "-C", tree.TOP, "install", f"DESTDIR={self.root}", "PREFIX=/usr/local"], limit_s=300)
        for folder in ("etc/unbound/unbound.conf.d", "etc/systemd/system/unbound.service.d", "usr/sbin", "etc/default"):
            os.makedirs(self.path(folder), exist_ok=True)
        shutil.copy(os.path.join(tree.unbound_dir(), "src/debian/unbound.service"), self.path("etc/systemd/system"))
        shutil.copy(DROP_IN, self.path("etc/systemd/system/unbound.service.d"))
        shutil.copy(os.path.join(tree.TOP, "unbound-module/telltale.conf.sample"),
                    self.path("etc/unbound/unbound.conf.d/telltale.conf"))
        self.write_conf()
        proc.run(["chmod", "-R", "a+rX", checks.directory])

    def path(self, *parts):
        return os.path.join(self.root, *parts)

    def write_conf(self):
        """As Debian's unbound.conf: it includes the directory. The lines of the test stand before."""
        os.makedirs(os.path.join(self.server.directory, "state"), exist_ok=True)
        self.server.write_conf()
        with open(self.server.conf, encoding="utf-8") as conf:
            text = conf.read().replace('    module-config: "MODULES"\n', "")
        text += f'include-toplevel: "{self.path("etc/unbound/unbound.conf.d")}/*.conf"\n'
        self.server.conf = self.path("etc/unbound/unbound.conf")
        with open(self.server.conf, "w", encoding="utf-8") as conf:
            conf.write(text)
        self.server.yaml = self.path("etc/unbound/telltale.yaml")
        self.server.write_yaml()

    def lead(self, word):
        """A word of a line, with an absolute path led into the stage when its directory is there."""
        path = word.lstrip("-+!")
        if not path.startswith("/") or not os.path.isdir(self.path(os.path.dirname(path)[1:])):
            return word
        return word[:len(word) - len(path)] + self.path(path[1:])

    def lines(self, key):
        """The values of a key: the unit's first, then the drop-in's, as systemd reads them."""
        found = []
        for name in ("unbound.service", "unbound.service.d/telltale.conf"):
            with open(self.path("etc/systemd/system", name), encoding="utf-8") as text:
                for line in text:
                    if line.startswith(key + "="):
                        found.append(line.partition("=")[2].strip())
        return found

    def verify(self):
        """systemd-analyze verify, the paths of the lines led into the stage."""
        folder = self.checks.path("units")
        os.makedirs(folder + "/unbound.service.d")
        for name in ("unbound.service", "unbound.service.d/telltale.conf"):
            with open(self.path("etc/systemd/system", name), encoding="utf-8") as text, \
                    open(os.path.join(folder, name), "w", encoding="utf-8") as out:
                for line in text:
                    key, equals, value = line.partition("=")
                    if key in ("ExecStartPre", "ExecStart"):
                        value = " ".join(self.lead(word) for word in value.split()) + "\n"
                    out.write(key + equals + value)
        shutil.copy("/bin/true", self.path("usr/sbin/unbound"))
        made = proc.run(["systemd-analyze", "verify", "--man=no", "--generators=no", folder + "/unbound.service"],
                        check=False, env=dict(os.environ, SYSTEMD_UNIT_PATH=folder + ":"))
        ours = [line for line in made.stdout.splitlines() if "telltale" in line or "unbound.service" in line]
        ours = [line for line in ours if "unbound-helper" not in line]
        self.checks.equal(ours, [], "systemd-analyze verify has nothing to say about unit and drop-in")

    def run(self, what, build, has_telemetry):
        """Runs the lines with this Unbound on disk."""
        binary = self.path("usr/sbin/unbound")
        if os.path.lexists(binary):
            os.unlink(binary)
        os.symlink(os.path.join(build, "prefix/sbin/unbound"), binary)
        said = ""
        for line in self.lines("ExecStartPre"):
            words = [self.lead(word) for word in shlex.split(line)]
            program = words[0].lstrip("-+!")
            if os.path.exists(program):
                made = proc.run([program, *words[1:]], check=False)
                said += made.stdout
                self.checks(made.returncode == 0 or words[0].startswith("-"), f"{what}: {os.path.basename(program)}",
                            made.stdout)
        start = self.lines("ExecStart")[-1].replace("$DAEMON_OPTS", f"-c {self.server.conf}")
        proc.run(["chown", "-R", "nobody", os.path.join(self.server.directory, "state"), self.server.directory])
        os.environ["TELLTALE_CONFIG"] = self.server.yaml
        self.server.log_path = self.checks.path(f"{what.replace(' ', '-')}.log")
        self.server.launch([self.lead(word) for word in shlex.split(start)])
        self.server.wait_ready()
        asked = self.server.ask("www.plain.test")
        self.checks.equal(asked.rcode, "NOERROR", f"{what}: Unbound starts and answers")
        event = self.server.events.of(asked, 5 if has_telemetry else 0.3)
        self.checks.equal(event is not None, has_telemetry, f"{what}: {'events' if has_telemetry else 'no events'}")
        if not has_telemetry:
            lines = [line for line in said.splitlines() if "no telemetry" in line]
            self.checks.equal(len(lines), 1, f"{what}: one line says why: {lines}")
        self.checks.equal(self.server.stop(), 0, f"{what}: stops cleanly")
