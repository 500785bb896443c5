# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""``python -m tests.fuzz --minutes 10 --seed 1 [--target node]`` looks for inputs that break what
reads them; ``--replay FILE`` shows one again. Exit code 1 when one was found."""

from __future__ import annotations

import argparse
import os
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path

from .fuzz import TARGETS, Report, fuzz, replay


def main() -> int:
    """The targets share the minutes, on all cores."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=1.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--target", action="append", choices=sorted(TARGETS), default=[])
    parser.add_argument("--replay", type=Path)
    arguments = parser.parse_args()
    if arguments.replay:
        outcome = replay(arguments.replay)
        print(outcome.fault or f"no fault: {outcome.shape}")
        return 1 if outcome.fault else 0
    names = arguments.target or list(TARGETS)
    return _fuzz_all(names, arguments.seed, arguments.minutes * 60)


def _fuzz_all(names: list[str], seed: int, seconds: float) -> int:
    """``node`` is the deepest: it counts as three."""
    workers = min(os.cpu_count() or 1, len(names))
    weights = {name: 3 if name == "node" else 1 for name in names}
    share_s = seconds * workers / sum(weights.values())
    # One target cannot use two cores.
    times_s = {name: min(seconds, share_s * weight) for name, weight in weights.items()}
    is_found = False
    with ProcessPoolExecutor(workers) as pool:
        jobs = [pool.submit(fuzz_by_name, name, seed, times_s[name]) for name in names]
        for job in as_completed(jobs):
            report = job.result()
            is_found |= report.found is not None
            print(_line(report), flush=True)
    return 1 if is_found else 0


def fuzz_by_name(name: str, seed: int, seconds: float) -> Report:
    """For another process."""
    return fuzz(TARGETS[name], seed, seconds)


def _line(report: Report) -> str:
    line = f"{report.target:14} {report.inputs:8} inputs, {report.pool:5} kept"
    return f"{line}\n{report.found}" if report.found else line


if __name__ == "__main__":
    raise SystemExit(main())
