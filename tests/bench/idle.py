# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an idle pair costs: processor and memory of the agent and the monitor of each director."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

from tests.bench.processes import family, guest_kernels, look
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
    return {u: (ticks(n), switches(n)) for u, n in pids.items()}
before, began = look(), time.monotonic()
time.sleep(seconds)
after, took = look(), time.monotonic() - began
hz = os.sysconf("SC_CLK_TCK")
out = {}
for unit, number in pids.items():
    used = [b - a for a, b in zip(before[unit], after[unit])]
    out[unit] = {"cpu": used[0] / hz / took, "switches_a_second": used[1] / took, **memory(number)}
print(json.dumps(out))
"""


def idle(cluster: Rig, seconds: float) -> dict[str, Any]:
    """For each director and unit: ``cpu``, the share of one core over so many seconds as the
    guest counts it, ``rss_kib``, ``pss_kib``, ``switches_a_second``.

    A guest's clock counts what others take from it, too. So for each director ``host_cpu`` says
    what its whole kernel took of a core of this machine with both units running, with the monitor
    alone and with none; ``agent`` and ``monitor`` are the differences.
    """
    with ThreadPoolExecutor(len(DIRECTORS)) as pool:
        looks = list(pool.map(lambda host: _look(cluster, host, seconds), DIRECTORS))
    both = _guest_shares(seconds)
    with _stopped(cluster, UNITS[:1]):
        monitor = _guest_shares(seconds)
    with _stopped(cluster, UNITS):
        none = _guest_shares(seconds)
    shares = {
        host: {
            "both": both[host],
            "none": none[host],
            "agent": both[host] - monitor[host],
            "monitor": monitor[host] - none[host],
        }
        for host in DIRECTORS
    }
    return {
        host: {**look, "host_cpu": shares[host]}
        for host, look in zip(DIRECTORS, looks, strict=True)
    }


def guests_cpu_s() -> dict[str, float]:
    """Processor seconds of this machine that each director's guest has taken so far."""
    kernels, hertz = guest_kernels(), os.sysconf("SC_CLK_TCK")
    parents, ticks = look()
    return {
        host: sum(ticks.get(pid, 0) for pid in family(kernels[host], parents)) / hertz
        for host in DIRECTORS
    }


def _guest_shares(seconds: float) -> dict[str, float]:
    time.sleep(2.0)  # what was just asked of the guests is over
    began, before = time.monotonic(), guests_cpu_s()
    time.sleep(seconds)
    took = time.monotonic() - began
    return {host: (now - before[host]) / took for host, now in guests_cpu_s().items()}


@contextmanager
def _stopped(cluster: Rig, units: Sequence[str]) -> Iterator[None]:
    words = " ".join(units)
    try:
        for host in reversed(DIRECTORS):
            cluster.run(host, f"systemctl stop {words}")
        yield
    finally:
        for host in DIRECTORS:
            cluster.run(host, f"systemctl start {words}")
        cluster.wait_stable()


def _look(cluster: Rig, host: str, seconds: float) -> dict[str, Any]:
    words = f"{seconds:g} {' '.join(UNITS)}"
    script = f"python3 - {words} <<'END'\n{_LOOK}\nEND"
    found: dict[str, Any] = json.loads(cluster.run(host, script, timeout_s=seconds + 60))
    return found
