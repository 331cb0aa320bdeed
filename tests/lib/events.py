# SPDX-FileCopyrightText: 2026 the telltale authors
# SPDX-License-Identifier: BSD-3-Clause
"""Reads the events of a file sink as they come: JSON, one record per line."""

import json
import os

import proc


class Events:
    """All records of kind dns in a file so far, the books and alerts apart. A line that is not JSON is kept in
    `broken`."""

    def __init__(self, path):
        self.path, self.all, self.books, self.alerts, self.broken = path, [], [], [], []
        self._at, self._rest, self._inode = 0, b"", None

    def read(self):
        """Takes in what was written since; returns all records."""
        try:
            with open(self.path, "rb") as lines:
                if os.fstat(lines.fileno()).st_ino != self._inode:
                    self._inode, self._at, self._rest = os.fstat(lines.fileno()).st_ino, 0, b""
                lines.seek(self._at)
                data = lines.read()
        except FileNotFoundError:
            return self.all
        self._at += len(data)
        *whole, self._rest = (self._rest + data).split(b"\n")
        for line in whole:
            try:
                record = json.loads(line.decode("utf-8"))
                kinds = {"books": self.books, "alert": self.alerts}
                kinds.get(record.get("kind"), self.all).append(record)
            except ValueError:
                self.broken.append(line)
        return self.all

    def find(self, wanted):
        return [record for record in self.read() if wanted(record)]

    def wait(self, wanted, what="event", count=1, limit_s=10.0):
        """The matching records, once there are at least `count`."""
        def enough():
            found = self.find(wanted)
            return found if len(found) >= count else None
        return proc.wait_for(enough, what, limit_s)

    def of(self, asked, limit_s=5.0):
        """The client event of a question that was asked (ask.py), or None."""
        try:
            return self.wait(lambda record: is_of(record, asked), limit_s=limit_s)[0]
        except proc.Timeout:
            return None

    def joined(self, event):
        """The upstream events of the same work."""
        work = event.get("transaction_id")
        return self.find(lambda record: work and record.get("transaction_id") == work and not is_client(record))


def is_client(record):
    return record.get("message_type") in ("client_response", "auth_response")


def is_of(record, asked):
    return is_client(record) and record.get("client_port") == asked.port and record.get("query_id", asked.ident) == \
        asked.ident and record.get("timestamp", "") >= _stamp(asked.started - 1)


def _stamp(seconds):
    import datetime
    moment = datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc)
    return moment.strftime("%Y-%m-%dT%H:%M:%S")
