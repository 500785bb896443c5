# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The holder dies, or its agent does, or stands still."""

from __future__ import annotations

import time

import pytest

from tests.integration.faults.bounds import DEADTIME_MS, KEEPALIVE_MS, Bound
from tests.integration.faults.conftest import Play
from tests.integration.faults.pair import DEADTIME_S, LEASE_S, UNIT, Pair

pytestmark = [pytest.mark.lab, pytest.mark.tier_ci, pytest.mark.timeout(300)]
# At its defaults: deadtime, at most one keepalive of it is over when the last heartbeat came.
DEAD = Bound("laicoy", ("laicoz", "laicoy"), outage_ms=DEADTIME_MS + 200)
# The lease has ended before anybody asks in vain: two keepalives without an answer, and the take.
STUCK = Bound("laicoy", ("laicoz", "laicoy"), outage_ms=2 * KEEPALIVE_MS + 400)


def stop(pair: Pair) -> None:
    """The holder's agent stands still for long enough that its lease ends and the other takes."""
    pair.signal("laicoz", "STOP")
    time.sleep(LEASE_S + DEADTIME_S + 1.5)


def test_power_off(pair: Pair, play: Play) -> None:
    def act() -> None:
        pair.cut_power("laicoz")
        time.sleep(DEADTIME_S + 1.5)

    play("power-off of the holder", DEAD, act)


def test_kill(pair: Pair, play: Play) -> None:
    def act() -> None:
        pair.signal("laicoz", "KILL")
        time.sleep(DEADTIME_S + 1.5)

    play("kill -9 of the holder's agent", DEAD, act)


def test_stop_and_go_on(pair: Pair, play: Play) -> None:
    def go_on() -> None:
        pair.signal("laicoz", "CONT")
        time.sleep(2 * DEADTIME_S)

    play("SIGSTOP of the holder's agent", STUCK, lambda: stop(pair))
    nothing = Bound("laicoy", ("laicoy",), lost=0)
    play("SIGCONT after the other took over", nothing, go_on)
    assert pair.group("laicoz")["state"] == "standby"


@pytest.mark.parametrize("holder", ["laicoy"])
def test_the_second_in_order_killed_and_back_at_once(pair: Pair, play: Play, holder: str) -> None:
    """Its new life knows nothing of what the old one held; the first in order takes."""

    def act() -> None:
        pair.run(
            holder,
            f"systemctl kill --signal=KILL --kill-who=main {UNIT}; sleep 0.2; "
            f"systemctl restart {UNIT}",
        )
        time.sleep(DEADTIME_S + 2)

    bound = Bound("laicoz", ("laicoy", "laicoz"), outage_ms=DEADTIME_MS + 200)
    play("agent of the second in order, which holds, killed and back at once", bound, act)
    states = [pair.group(host)["state"] for host in ("laicoz", "laicoy")]
    assert states == ["holding", "standby"]
