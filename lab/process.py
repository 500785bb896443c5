# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Processes that outlive the program that started them, known by pid and start time."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from lab.errors import LabError

# The child does nothing until it is told to, and ends if its starter dies before: so there is no
# moment in which a process runs that the state file does not name.
_GATE = 'read -r go && [ "$go" = go ] && exec "$@" </dev/null'
# Fields of /proc/PID/stat after the command's name (proc(5)): state is 3, starttime is 22.
_STATE, _STARTTIME = 0, 19


@dataclass(frozen=True)
class Process:
    """A process; ``start`` (clock ticks since boot) tells it from a later one of the same pid."""

    pid: int
    start: int

    def is_alive(self) -> bool:
        """Whether this very process still runs (a zombie does not)."""
        fields = _stat(self.pid)
        if fields is None or fields[_STATE] == "Z":
            return False
        return int(fields[_STARTTIME]) == self.start

    def send(self, number: signal.Signals) -> None:
        """Send a signal, unless the process has ended."""
        if self.is_alive():
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def first_child(self) -> Process | None:
        """Its oldest child, if it has one."""
        try:
            text = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text(encoding="ascii")
        except OSError:
            return None
        pids = text.split()
        return identify(int(pids[0])) if pids else None


def identify(pid: int) -> Process | None:
    """The process that has this pid now."""
    fields = _stat(pid)
    return None if fields is None else Process(pid, int(fields[_STARTTIME]))


def _stat(pid: int) -> list[str] | None:
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    return text.rpartition(")")[2].split() or None


def spawn(
    argv: Sequence[str],
    log: Path,
    record: Callable[[Process], None],
    env: Mapping[str, str] | None = None,
) -> Process:
    """Start ``argv`` in a session of its own; ``record`` has returned before it runs at all.

    Its output is appended to ``log``.
    """
    reader, writer = os.pipe()
    with os.fdopen(writer, "wb") as gate:
        process = _posix_spawn(argv, log, reader, dict(os.environ if env is None else env))
        record(process)
        gate.write(b"go\n")
    return process


def _posix_spawn(argv: Sequence[str], log: Path, gate: int, env: dict[str, str]) -> Process:
    # Not subprocess.Popen, which wants to see its children end.
    output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        pid = os.posix_spawn(
            "/bin/sh",
            ["/bin/sh", "-c", _GATE, "lab", *argv],
            env,
            file_actions=[(os.POSIX_SPAWN_DUP2, gate, 0)]
            + [(os.POSIX_SPAWN_DUP2, output, number) for number in (1, 2)],
            setsid=True,
            setsigdef=[signal.SIGPIPE, signal.SIGINT],
        )
    finally:
        os.close(output)
        os.close(gate)
    process = identify(pid)
    if process is None:
        raise LabError(f"{argv[0]} could not be started; see {log}")
    return process


def wait_until(condition: Callable[[], bool], within_s: float, every_s: float = 0.01) -> bool:
    """Poll until the condition holds; False when it does not within ``within_s`` seconds."""
    end = time.monotonic() + within_s
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(every_s)
    return True


def kill_and_wait(process: Process, within_s: float = 10.0) -> None:
    """SIGKILL, then wait until it is gone; :class:`LabError` when it stays."""
    process.send(signal.SIGKILL)
    reap(process)
    if not wait_until(lambda: not process.is_alive(), within_s):
        raise LabError(f"process {process.pid} does not end within {within_s:g} s of SIGKILL")


def reap(process: Process) -> None:
    """Collect the exit status when the process is our own child."""
    with contextlib.suppress(ChildProcessError):
        os.waitpid(process.pid, os.WNOHANG)
