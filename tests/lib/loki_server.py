#!/usr/bin/python3
# SPDX-FileCopyrightText: 2026 the telltale authors
# SPDX-License-Identifier: BSD-3-Clause
"""The stand-in for Loki as a process of its own, which can be killed and stopped: loki_server.py PORT."""

import signal
import sys

import loki_double

loki_double.Double(port=int(sys.argv[1]))
print("ready", flush=True)
signal.pause()
