# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What docs/reference/measured.md promises, on a machine that has nothing else to do.

Bounds are multiples of what is set: deadtime (of 250 ms: 310 and 450 ms), the five milliseconds
between two requests, a core.
"""

from __future__ import annotations

import pytest

from tests.bench.idle import idle
from tests.bench.move import moves
from tests.bench.power_off import power_offs
from tests.bench.rig import DIRECTORS, STATELESS, Rig, services
from tests.bench.soak import soak
from tests.bench.test_budgets import DEADTIME_MS, KEEPALIVE_MS, show

pytestmark = [pytest.mark.tier_full, pytest.mark.lab, pytest.mark.timeout(1200)]

DEADTIME_S = DEADTIME_MS / 1000
REQUESTS_A_SECOND = 200


def test_an_idle_director_takes_a_hundredth_of_a_core(cluster: Rig) -> None:
    cluster.set_up(**STATELESS)
    found = idle(cluster, 60)
    for host in DIRECTORS:
        assert found[host]["host_cpu"]["agent"] <= 0.01, show(found)


def test_no_takeover_in_ten_minutes_at_the_defaults_with_all_cores_busy(cluster: Rig) -> None:
    cluster.set_up(**STATELESS)
    found = soak(cluster, 600)
    assert found["is_held_throughout"], show(found)


def test_the_clients_miss_a_dead_director_for_little_more_than_deadtime(cluster: Rig) -> None:
    cluster.retime(KEEPALIVE_MS, DEADTIME_MS)
    found = power_offs(cluster, 10, REQUESTS_A_SECOND)
    assert found["outage_s"]["median"] <= 1.24 * DEADTIME_S, show(found)
    assert found["outage_s"]["worst"] <= 1.8 * DEADTIME_S, show(found)
    assert not found["two_holders"], show(found)


def test_twenty_moves_with_the_stateless_preset_lose_nothing(cluster: Rig) -> None:
    cluster.retime(KEEPALIVE_MS, DEADTIME_MS)
    found = moves(cluster, 20, REQUESTS_A_SECOND)
    assert not found["lost"], show(found)
    assert not found["broken"], show(found)
    assert found["streams"]["whole"] == 50, show(found)
    assert found["gap_s"]["median"] <= 6 / REQUESTS_A_SECOND, show(found)


def test_moves_with_rr_break_transfers_and_are_counted(cluster: Rig) -> None:
    """The preset is what keeps connections: without it the same moves break them."""
    cluster.set_up(ldirectord_preset="", **services("rr"))
    cluster.retime(KEEPALIVE_MS, DEADTIME_MS)
    found = moves(cluster, 4, REQUESTS_A_SECOND)
    assert found["broken"], show(found)
