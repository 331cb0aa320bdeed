# SPDX-FileCopyrightText: 2026 the telltale authors
# SPDX-License-Identifier: BSD-3-Clause
"""BENCH named_cpu_us_net, named_cpu_us_process_null and named_cpu_us_process_json: what telltale adds to named's CPU
time per cached query, against what stock dnstap with its reader adds, at a fixed rate, interleaved (cpu.py)."""
import cpu
import lab_named

rounds = cpu.run(lab_named.FORMS, lab_named.start, lambda thread: thread.startswith(("isc-net-", "isc-loop-")))
cpu.report("named_cpu_us_net", rounds, "json", "worker")
cpu.report("named_cpu_us_process_null", rounds, "null", "process")
cpu.report("named_cpu_us_process_json", rounds, "json", "process")
cpu.report_threads(rounds, lab_named.FORMS)
