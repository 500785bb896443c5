# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Real-time priority and locked memory of a real process, with and without the permission."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.integration.agent.directors import PACKAGE

pytestmark = pytest.mark.tier_check

PROGRAM = """
import json, os, resource, subprocess, sys
sys.path.insert(0, sys.argv[1])
from laico_lvs.host.realtime import Realtime
{prepare}
one = Realtime()
def policy(pid):
    return os.sched_getscheduler(pid) & ~os.SCHED_RESET_ON_FORK
def locked():
    return int(next(l.split()[1] for l in open("/proc/self/status") if l.startswith("VmLck")))
warnings = one.use(7)
child = subprocess.run([sys.executable, "-c", "import os; print(os.sched_getscheduler(0))"],
                       capture_output=True, text=True)
found = dict(warnings=warnings, policy=policy(0), priority=os.sched_getparam(0).sched_priority,
             locked=locked(), status=one.status(), child=int(child.stdout or -1))
held = bytearray(20_000_000)
found.update(again=one.use(7), off=one.use(0), policy_off=policy(0), locked_off=locked())
print(json.dumps(found))
"""
# All capabilities dropped, as in the unit: only the limits are left.
WITHOUT = """
import ctypes
class Header(ctypes.Structure):
    _fields_ = [("version", ctypes.c_uint32), ("pid", ctypes.c_int)]
if ctypes.CDLL(None).capset(ctypes.byref(Header(0x20080522, 0)), (ctypes.c_uint32 * 6)()):
    raise SystemExit("the capabilities stay")
"""


LIMITS = """
resource.setrlimit(resource.RLIMIT_RTPRIO, (0, 0))
resource.setrlimit(resource.RLIMIT_MEMLOCK, (65536, 65536))
"""


def run(folder: Path, prepare: str) -> dict[str, Any]:
    (folder / "laico_lvs").symlink_to(PACKAGE)
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM.replace("{prepare}", prepare), str(folder)],
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_what_is_permitted_is_done_and_undone(tmp_path: Path) -> None:
    """By capability here, by the unit's limits alone in test_unit.py."""
    found = run(tmp_path, "")
    assert found["warnings"] == []
    assert (found["policy"], found["priority"]) == (2, 7)  # SCHED_RR
    assert found["locked"] > 0
    assert found["child"] == 0, "a script must not inherit the priority"
    assert found["status"]["is_locked"]
    assert 0 < found["status"]["resident_kib"] < 100_000
    assert found["again"] == found["off"] == []
    assert (found["policy_off"], found["locked_off"]) == (0, 0)


def test_what_is_not_permitted_is_said_and_stops_nothing(tmp_path: Path) -> None:
    found = run(tmp_path, LIMITS + WITHOUT)
    assert found["warnings"] == [
        "no real-time priority 7: Operation not permitted; allow it by LimitRTPRIO= of the unit, "
        "or write `realtime off` in ha.cf.",
        "memory is not locked: set LimitMEMLOCK=infinity in the unit; or write `realtime off` in "
        "ha.cf.",
    ]
    assert (found["policy"], found["locked"], found["status"]["is_locked"]) == (0, 0, False)
