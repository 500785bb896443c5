# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What one IPVS task costs, wrapper and imports included, in tasks of ansible.builtin.stat."""

from __future__ import annotations

import itertools
import json
import os
import statistics
import subprocess
from typing import Any

from tests.integration.modules.conftest import ROOT, Guest

ROUNDS = 8
CALLBACKS = ROOT / "tests" / "bench" / "callback"
STAT = "ansible.builtin.stat"
WEB = {"address": "192.0.2.146", "port": 80}
ROW = {"destination": "192.0.2.2"}
# stat as it comes runs `file` and `lsattr`; without them it only starts, and ends.
BARE = "ansible.builtin.stat without its programs"
LITTLE = {"get_mime": False, "get_attributes": False, "get_checksum": False}
# With nothing to do, as stat has nothing to do.
TASKS: dict[str, dict[str, Any]] = {
    STAT: {"path": "/etc/hosts"},
    BARE: {"path": "/etc/hosts", **LITTLE},
    "laico.lvs.ipvs_service": WEB,
    "laico.lvs.ipvs_dest": {**WEB, **ROW},
    "laico.lvs.ipvs_table": {"services": [{**WEB, "destinations": [ROW]}]},
    "laico.lvs.ipvs_sync": {"role": "master", "state": "absent"},
    "laico.lvs.ipvs_timeouts": {},
    "laico.lvs.ipvs_info": {},
}


def task_costs(guest: Guest, rounds: int = ROUNDS) -> dict[str, Any]:
    """One play of so many rounds, each task once a round: the median seconds of each, and the
    median of its seconds in those of the stat of the same round (``ratio``), and of a stat that
    does the least it can (``bare_ratio``)."""
    guest.run("modprobe ip_vs; ipvsadm -C; ipvsadm -A -t 192.0.2.146:80 -s wlc")
    guest.run("ipvsadm -a -t 192.0.2.146:80 -r 192.0.2.2:80 -g")
    tasks = [{"name": name, name.split()[0]: TASKS[name]} for name in TASKS]
    play = {"hosts": guest.name, "gather_facts": False, "tasks": tasks * (rounds + 1)}
    seconds = _seconds(_run(guest, [play]))
    guest.run("ipvsadm -C")
    return {
        "seconds": {name: statistics.median(found) for name, found in seconds.items()},
        "ratio": _in(seconds[STAT], seconds),
        "bare_ratio": _in(seconds[BARE], seconds),
    }


def _in(unit: list[float], seconds: dict[str, list[float]]) -> dict[str, float]:
    return {
        name: statistics.median(one / stat for one, stat in zip(found, unit, strict=True))
        for name, found in seconds.items()
    }


def _run(guest: Guest, plays: list[dict[str, Any]]) -> list[dict[str, Any]]:
    book, times = guest.folder / "task.json", guest.folder / "times.json"
    book.write_text(json.dumps(plays), encoding="utf-8")
    profile = {"ANSIBLE_CALLBACK_PLUGINS": str(CALLBACKS), "LAICO_TIMES": str(times)}
    done = subprocess.run(
        [str(ROOT / ".venv/bin/ansible-playbook"), "-i", guest.inventory, str(book)],
        cwd=ROOT,
        env={**os.environ, **profile, "ANSIBLE_CALLBACKS_ENABLED": "laico_times"},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    if done.returncode:
        raise AssertionError(done.stdout + done.stderr)
    found: list[dict[str, Any]] = json.loads(times.read_text(encoding="utf-8"))
    return found


def _seconds(entries: list[dict[str, Any]]) -> dict[str, list[float]]:
    """Of each task of each round but the first, which opens the connection."""
    found: dict[str, list[float]] = {name: [] for name in TASKS}
    for task, after in list(itertools.pairwise(entries))[len(TASKS) :]:
        found[task["task"]].append(after["at"] - task["at"])
    return found
