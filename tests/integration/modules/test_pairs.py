# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Random pairs of tables on a real kernel: from the one to the other by the modules' own code.

`ipvsadm -Sn` is the oracle: afterwards it prints the expected table, check mode predicted exactly
that and wrote nothing, each row that differs was written once, a second run writes nothing, and on
the way no service that works before and after was without a working server.
PAIRS_SEED=7 draws others; PAIRS_ONLY=12 runs one of them.
"""

from __future__ import annotations

import os

import pytest

from tests.integration.modules.conftest import Guest
from tests.integration.modules.pairs import Pair, draw
from tests.integration.modules.pairs_coverage import missing
from tests.integration.modules.pairs_printer import saved
from tests.integration.modules.pairs_runner import Run, runner_of
from tests.integration.modules.pairs_shrink import shrink
from tests.integration.modules.pairs_verdict import faults

pytestmark = pytest.mark.lab

SEED = int(os.environ.get("PAIRS_SEED", "12"))
AT_ONCE = 60
ONLY = os.environ.get("PAIRS_ONLY")
# What a planner could do wrong, and a word of what is said of it: the proof can fail.
FAULTS = {
    "removals first": "had no server",
    "without the last": "ipvsadm shows",
    "first twice": "writes where",
    "one heavier": "check mode showed",
}


@pytest.fixture
def run(guest: Guest) -> Run:
    return runner_of(guest)


def check(run: Run, pairs: list[Pair]) -> None:
    for start in range(0, len(pairs), AT_ONCE):
        some = pairs[start : start + AT_ONCE]
        for pair, is_failing in zip(some, failing(run, some), strict=True):
            if is_failing:
                raise AssertionError(tell(shrink(pair, lambda few: failing(run, few)), run))


def failing(run: Run, pairs: list[Pair]) -> list[bool]:
    return [bool(faults(*each)) for each in zip(pairs, run(pairs), strict=True)]


def tell(pair: Pair, run: Run) -> str:
    (result,) = run([pair])
    seed, index = pair.seed.split()
    return "\n".join(
        [
            *faults(pair, result),
            "from:",
            *saved(pair.before),
            f"to ({pair.way}):",
            *saved(pair.after),
            f"shrunk; replay the whole: PAIRS_SEED={seed} PAIRS_ONLY={index} pytest {__file__}",
        ]
    )


def drawn(count: int) -> list[Pair]:
    pairs = draw(SEED, count)
    assert missing(pairs) == [], "this draw proves too little: take another seed or more pairs"
    return [pairs[int(ONLY)]] if ONLY else pairs


def test_thirty_pairs_of_tables(run: Run) -> None:
    check(run, drawn(30))


@pytest.mark.tier_full
def test_three_hundred_pairs_of_tables(run: Run) -> None:
    check(run, drawn(300))


@pytest.mark.tier_ci
@pytest.mark.parametrize("fault", FAULTS)
def test_a_planner_with_a_fault_is_found(run: Run, fault: str) -> None:
    pairs = [pair for pair in drawn(30) if pair.way == "all"]
    told = [each for pair in zip(pairs, run(pairs, fault), strict=True) for each in faults(*pair)]
    assert any(FAULTS[fault] in each for each in told), told
