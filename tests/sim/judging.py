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
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from .patching import Mutant, tree_with

SEEDS = 500
SEEDS_AT_ONCE = 5
TIMEOUT_S = 300.0
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
    done = _run(root, [sys.executable, "-m", "pytest", "-q", "--tb=no", "-rfE", *tests])
    if done.returncode not in (0, 1):
        raise RuntimeError(f"{tests} cannot be run: {done.stdout[-800:]}{done.stderr[-800:]}")
    lines = [line.split(" ") for line in done.stdout.splitlines()]
    failed = {line[1].partition("[")[0] for line in lines if line[0] in ("FAILED", "ERROR")}
    return [test for test in tests if test in failed]


def find_breach(root: Path, seeds: int = SEEDS, workers: int | None = None) -> Breach | None:
    """The first seed, from 1 on, that breaks an invariant in a tree."""
    with ThreadPoolExecutor(workers or os.cpu_count()) as pool:
        starts = range(1, seeds + 1, SEEDS_AT_ONCE)
        waiting: list[Future[Breach | None]] = [
            pool.submit(_search, root, first, min(first + SEEDS_AT_ONCE, seeds + 1))
            for first in starts
        ]
        try:
            return next((found for future in waiting if (found := future.result())), None)
        finally:
            for future in waiting:
                future.cancel()


def _search(root: Path, first: int, end: int) -> Breach | None:
    done = _run(root, [sys.executable, "-c", WORKER, str(first), str(end)])
    if done.returncode:
        raise RuntimeError(f"seeds {first} to {end - 1} cannot be run: {done.stderr[-2000:]}")
    lines = done.stdout.splitlines()
    return Breach(*json.loads(lines[-1])) if lines else None


def _run(root: Path, command: list[str]) -> subprocess.CompletedProcess[str]:
    """``-c`` puts the folder itself first on the path, and ``-m`` does, too."""
    return subprocess.run(
        command, cwd=root, capture_output=True, text=True, check=False, timeout=TIMEOUT_S
    )


def judge(mutant: Mutant, seeds: int = SEEDS) -> tuple[list[str], Breach | None]:
    """The tests that catch it, of those it names, and what the simulator finds if it is to."""
    with tree_with(mutant) as root:
        breach = find_breach(root, seeds) if mutant.invariants else None
        return failing_tests(root, mutant.tests), breach
