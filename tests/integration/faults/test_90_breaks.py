# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The stories can fail: with one line of an agent changed, the wire shows what it guards."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.integration.faults.bounds import stays
from tests.integration.faults.conftest import Play
from tests.integration.faults.pair import Pair, contested, see_contested
from tests.integration.faults.test_10_dead import STUCK, stop
from tests.integration.faults.watch import watching

pytestmark = [pytest.mark.lab, pytest.mark.tier_ci, pytest.mark.timeout(300)]


def test_an_agent_that_takes_whatever_the_wire_says_makes_two_holders(
    pair: Pair, play: Play, tmp_path: Path
) -> None:
    """Without T4 the contested story is red."""
    del play  # makes all well again
    line = "or g.wire.is_silent(now, silent_s):\n"
    with pair.broken_agent("laicoy", "core/asking.py", line, "or silent_s:\n"):
        with watching(pair, tmp_path) as seen:
            since = pair.now("laicoy")
            contested(pair)
            with pytest.raises(AssertionError):
                see_contested(pair, since)
        pair.heal("laicoz")
    with pytest.raises(AssertionError, match="two holders for"):
        stays("laicoz").check("contested without T4", seen)


def test_an_address_without_a_lease_stays_with_a_stopped_agent(
    pair: Pair, play: Play, tmp_path: Path
) -> None:
    """Without L1 the story of SIGSTOP is red: the other finds the address answered for ever."""
    del play
    line = "lease_s=self.lease_s)"
    with pair.broken_agent("laicoz", "host/holdings.py", line, "lease_s=None)"):
        # The other took it while this agent was restarted.
        pair.run("laicoz", "lvsctl takeover --timeout 20")
        time.sleep(2.5)
        with watching(pair, tmp_path) as seen:
            stop(pair)
        pair.signal("laicoz", "CONT")
    with pytest.raises(AssertionError, match="at last: it must be laicoy"):
        STUCK.check("SIGSTOP without leases", seen)
