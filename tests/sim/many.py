# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Many seeds on all cores, and their sum."""

from __future__ import annotations

import multiprocessing
import multiprocessing.pool
import os
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from .broken import BrokenError
from .run import Result, run
from .scenario import KINDS
from .states import ALL_STATES

CHUNK = 2


@dataclass
class Sum:
    """What many runs came to. ``worst`` maps what was measured to (seconds, seed)."""

    runs: int = 0
    virtual_s: float = 0.0
    cpu_s: float = 0.0
    faults: int = 0
    worst: dict[str, tuple[float, int]] = field(default_factory=dict)
    kinds: Counter[str] = field(default_factory=Counter)
    states: Counter[str] = field(default_factory=Counter)
    broken: list[BrokenError] = field(default_factory=list)

    def add(self, result: Result) -> None:
        """One run that held."""
        self.runs += 1
        self.virtual_s += result.virtual_s
        self.cpu_s += result.cpu_s
        self.faults += result.faults
        self.kinds.update(result.kinds)
        self.states.update(result.states)
        for what, value_s in result.worst.items():
            if value_s > self.worst.get(what, (0.0, 0))[0]:
                self.worst[what] = value_s, result.seed

    def missing(self) -> list[str]:
        """Kinds of faults and states that no run met."""
        return sorted(KINDS - self.kinds.keys()) + sorted(ALL_STATES - self.states.keys())

    def lines(self) -> Iterator[str]:
        """For a person."""
        yield f"{self.runs} runs held, {len(self.broken)} broken; {self.faults} faults"
        per_cpu_s = self.virtual_s / self.cpu_s if self.cpu_s else 0.0
        yield (
            f"{self.virtual_s:.0f} virtual seconds in {self.cpu_s:.1f} s of CPU:"
            f" {per_cpu_s:.0f} per second"
        )
        yield "longest (s), and the seed that has it:"
        for what, (value_s, seed) in sorted(self.worst.items()):
            yield f"  {value_s:7.3f}  {what} (seed {seed})"
        rarest = self.kinds.most_common()[-3:] + self.states.most_common()[-3:]
        yield "met in the fewest runs: " + ", ".join(f"{what} {n}" for what, n in rarest)
        yield f"never met: {', '.join(self.missing()) or 'nothing'}"


def run_many(
    seeds: Iterable[int],
    processes: int = 0,
    for_s: float = 1e9,
    tell: Callable[[BrokenError], None] = lambda dummy: None,
) -> Sum:
    """Run seeds on ``processes`` cores (0: all); none begins after ``for_s`` seconds. ``tell`` gets
    what is broken at once."""
    total, ends_at = Sum(), time.monotonic() + for_s
    with _pool(processes or os.cpu_count() or 1) as pool:
        tasks = [(seed, ends_at) for seed in seeds]
        for outcome in pool.imap_unordered(_run_one, tasks, CHUNK):
            if isinstance(outcome, BrokenError):
                total.broken.append(outcome)
                tell(outcome)
            elif outcome is not None:
                total.add(outcome)
    total.broken.sort(key=lambda error: error.seed or 0)
    return total


@contextmanager
def _pool(processes: int) -> Iterator[multiprocessing.pool.Pool]:
    """Workers that end with this process, whatever happens."""
    pool = multiprocessing.get_context("fork").Pool(processes)
    try:
        yield pool
    finally:
        pool.terminate()
        pool.join()


def _run_one(task: tuple[int, float]) -> Result | BrokenError | None:
    seed, ends_at = task
    if time.monotonic() > ends_at:
        return None
    try:
        return run(seed)
    except BrokenError as error:
        return error
    except Exception as error:  # noqa: BLE001 - the core's own counts, too
        return BrokenError(0, f"the core raised {error!r}", seed)
