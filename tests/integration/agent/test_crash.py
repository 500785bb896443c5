# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""kill -9 of one side at any moment of a planned move: what the next life finds it puts right."""

from __future__ import annotations

import subprocess
import time

import pytest

from tests.integration.agent.directors import DIRECTORS, VIP, Director, Pair, settle, wait_until
from tests.integration.agent.wire import overlap_s

pytestmark = pytest.mark.tier_ci

# From the word of lvsctl on: its own start takes some 0.2 s, the move 0.1 s, the lingering 2 s.
MOMENTS_S = (0.1, 0.2, 0.25, 0.3, 0.35, 0.4, 0.5, 1.0)
ONE_PROBE_S = 0.012


def only_holder(pair: Pair) -> str:
    """The one that has the address at home, if the other has it nowhere, not even on lo."""
    holders = [name for name in DIRECTORS if pair[name].holds()]
    strays = [name for name in DIRECTORS if "lo" in pair[name].places_of()]
    return holders[0] if len(holders) == 1 and not strays else ""


def move_and_kill(pair: Pair, source: Director, victim: Director, after_s: float) -> None:
    with subprocess.Popen(
        source._command("ctl", "standby", "--timeout", "5"),
        env=pair.environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        stdin=subprocess.DEVNULL,
    ) as moving:
        time.sleep(after_s)
        lives = victim.log().count("begins")
        victim.kill()
        victim.ctl("scrub")  # the unit's stop hook
        victim.start()
        wait_until(lambda: victim.log().count("begins") > lives, "the next life begins", 10)
        moving.wait(15)


@pytest.mark.parametrize("victim", DIRECTORS)
def test_a_move_cut_off_at_any_moment_ends_with_one_holder(pair: Pair, victim: str) -> None:
    settle(pair)
    for after_s in MOMENTS_S:
        with pair.observer() as runs:
            source = pair[only_holder(pair)]
            move_and_kill(pair, source, pair[victim], after_s)
            wait_until(lambda: only_holder(pair), f"one holder after {after_s} s", 15)
            for director in pair.directors.values():
                director.ctl("wait", "linked", "--timeout", "10")
            wait_until(lambda: only_holder(pair), "it stays so")
        assert overlap_s(runs()) < ONE_PROBE_S, after_s
        other = next(name for name in DIRECTORS if name != only_holder(pair))
        if pair[other].state() == "parked":
            pair[other].ctl("takeover", VIP)
            wait_until(lambda: only_holder(pair), "moved again")
