#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 the telltale authors
# SPDX-License-Identifier: BSD-3-Clause
"""Writes each packet of "name hex" files into a directory, one raw file a packet: unpack.py DIR FILE…"""
import pathlib
import sys

out = pathlib.Path(sys.argv[1])
out.mkdir(parents=True, exist_ok=True)
for path in sys.argv[2:]:
    for line in open(path, encoding="ascii"):
        word, _, data = line.rstrip("\n").partition(" ")
        (out / word).write_bytes(bytes.fromhex(data))
