# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an idle pair costs: processor and memory of the agent and the monitor of each director."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from tests.bench.rig import DIRECTORS, Rig

UNITS = ("lvs-heartbeat", "lvs-ldirectord")
# Runs on the director: proc(5) fields 14 and 15 of stat, twice; smaps_rollup for memory.
_LOOK = r"""
import json, os, subprocess, sys, time
def pid(unit):
    words = ["systemctl", "show", "-p", "MainPID", "--value", unit]
    return int(subprocess.check_output(words))
def ticks(number):
    fields = open(f"/proc/{number}/stat").read().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])
def runtime(number):
    return int(open(f"/proc/{number}/schedstat").read().split()[0])
def memory(number):
    rows = (row.split() for row in open(f"/proc/{number}/smaps_rollup"))
    kib = {row[0][:-1]: int(row[1]) for row in rows if row[-1] == "kB"}
    return {"rss_kib": kib["Rss"], "pss_kib": kib["Pss"]}
def switches(number):
    rows = dict(row.split(":") for row in open(f"/proc/{number}/status") if "switches" in row)
    return sum(int(value) for value in rows.values())
seconds = float(sys.argv[1])
pids = {unit: pid(unit) for unit in sys.argv[2:]}
def look():
    return {u: (ticks(n), runtime(n), switches(n)) for u, n in pids.items()}
before, began = look(), time.monotonic()
time.sleep(seconds)
after, took = look(), time.monotonic() - began
hz = os.sysconf("SC_CLK_TCK")
out = {}
for unit, number in pids.items():
    used = [b - a for a, b in zip(before[unit], after[unit])]
    out[unit] = {"cpu": used[0] / hz / took, "cpu_schedstat": used[1] / 1e9 / took,
                 "switches_a_second": used[2] / took, **memory(number)}
print(json.dumps(out))
"""


def idle(cluster: Rig, seconds: float) -> dict[str, Any]:
    """For each director and unit: ``cpu``, the share of one core over so many seconds,
    ``rss_kib``, ``pss_kib``, ``switches_a_second``."""
    with ThreadPoolExecutor(len(DIRECTORS)) as pool:
        found = pool.map(lambda host: _look(cluster, host, seconds), DIRECTORS)
        return dict(zip(DIRECTORS, found, strict=True))


def _look(cluster: Rig, host: str, seconds: float) -> dict[str, Any]:
    words = f"{seconds:g} {' '.join(UNITS)}"
    script = f"python3 - {words} <<'END'\n{_LOOK}\nEND"
    found: dict[str, Any] = json.loads(cluster.run(host, script, timeout_s=seconds + 60))
    return found
