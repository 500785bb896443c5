# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Programs that run on the lab's client while something is done to the cluster."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.integration.story.cluster import ROOT, VIP

PACKAGE = ROOT / "plugins" / "module_utils" / "_lvs"
READY_WITHIN_S = 15.0
# However this process ends, what it started ends too.
ENDS_WITH_US = ("setpriv", "--pdeathsig", "KILL")


@dataclass(frozen=True)
class Recording:
    """A file of JSON lines that a program writes to; complete when the program has ended."""

    path: Path

    def lines(self) -> list[dict[str, Any]]:
        """The lines so far; the last may be half written and is then left out."""
        text = self.path.read_text(encoding="utf-8") if self.path.exists() else ""
        return [json.loads(line) for line in text.splitlines(keepends=True) if line[-1] == "\n"]

    def runs(self) -> list[dict[str, Any]]:
        """The observer's runs only."""
        return [line for line in self.lines() if "first" in line]


class Client:
    """Starts programs in the namespace of the lab of this name."""

    def __init__(self, name: str, folder: Path) -> None:
        self._enter = ROOT / ".lab" / name / "enter"
        self._folder = folder
        self._packages = folder / "packages"
        self._packages.mkdir(exist_ok=True)
        if not (self._packages / "laico_lvs").exists():
            (self._packages / "laico_lvs").symlink_to(PACKAGE)
        self._count = 0

    @contextmanager
    def requests(self, rate: float = 200.0, timeout_ms: float = 1000.0) -> Iterator[Recording]:
        """Ask the VIP's web page so often a second, each request on a connection of its own."""
        words = [
            "--reset-close",
            "--target",
            f"http://{VIP}/",
            "--rate",
            str(rate),
            "--server",
            "WEB1",
        ]
        words += ["--server", "WEB2", "--timeout-ms", str(timeout_ms)]
        with self.program("laico_lvs.witness.client", words) as recording:
            yield recording

    @contextmanager
    def observer(self) -> Iterator[Recording]:
        """Ask the wire every 10 ms who has the VIP."""
        words = ["--interface", "lan", "--address", VIP]
        with self.program("laico_lvs.witness.observer", words) as recording:
            yield recording

    @contextmanager
    def program(self, module: str, words: Sequence[str]) -> Iterator[Recording]:
        """Run a module that takes ``--output``; it has written a line when this begins, and has
        ended, told by SIGTERM, when it is over."""
        self._count += 1
        name = f"{self._count:03d}_{module.rpartition('.')[2]}"
        recording = Recording(self._folder / f"{name}.jsonl")
        argv = [*ENDS_WITH_US, str(self._enter), sys.executable, "-m", module, *words]
        with open(self._folder / f"{name}.err", "wb") as errors:
            process = subprocess.Popen(
                [*argv, "--output", str(recording.path)],
                stderr=errors,
                cwd=ROOT,
                env={**os.environ, "PYTHONPATH": f"{self._packages}:{ROOT}"},
                stdin=subprocess.DEVNULL,
            )
        try:
            wait_for_line(process, recording)
            yield recording
        finally:
            end(process)


def wait_for_line(process: subprocess.Popen[bytes], recording: Recording) -> None:
    deadline = time.monotonic() + READY_WITHIN_S
    while not recording.lines():
        if process.poll() is not None or time.monotonic() > deadline:
            raise AssertionError(f"{recording.path.stem} wrote nothing (status {process.poll()})")
        time.sleep(0.02)


def end(process: subprocess.Popen[Any]) -> None:
    """SIGTERM, and SIGKILL when that was not enough."""
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


@contextmanager
def busy_cores() -> Iterator[None]:
    """Both cores of this machine (all that we may use) taken by loops, as if by others."""
    loop = "while True: pass"
    loops: list[subprocess.Popen[bytes]] = []
    try:
        loops += (
            subprocess.Popen(
                [*ENDS_WITH_US, "taskset", "-c", str(core), sys.executable, "-c", loop],
                stdin=subprocess.DEVNULL,
            )
            for core in os.sched_getaffinity(0)
        )
        yield
    finally:
        for process in loops:
            end(process)
