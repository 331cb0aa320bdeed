# SPDX-FileCopyrightText: 2026 the telltale authors
# SPDX-License-Identifier: BSD-3-Clause
"""A shim that is missing, foreign or broken: named starts and answers, /metrics says telltale_up 0, one line says why."""

import hashlib
import os
import pwd
import shutil
import tempfile

import named
import proc
import tree

TRAILER = b"telltale-shim-sha256:"
INNER = named.View("inner", "match-clients { 127.0.0.2; };")
OUTER = named.View("outer", "match-clients { any; };")


def sealed(code):
    """The bytes with a sound checksum at their end."""
    return code + TRAILER + hashlib.sha256(code).hexdigest().encode() + b"\n"


def unsealed(data):
    return data[:-len(TRAILER) - 65]


def flipped(data, at):
    return data[:at] + bytes([data[at] ^ 0x10]) + data[at + 1:]


def other_interface(build, directory):
    """A shim made for another interface of telltale.so: two members of the same size have changed places."""
    top = tempfile.mkdtemp(dir=directory)
    for name in ("bind-plugin", "shared"):
        shutil.copytree(os.path.join(tree.TOP, name), os.path.join(top, name))
    header = os.path.join(top, "bind-plugin/telltale_host.h")
    with open(header, encoding="utf-8") as text:
        before = text.read()
    after = before.replace("uint16_t query_size, edns_udp_size;", "uint16_t edns_udp_size, query_size;")
    assert before != after
    with open(header, "w", encoding="utf-8") as text:
        text.write(after)
    return read(build.make_shim(os.path.join(top, "out"), top=top))


def read(path):
    with open(path, "rb") as data:
        return data.read()


class Kinds:
    """One broken shim after the other in a copy of the plugin's directory. others: [(what, shim of another build)]."""

    def __init__(self, checks, servers, build, others):
        self.checks, self.servers, self.build = checks, servers, build
        self.directory = checks.path("plugin")
        self.module = os.path.join(self.directory, "telltale.so")
        self.path = os.path.join(self.directory, "bind", build.shim_name())
        os.makedirs(os.path.dirname(self.path))
        shutil.copy(tree.plugin(), self.module)
        os.chmod(checks.path(), 0o755)
        self.good = read(build.make_shim(checks.path("good")))
        self.others, self.number = others, 0

    def rows(self):
        """(what, content or a function that makes the path, mode, words of the line)."""
        good, middle = self.good, len(self.good) // 2
        libc = next(path for path in ("/lib/x86_64-linux-gnu/libm.so.6", "/lib/aarch64-linux-gnu/libm.so.6", self.module)
                    if os.path.exists(path))
        yield "no file", None, 0, ["no shim"]
        for what, data in self.others:
            yield what, data, 0o644, ["made for", self.build.release]
        yield "made for another interface of telltale", other_interface(self.build, self.checks.path()), 0o644, ["another telltale"]
        yield "empty", b"", 0o644, ["0 bytes"]
        yield "a text file", b"what is not a shim\n" * 100, 0o644, ["no shim"]
        for length in (40, middle, len(good) - 4096, len(good) - 1):
            yield f"cut at byte {length} of {len(good)}", good[:length], 0o644, []
        for at in (5, middle, len(good) - 200, len(good) - 20):
            yield f"a bit of byte {at} flipped", flipped(good, at), 0o644, ["corrupt"]
        yield "a bit of the word before the checksum flipped", flipped(good, len(good) - 80), 0o644, ["cut, or no shim"]
        yield "cut, with a sound checksum", sealed(unsealed(good)[:middle]), 0o644, ["segments"]
        yield "another object, with a sound checksum", sealed(read(libc)), 0o644, ["telltale_shim"]
        yield "group-writable", good, 0o664, ["only its owner", "0664"]
        yield "writable by all", good, 0o666, ["only its owner"]
        yield "a directory", os.mkdir, 0o755, []
        yield "a pipe", os.mkfifo, 0o644, ["regular file"]
        yield "a link to itself", lambda path: os.symlink(path, path), 0, []

    def put(self, content, mode):
        self.remove()
        if callable(content):
            content(self.path)
        elif content is not None:
            with open(self.path, "wb") as out:
                out.write(content)
            os.chmod(self.path, mode)

    def remove(self):
        if os.path.isdir(self.path):
            os.rmdir(self.path)
        elif os.path.lexists(self.path):
            os.unlink(self.path)

    def server(self, **settings):
        self.number += 1
        return named.Named(self.checks.path(f"n{self.number}"), self.servers, module=self.module, views=[INNER, OUTER],
                           **settings)

    def judge(self, what, server, words):
        """The running named, its page and its log."""
        both = server.ask("www.plain.test").rcode, server.ask("www.plain.test", source="127.0.0.2").rcode
        self.checks.equal(both, ("NOERROR", "NOERROR"), f"{what}: named starts, both views answer")
        try:
            proc.wait_for(server.metrics.text_if_there, "/metrics")
        except proc.Timeout:
            pass
        page = server.metrics.text_if_there()
        self.checks("\ntelltale_up 0\n" in page, f"{what}: telltale_up 0", page[:300] or "no page")
        loud = [line for line in server.log().splitlines() if "telltale: no telemetry" in line]
        self.checks(len(loud) == 1 and all(word in loud[0] for word in [self.path, "telltale-bind-shim", *words]),
                    f"{what}: one line names path, reason and command: {loud[0][-250:] if loud else ''}", loud)
        self.checks(not os.path.exists(server.settings["events"]) or not server.events.read(), f"{what}: no events")

    def run(self):
        for what, content, mode, words in self.rows():
            self.put(content, mode)
            server = self.server().start()
            self.judge(what, server, words)
            self.checks(server.control("reconfig") is not None, f"{what}: rndc reconfig works")
            self.checks.equal(server.ask("www.plain.test").rcode, "NOERROR", f"{what}: and then it answers")
            self.checks.equal(server.stop(), 0, f"{what}: stops cleanly")
        self.unreadable()
        self.strict()
        self.mended()

    def unreadable(self):
        if os.getuid() != 0:
            user = pwd.getpwuid(os.getuid()).pw_name
        else:
            user = "nobody"
        self.put(self.good, 0)
        server = self.server(username=user if os.getuid() == 0 else "").start()
        self.judge("not readable", server, ["can read"])
        self.checks.equal(server.stop(), 0, "not readable: stops cleanly")

    def strict(self):
        """The operator wants no named without telemetry."""
        self.put(flipped(self.good, 2000), 0o644)
        server = self.server(plugin_lines=["strict yes;"]).start(wait=False)
        status = server.process.wait(10)
        self.checks(status > 0, "strict and a corrupt shim: named does not start, and does not crash", status)
        self.checks("corrupt" in server.log() and self.path in server.log(), "and a line says why", server.log()[-500:])
        self.put(self.good, 0o644)
        server = self.server(plugin_lines=["strict yes;"]).start()
        asked = server.ask("www.plain.test")
        self.checks(server.events.of(asked) is not None, "strict and a sound shim: events come", server.log()[-500:])
        self.remove()
        server.control("reconfig")
        asked = server.ask("www.plain.test")
        self.checks(server.events.of(asked) is not None, "the file is removed under it, and named reconfigures: events come")
        self.checks.equal(server.stop(), 0, "strict: stops cleanly")

    def mended(self):
        """A process that began without goes on without, and says what to do."""
        server = self.server().start()
        self.put(self.good, 0o644)
        server.control("reconfig")
        self.checks.equal(server.ask("www.plain.test").rcode, "NOERROR", "the shim comes later, and named reconfigures: answers")
        self.checks("restart" in server.log(), "the line says to restart", server.log()[-500:])
        self.checks.equal(server.stop(), 0, "mended: stops cleanly")
        server.start()
        asked = server.ask("www.plain.test")
        self.checks(server.events.of(asked) is not None, "started anew: events come")
        self.checks.equal(server.stop(), 0, "started anew: stops cleanly")
