# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""``python -m tests.sim --seed 7`` shows a run; ``--count 500`` runs many and sums up."""

from __future__ import annotations

import argparse
import time

from .broken import BrokenError
from .run import run


def main() -> int:
    """Exit code 1 when an invariant does not hold."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=1)
    parser.add_argument("--first", action="store_true", help="end at the first broken seed")
    arguments = parser.parse_args()
    out = print if arguments.count == 1 else None
    worst: dict[str, float] = {}
    broken = 0
    begun = time.monotonic()
    for seed in range(arguments.seed, arguments.seed + arguments.count):
        try:
            result = run(seed, out)
        except BrokenError as error:
            broken += 1
            print(error)
            if arguments.first:
                break
            continue
        for what, value_s in result.worst.items():
            worst[what] = max(worst.get(what, 0.0), value_s)
    took_s = time.monotonic() - begun
    print(f"{arguments.count} runs, {broken} broken, {took_s:.1f} s; worst seen (s): {worst}")
    return 1 if broken else 0


if __name__ == "__main__":
    raise SystemExit(main())
