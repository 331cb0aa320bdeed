# SPDX-FileCopyrightText: 2026 the telltale authors
# SPDX-License-Identifier: BSD-3-Clause
"""The package of named is replaced under a running service, which is then restarted; then the trigger has run."""

import os
import shutil

import named
import proc
import tree


class Service(named.Named):
    """A named whose program and libraries lie in a directory of its own, as below /usr."""

    def __init__(self, directory, servers, root, **settings):
        self.root = root
        super().__init__(directory, servers, binary=os.path.join(root, "named"), library_path=os.path.join(root, "lib"), **settings)

    def binary(self):
        return self.installed


class Stage:
    """An installation of a BIND and of the plugin. what: which two builds these are."""

    def __init__(self, checks, servers, what, directory):
        self.checks, self.what = checks, what
        self.root, self.plugin = os.path.join(directory, "root"), os.path.join(directory, "plugin")
        os.makedirs(os.path.join(self.root, "lib"))
        os.makedirs(os.path.join(self.plugin, "bind"))
        shutil.copy(tree.plugin(), self.plugin)
        self.arguments = (os.path.join(directory, "named.d"), servers, self.root)
        self.server = None

    def install(self, build):
        """As dpkg does: new files beside the old ones, renamed over them; what the new package lacks is removed."""
        wanted = {os.path.join(self.root, "named"): build.program}
        wanted.update({os.path.join(self.root, "lib", os.path.basename(path)): path for path in build.libraries})
        for path, source in wanted.items():
            shutil.copy(source, path + ".dpkg-new")
            os.rename(path + ".dpkg-new", path)
        for name in os.listdir(os.path.join(self.root, "lib")):
            path = os.path.join(self.root, "lib", name)
            if path not in wanted:
                os.unlink(path)

    def trigger(self, build):
        return build.make_shim(os.path.join(self.plugin, "bind"))

    def start(self):
        if self.server is None:
            self.server = Service(*self.arguments, module=os.path.join(self.plugin, "telltale.so"))
        self.server.start()

    def expect(self, when, has_telemetry):
        asked = self.server.ask("www.plain.test")
        self.checks.equal(asked.rcode, "NOERROR", f"{self.what}: {when}: named answers")
        event = self.server.events.of(asked, 5 if has_telemetry else 0.3)
        self.checks.equal(event is not None, has_telemetry, f"{self.what}: {when}: {'events' if has_telemetry else 'no events'}")
        page = proc.wait_for(self.server.metrics.text_if_there, "/metrics")
        self.checks(f"\ntelltale_up {has_telemetry:d}\n" in page, f"{self.what}: {when}: telltale_up {has_telemetry:d}")

    def loud(self):
        return [line for line in self.server.log_of_this_start().splitlines() if "telltale: no telemetry" in line]


def run(checks, servers, what, directory, old, new):
    stage = Stage(checks, servers, what, directory)
    stage.install(old)
    stage.trigger(old)
    stage.start()
    stage.expect("the old package", True)
    stage.install(new)
    stage.expect("replaced under it", True)
    checks(stage.server.control("reconfig") is not None, f"{what}: replaced under it, rndc reconfig works")
    stage.expect("replaced under it, reconfigured", True)
    checks.equal(stage.server.stop(), 0, f"{what}: the old process stops cleanly")
    stage.start()
    checks(new.release in stage.server.log_of_this_start(), f"{what}: the restarted process is the new one")
    stage.expect("restarted without a shim for it", False)
    loud = stage.loud()
    checks(len(loud) == 1 and os.path.join(stage.plugin, "bind", new.shim_name()) in loud[0] and "telltale-bind-shim" in loud[0],
           f"{what}: one line says what is missing and what to run", loud)
    stage.trigger(new)
    checks.equal(stage.server.stop(), 0, f"{what}: stops cleanly")
    stage.start()
    stage.expect("restarted after the trigger", True)
    checks.equal(stage.loud(), [], f"{what}: no line of an error any more")
    checks.equal(stage.server.stop(), 0, f"{what}: stops cleanly again")
