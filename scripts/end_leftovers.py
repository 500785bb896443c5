#!/usr/bin/env python
# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""End what a killed test run of this checkout left behind: its processes, then its labs.

A process is ours when its environment carries the mark that scripts/run_tests sets; nothing is
ended by name. Labs are ended by `lab down`, which works from their state files.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
MARK = b"LAICO_LVS_RUN="
GRACE_S = 5.0


def _ancestors() -> set[int]:
    """This process and those that wait for it."""
    found: set[int] = set()
    pid = os.getpid()
    while pid > 0 and pid not in found:
        found.add(pid)
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
        pid = int(stat.rpartition(")")[2].split()[1])
    return found


def _is_marked(pid: int) -> bool:
    try:
        environment = Path(f"/proc/{pid}/environ").read_bytes()
    except OSError:  # ended meanwhile, or another user's
        return False
    marks = [word[len(MARK) :] for word in environment.split(b"\0") if word.startswith(MARK)]
    return any(str(ROOT).encode() in mark.split(b":") for mark in marks)


def marked_processes() -> list[int]:
    spared = _ancestors()
    pids = [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]
    return [pid for pid in pids if pid not in spared and _is_marked(pid)]


def _send(pid: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)


def end_processes() -> None:
    """SIGINT first, so that context managers clean up; SIGKILL for what is left after GRACE_S."""
    pids = marked_processes()
    if not pids:
        return
    print(f"end_leftovers: an earlier run was killed; ending its {len(pids)} processes")
    for pid in pids:
        _send(pid, signal.SIGINT)
    deadline = time.monotonic() + GRACE_S
    while marked_processes() and time.monotonic() < deadline:
        time.sleep(0.1)
    for pid in marked_processes():
        _send(pid, signal.SIGKILL)


def end_labs() -> int:
    """0, or the status of the `lab down` that failed."""
    worst = 0
    for state in sorted((ROOT / ".lab").glob("*/state.json")):
        name = state.parent.name
        print(f"end_leftovers: lab {name} is up; ending it")
        done = subprocess.run(
            [ROOT / "lab" / "lab", "--name", name, "down"], check=False, stdin=subprocess.DEVNULL
        )
        worst = worst or done.returncode
    return worst


def main() -> int:
    end_processes()
    return end_labs()


if __name__ == "__main__":
    sys.exit(main())
