# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The figures have not become worse by a class: few runs, bounds that a busy machine keeps.

All bounds are multiples: of deadtime, of the time between two requests, of a peer's cost in the
same run. What the product promises is measured by test_figures.py.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.bench.cost import check_cost
from tests.bench.move import moves
from tests.bench.power_off import power_offs
from tests.bench.rig import Rig

pytestmark = [pytest.mark.tier_full, pytest.mark.lab, pytest.mark.timeout(420)]

KEEPALIVE_MS, DEADTIME_MS = 50, 250


@pytest.fixture(scope="module")
def fast(cluster: Rig) -> Rig:
    cluster.retime(KEEPALIVE_MS, DEADTIME_MS)
    return cluster


def show(found: dict[str, Any]) -> str:
    return json.dumps(found, indent=1)


def test_a_heartbeat_is_checked_for_a_few_times_the_cost_of_its_digest(cluster: Rig) -> None:
    found = check_cost(cluster)["pair"]
    assert found["decode_s"] < 40 * found["hmac_s"], show(found)
    assert found["refuse_s"] < found["decode_s"], show(found)


def test_planned_moves_lose_nothing(fast: Rig) -> None:
    found = moves(fast, 4)
    assert found["requests"] > 2000, show(found)
    assert not found["lost"], show(found)
    assert found["streams"]["whole"] == 50, show(found)
    assert found["gap_s"]["median"] < DEADTIME_MS / 1000, show(found)


def test_a_power_cut_costs_little_more_than_deadtime(fast: Rig) -> None:
    found = power_offs(fast, 3)
    deadtime_s = DEADTIME_MS / 1000
    assert found["outage_s"]["least"] > deadtime_s / 2, show(found)
    assert found["outage_s"]["median"] < 1.6 * deadtime_s, show(found)
    assert found["outage_s"]["worst"] < 4 * deadtime_s, show(found)
    assert not found["two_holders"], show(found)
