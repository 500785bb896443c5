# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""``python -m tests.sim --seed 7`` shows a run; ``--count 500`` runs many and sums up."""

from __future__ import annotations

import argparse

from .broken import BrokenError
from .many import run_many
from .run import find_broken, run


def main() -> int:
    """Exit code 1 when an invariant does not hold."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1, help="the seed, or the first of many")
    parser.add_argument("--count", type=int, default=1)
    parser.add_argument("--processes", type=int, default=0, help="0: one for each core")
    parser.add_argument("--first", action="store_true", help="end at the first broken seed")
    arguments = parser.parse_args()
    seeds = range(arguments.seed, arguments.seed + arguments.count)
    if arguments.first:
        seed, sentence = find_broken(seeds)
        print(sentence or f"{arguments.count} runs held.")
        return int(seed is not None)
    return _show(arguments.seed) if arguments.count == 1 else _sum_up(seeds, arguments.processes)


def _show(seed: int) -> int:
    try:
        result = run(seed, print)
    except BrokenError as error:
        print(f"BROKEN at {error.at_s:.3f} s, invariant {error}")
        return 1
    worst = ", ".join(f"{what} {value_s:.3f} s" for what, value_s in sorted(result.worst.items()))
    print(f"held: {result.faults} faults, {result.virtual_s:.0f} virtual seconds; {worst}")
    return 0


def _show_broken(error: BrokenError) -> None:
    print(f"BROKEN invariant {error}", flush=True)


def _sum_up(seeds: range, processes: int) -> int:
    total = run_many(seeds, processes, tell=_show_broken)
    print("\n".join(total.lines()))
    return int(bool(total.broken))


if __name__ == "__main__":
    raise SystemExit(main())
