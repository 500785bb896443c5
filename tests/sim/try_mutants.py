# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""``python -m tests.sim.try_mutants [COUNT]``: which seed finds each mutant first."""

from __future__ import annotations

import sys

from .mutants import MUTANTS
from .run import find_broken


def main() -> int:
    """Exit code 1 when a mutant lives through all seeds."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    alive = 0
    for name, mutant in MUTANTS.items():
        with mutant():
            seed, error = find_broken(range(1, count + 1))
        alive += seed is None
        print(f"{name:35} {'ALIVE' if seed is None else f'seed {seed}: {error}'}", flush=True)
    return 1 if alive else 0


if __name__ == "__main__":
    raise SystemExit(main())
