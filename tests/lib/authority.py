# SPDX-FileCopyrightText: 2026 the telltale authors
# SPDX-License-Identifier: BSD-3-Clause
"""A real named on loopback that serves the zones of zones.py, and a responder for what no named does."""

import os
import re
import shutil

import ports
import proc
import responder
import zones

# Not below /usr/sbin: a copy elsewhere is not confined by the AppArmor profile of the packaged named.
CONF = """
options {{
    directory "{directory}"; pid-file none; {lock} session-keyfile "{directory}/session.key";
    listen-on port {port} {{ {address}; }}; listen-on-v6 {{ none; }};
    recursion no; dnssec-validation no; notify no; minimal-responses no; check-names primary ignore;
    allow-query {{ any; }};
    managed-keys-directory "{directory}"; max-cache-size 8M; {options}
}};
controls {{ }};
logging {{ channel all {{ stderr; severity info; }}; category default {{ all; }}; }};
"""
ZONE = 'zone "{zone}" {{ type primary; file "{file}"; {more} }};\n'


def _lock_option(binary):
    """Several named at once: up to 9.18 each must be told not to take the one lock file; newer ones know none."""
    version = re.findall(r"BIND (\d+)\.(\d+)", proc.run([binary, "-v"]).stdout)[0]
    return "lock-file none;" if tuple(map(int, version)) <= (9, 18) else ""


def _start_named(directory, address, port, zone_names, options):
    source = shutil.which("named", path="/usr/sbin:/usr/bin:" + os.environ.get("PATH", ""))
    binary = os.path.join(directory, "authority")
    shutil.copy(source, binary)
    with open(os.path.join(directory, "named.conf"), "w", encoding="ascii") as conf:
        conf.write(CONF.format(directory=directory, address=address, port=port, lock=_lock_option(binary),
                               options=options.format(directory=directory)))
        for zone in zone_names:
            more = f"allow-update {{ {address}; }};" if zone == "changing.test" else ""
            conf.write(ZONE.format(zone=zone, file=zones.file_of(zone), more=more))
    log = os.path.join(directory, "named.log")
    named = proc.Process([binary, "-f", "-g", "-n", "1", "-c", os.path.join(directory, "named.conf")], log,
                         name="named")
    proc.wait_for(lambda: not named.is_alive() or "running" in named.log(), "start of named")
    if not named.is_alive() or "not loaded due to errors" in named.log():
        raise RuntimeError("named did not start:\n" + named.log())
    return named


class Authority:
    """All the authoritative side of a test. stubs: zone -> "address@port", for a resolver that cannot ask at `port`
    wherever it is referred to. options: more for named.conf, {directory} in it is its own."""

    def __init__(self, directory, with_child=True, options=""):
        self.directory = os.path.join(directory, "authority.d")
        os.makedirs(self.directory, exist_ok=True)
        self.address = "127.0.0.1"
        self.port = ports.free(self.address)
        self.child_address = ports.free_address_53() if with_child else None
        addresses = dict(zip(zones.RESPONDER_ZONES, ports.free_addresses(self.port, len(zones.RESPONDER_ZONES))))
        names, self.anchor = zones.make(self.directory, self.address, self.child_address, addresses)
        self.processes = [_start_named(self.directory, self.address, self.port, names, options)]
        self.responder = responder.Responder(self.port, addresses, self.child_address)
        self.stubs = {".": self.at(), "test": self.at()}
        for zone in names:
            if zone not in (".", "test") and not zone.endswith("parent.test"):
                self.stubs[zone] = self.at()
        if self.child_address:
            self.stubs["parent.test"] = self.at()
        for zone in zones.RESPONDER_ZONES:
            self.stubs[zone + ".test"] = self.responder.at(zone)

    def at(self):
        return f"{self.address}@{self.port}"

    def change(self, address):
        """Gives www.changing.test another address (RFC 2136); the serial grows."""
        script = os.path.join(self.directory, "update")
        with open(script, "w", encoding="ascii") as out:
            out.write(f"server {self.address} {self.port}\nlocal {self.address}\nzone changing.test\n"
                      f"update delete www.changing.test A\nupdate add www.changing.test 1 A {address}\nsend\n")
        proc.run(["nsupdate", script])

    def stop(self):
        self.responder.stop()
        for process in self.processes:
            process.stop()
