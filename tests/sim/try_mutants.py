# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""``python -m tests.sim.try_mutants [NAME...]``: what catches each mutant, and at which seed.

``--search`` asks the simulator for all of them, also for those that only tests are to catch. Exit
code 1 when one is not caught as its patch says.
"""

from __future__ import annotations

import argparse
import time

from .judging import SEEDS, Breach, failing_tests, find_breach
from .patching import Mutant, PatchError, read_mutants, tree_with


def main() -> int:
    """One line a mutant."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--seeds", type=int, default=SEEDS)
    parser.add_argument("--search", action="store_true")
    parser.add_argument("--tests-only", action="store_true")
    arguments = parser.parse_args()
    mutants = read_mutants()
    alive = 0
    for name in arguments.names or mutants:
        begun = time.monotonic()
        try:
            line, is_caught = _try(mutants[name], arguments)
        except (PatchError, RuntimeError) as error:
            line, is_caught = f"ERROR {error}", False
        alive += not is_caught
        took_s = time.monotonic() - begun
        print(f"{name:32} {'' if is_caught else 'ALIVE '}{line} ({took_s:.0f} s)", flush=True)
    return 1 if alive else 0


def _try(mutant: Mutant, arguments: argparse.Namespace) -> tuple[str, bool]:
    is_searched = arguments.search or (mutant.invariants and not arguments.tests_only)
    with tree_with(mutant) as root:
        failed = failing_tests(root, mutant.tests)
        breach = find_breach(root, arguments.seeds) if is_searched else None
    tests = [test.rsplit("::", 1)[-1] for test in failed]
    is_as_said = len(failed) == len(mutant.tests) and (
        arguments.tests_only or not mutant.invariants or _is_said(mutant, breach)
    )
    return "; ".join([*tests, *([_words(breach)] if breach else [])]), is_as_said


def _is_said(mutant: Mutant, breach: Breach | None) -> bool:
    return breach is not None and breach.invariant in mutant.invariants


def _words(breach: Breach) -> str:
    return f"seed {breach.seed}, invariant {breach.invariant}: {breach.sentence}"


if __name__ == "__main__":
    raise SystemExit(main())
