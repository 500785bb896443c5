# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who catches a mutant: its tests, or the simulator at which seed; in processes of their own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

SEEDS = 500
SEEDS_AT_ONCE = 4
TIMEOUT_S = 300.0
# Looking for pytest's plugins costs more than the tests.
PLUGINS = ("-p", "pytest_timeout")
NO_OTHERS = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
# Runs in the copy. What the core itself raises is found, too: its invariant is 0.
WORKER = """
import json, sys
from tests.sim.broken import BrokenError
from tests.sim.run import run
for seed in range(int(sys.argv[1]), int(sys.argv[2])):
    try:
        run(seed)
    except BrokenError as error:
        found = [seed, error.invariant, error.sentence]
    except Exception as error:
        found = [seed, 0, repr(error)]
    else:
        continue
    print(json.dumps(found))
    break
"""


@dataclass(frozen=True)
class Breach:
    """What the simulator found: ``invariant`` 0 is an exception of the core."""

    seed: int
    invariant: int
    sentence: str


def failing_tests(root: Path, tests: Sequence[str]) -> list[str]:
    """Which of these tests fail in a tree. RuntimeError when they cannot be run."""
    if not tests:
        return []
    command = [sys.executable, "-m", "pytest", "-q", "--tb=no", "-rfE", *PLUGINS, *tests]
    done = subprocess.run(
        command, cwd=root, env={**os.environ, **NO_OTHERS}, capture_output=True, text=True,
        check=False, timeout=TIMEOUT_S, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    if done.returncode not in (0, 1):
        raise RuntimeError(f"{tests} cannot be run: {done.stdout[-800:]}{done.stderr[-800:]}")
    lines = [line.split(" ") for line in done.stdout.splitlines()]
    failed = {line[1].partition("[")[0] for line in lines if line[0] in ("FAILED", "ERROR")}
    return [test for test in tests if test in failed]


def find_breach(root: Path, seeds: int = SEEDS) -> Breach | None:
    """The first seed, from 1 on, that breaks an invariant in a tree."""
    search = _Search(root)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        waiting = [
            pool.submit(search.look_at, first, min(first + SEEDS_AT_ONCE, seeds + 1))
            for first in range(1, seeds + 1, SEEDS_AT_ONCE)
        ]
        try:
            return next((found for future in waiting if (found := future.result())), None)
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
            search.end()


class _Search:
    """Processes that run seeds; those still at work end when one of them found what is looked
    for."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._running: set[subprocess.Popen[str]] = set()
        self._is_over = False

    def look_at(self, first: int, end: int) -> Breach | None:
        command = [sys.executable, "-c", WORKER, str(first), str(end)]
        pipe = subprocess.PIPE
        with subprocess.Popen(
            command, cwd=self._root, stdout=pipe, stderr=pipe, text=True, stdin=subprocess.DEVNULL
        ) as run:
            self._running.add(run)
            try:
                out, errors = run.communicate(timeout=TIMEOUT_S)
            finally:
                self._running.discard(run)
                run.kill()
        if run.returncode and not self._is_over:
            raise RuntimeError(f"seeds {first} to {end - 1} cannot be run: {errors[-2000:]}")
        lines = out.splitlines()
        return Breach(*json.loads(lines[-1])) if lines else None

    def end(self) -> None:
        self._is_over = True
        for run in tuple(self._running):
            run.kill()
