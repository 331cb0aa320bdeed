# SPDX-FileCopyrightText: 2026 the telltale authors
# SPDX-License-Identifier: BSD-3-Clause
"""BENCH unbound_cpu_us_workers and unbound_cpu_us_process: what telltale adds to Unbound's CPU time per
query, against what stock dnstap with its reader adds, at a fixed rate, interleaved (cpu.py)."""
import cpu
import lab

rounds = cpu.run(lab.FORMS, lab.start_unbound, lambda thread: thread == "main")
cpu.report("unbound_cpu_us_workers", rounds, "ours", "worker")
cpu.report("unbound_cpu_us_process", rounds, "ours", "process")
cpu.report_threads(rounds, lab.FORMS)
