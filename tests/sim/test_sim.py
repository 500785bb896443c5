# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Seeded runs hold the invariants, and meet every kind of fault and every state."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.sim import many
from tests.sim.broken import BrokenError
from tests.sim.many import Sum, run_many
from tests.sim.run import Result, run
from tests.sim.scenario import KINDS, LEAST_FAULTS, LEAST_S
from tests.sim.states import ALL_STATES

ROOT = Path(__file__).resolve().parents[2]
SEEDS_IN_CHECK = range(1, 49)
SEEDS_IN_CI = range(1001, 1101)
SEEDS_IN_FULL = range(10_001, 20_001)


def judge(total: Sum) -> None:
    print("\n".join(total.lines()))
    assert not total.broken, "\n".join(str(error) for error in total.broken)
    assert not total.missing(), f"no run met: {', '.join(total.missing())}"


def test_seeded_runs_hold_the_invariants_and_meet_everything() -> None:
    judge(run_many(SEEDS_IN_CHECK))


@pytest.mark.tier_ci
def test_more_seeded_runs_hold_the_invariants() -> None:
    judge(run_many(SEEDS_IN_CI))


@pytest.mark.tier_full
@pytest.mark.timeout(4 * 3600)
def test_ten_thousand_seeded_runs_hold_the_invariants() -> None:
    judge(run_many(SEEDS_IN_FULL))


@pytest.mark.parametrize("seed", [2, 11])
def test_a_run_is_long_and_full_of_faults(seed: int) -> None:
    result = run(seed)
    assert result.virtual_s >= LEAST_S >= 60
    assert result.faults >= LEAST_FAULTS >= 10


def test_what_is_broken_and_what_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def break_it(seed: int) -> Result:
        if seed == 1:
            raise BrokenError(8, "two answer", seed)
        raise ValueError("rubbish")

    monkeypatch.setattr(many, "run", break_it)
    total = run_many([1, 2], processes=1)
    assert [str(error) for error in total.broken] == [
        "8: two answer (seed 1: make sim SEED=1)",
        "0: the core raised ValueError('rubbish') (seed 2: make sim SEED=2)",
    ]
    assert total.missing() == sorted(KINDS) + sorted(ALL_STATES)
    with pytest.raises(AssertionError, match="8: two answer"):
        judge(total)
    with pytest.raises(
        AssertionError, match=r"no run met: LAN cut both ways, .*, withheld and late"
    ):
        judge(Sum())


def test_a_run_is_its_seed_in_any_process() -> None:
    transcripts = {_transcript(seed=2, hash_seed=number) for number in (1, 2)}
    assert len(transcripts) == 1
    assert "answered by" in transcripts.pop()


def _transcript(seed: int, hash_seed: int) -> str:
    environment = {**os.environ, "PYTHONHASHSEED": str(hash_seed)}
    command = [sys.executable, "-m", "tests.sim", "--seed", str(seed)]
    done = subprocess.run(
        command,
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
        stdin=subprocess.DEVNULL,
    )
    return done.stdout
