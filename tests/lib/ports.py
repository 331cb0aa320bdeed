# SPDX-FileCopyrightText: 2026 the telltale authors
# SPDX-License-Identifier: BSD-3-Clause
"""Loopback ports that are free for UDP and TCP, below the range the kernel gives out by itself."""

import random
import socket

_given = set()
_random = random.SystemRandom()


def is_free(port, address="127.0.0.1"):
    for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
        with socket.socket(socket.AF_INET, kind) as probe:
            if kind == socket.SOCK_STREAM:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((address, port))
            except OSError:
                return False
    return True


def free(address="127.0.0.1"):
    """A port not given out before by this process."""
    while True:
        port = _random.randrange(20000, 32000)
        if port not in _given and is_free(port, address):
            _given.add(port)
            return port


def free_addresses(port, count):
    """Loopback addresses at which a port is free."""
    while True:
        network = f"127.{_random.randrange(10, 250)}.{_random.randrange(1, 250)}."
        found = [network + str(number) for number in range(1, count + 1)]
        if all(is_free(port, address) for address in found):
            return found


def free_address_53():
    """A loopback address whose port 53 we may take, or None (not allowed to)."""
    for _ in range(20):
        address = f"127.{_random.randrange(10, 250)}.{_random.randrange(1, 250)}.53"
        if is_free(53, address):
            return address
    return None
