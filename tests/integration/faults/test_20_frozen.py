# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The holder's whole host stands still and goes on; its clocks have jumped by as much."""

from __future__ import annotations

import time

import pytest

from tests.integration.faults.bounds import (
    AFTER_HEAL_MS,
    AFTER_LEASE_MS,
    DEADTIME_MS,
    Bound,
    stays,
)
from tests.integration.faults.conftest import Play
from tests.integration.faults.pair import Pair, wait_until
from tests.tiers import tiers

pytestmark = [pytest.mark.lab, pytest.mark.timeout(300)]
MOVED_MS = DEADTIME_MS + 200


def _freeze(pair: Pair, seconds: float) -> None:
    pair.freeze("laicoz", seconds)
    time.sleep(2.5)


@pytest.mark.tier_ci
def test_shorter_than_deadtime(pair: Pair, play: Play) -> None:
    """The requests of this time are lost; nobody takes."""
    bound = Bound("laicoz", outage_ms=DEADTIME_MS)
    seen = play("freeze of 0.7 s", bound, lambda: _freeze(pair, 0.7))
    assert set(seen.holders) == {"laicoz"}
    play("calm after it", stays("laicoz"), lambda: time.sleep(1))


@pytest.mark.tier_ci
def test_as_long_as_deadtime(pair: Pair, play: Play) -> None:
    """Both ends are right: the other has just taken, or has not."""
    bound = Bound("", two_ms=AFTER_HEAL_MS, outage_ms=MOVED_MS)
    play("freeze of 1 s", bound, lambda: _freeze(pair, 1))


@pytest.mark.tier_ci
def test_between_deadtime_and_lease(pair: Pair, play: Play) -> None:
    bound = Bound("laicoy", two_ms=AFTER_HEAL_MS, outage_ms=MOVED_MS)
    play("freeze of 1.6 s", bound, lambda: _freeze(pair, 1.6))


@pytest.mark.parametrize("seconds", tiers([5, 30], [5]))
def test_longer_than_the_lease(pair: Pair, play: Play, seconds: int) -> None:
    bound = Bound("laicoy", two_ms=AFTER_LEASE_MS, outage_ms=MOVED_MS)
    play(f"freeze of {seconds} s", bound, lambda: _freeze(pair, seconds))
    wait_until("laicoz stands by", lambda: pair.group("laicoz")["state"] == "standby", 10)
