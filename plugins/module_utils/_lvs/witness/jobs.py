# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Programs of one run of the failure test that go on while the play does other things.

They are written down in the run's folder, so that the play's next step, another process, can end
them; each holds the run's lease and ends by itself when nobody touches it any more.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from ..core.errors import LvsError

LEASE = "lease"
STOP_WITHIN_S = 10.0
_PACKAGE = (__package__ or "").rsplit(".", 1)[0]


class Jobs:
    """The programs of the run in ``folder``; ``lease_s`` is how long they live without a touch."""

    def __init__(self, folder: Path, lease_s: float) -> None:
        """The folder must exist."""
        self._folder = folder
        self._lease_s = lease_s
        self.touch()

    def touch(self) -> None:
        """Say that somebody still cares for this run."""
        (self._folder / LEASE).touch()

    def run(self, program: str, arguments: Sequence[str], timeout_s: float) -> None:
        """Run a program of the witness to its end. LvsError when it fails."""
        words = [*self._words(program), *arguments]
        # Hosts have no ansible, so no run_command.
        done = subprocess.run(  # pylint: disable=ansible-bad-function
            words,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=timeout_s,
            check=False,
        )
        if done.returncode:
            raise LvsError(f"{program} ended with {done.returncode}: {done.stderr.strip()}")

    def start(self, name: str, program: str, arguments: Sequence[str]) -> None:
        """Start a program that goes on after this process has ended."""
        lease = ["--lease", str(self._folder / LEASE), "--lease-s", str(self._lease_s)]
        with open(self._folder / f"{name}.err", "ab") as errors:
            process = subprocess.Popen(  # pylint: disable=ansible-bad-function
                [*self._words(program), *arguments, *lease],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=errors,
                start_new_session=True,
                cwd="/",
            )
        born = read_start_time(process.pid)
        (self._folder / f"{name}.pid").write_text(f"{process.pid} {born}\n", encoding="ascii")

    def stop(self, name: str) -> None:
        """End a program in good order, by force after STOP_WITHIN_S; LvsError with what it said."""
        record = self._folder / f"{name}.pid"
        if not record.exists():
            return
        pid, born = record.read_text(encoding="ascii").split()
        was_there = self._signal(int(pid), born, signal.SIGTERM)
        is_gone = wait_for(lambda: not self._signal(int(pid), born, 0), STOP_WITHIN_S)
        if not is_gone:
            self._signal(int(pid), born, signal.SIGKILL)
        record.unlink()
        errors = (self._folder / f"{name}.err").read_text(encoding="utf-8").strip()
        if not was_there or not is_gone:
            why = errors or ("it had ended by itself" if not was_there else "it did not end")
            raise LvsError(f"{name}: {why}.")

    def stop_all(self) -> list[str]:
        """End every program that is written down; one sentence for each that went wrong."""
        problems = []
        for record in sorted(self._folder.glob("*.pid")):
            try:
                self.stop(record.stem)
            except LvsError as error:
                problems.append(str(error))
        return problems

    def _words(self, program: str) -> list[str]:
        return [sys.executable, "-m", f"{_PACKAGE}.witness.{program}"]

    def _signal(self, pid: int, born: str, number: int) -> bool:
        """Send a signal to the process that was started, never to one that has its number now."""
        if read_start_time(pid) != born:
            return False
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            return False
        return True


def read_start_time(pid: int) -> str:
    """Give a process's start in clock ticks since boot (proc(5), field 22); "" if it is gone."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    fields = text.rpartition(")")[2].split()
    return "" if fields[0] in ("Z", "X") else fields[19]


def wait_for(is_true: Callable[[], bool], within_s: float) -> bool:
    """Wait until it is true, at most so long; whether it became true."""
    deadline = time.monotonic() + within_s
    while not is_true():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True
