# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Processes known by pid and start time; these tests run real ones, for milliseconds."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from lab.process import Process, identify, kill_and_wait, spawn, wait_until

ROOT = Path(__file__).parents[3]
# Records the child, then dies as by SIGKILL before it tells the child to go.
KILLED_STARTER = """
import os, sys
from pathlib import Path
from lab.process import spawn
def record(process):
    print(process.pid, process.start, flush=True)
    os.kill(os.getpid(), 9)
spawn(["sleep", "1000"], Path(sys.argv[1]), record)
"""


def test_a_process_is_ended_and_then_not_alive(tmp_path: Path) -> None:
    recorded: list[Process] = []
    process = spawn(["sleep", "1000"], tmp_path / "log", recorded.append)
    assert recorded == [process]
    assert process.is_alive()
    kill_and_wait(process)
    assert not process.is_alive()


def test_another_process_with_the_pid_is_not_the_same() -> None:
    here = identify(os.getpid())
    assert here is not None
    assert here.is_alive()
    assert not Process(here.pid, here.start + 1).is_alive()


def test_a_starter_killed_after_recording_leaves_no_process(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", KILLED_STARTER, str(tmp_path / "log")],
        cwd=ROOT, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert done.returncode == -9
    pid, start = done.stdout.split()
    assert wait_until(lambda: not Process(int(pid), int(start)).is_alive(), within_s=5.0)


def test_output_goes_to_the_log(tmp_path: Path) -> None:
    log = tmp_path / "log"
    process = spawn(["sh", "-c", "echo out; echo err >&2"], log, lambda _process: None)
    assert wait_until(lambda: not process.is_alive(), within_s=5.0)
    kill_and_wait(process)
    assert log.read_text(encoding="utf-8") == "out\nerr\n"
