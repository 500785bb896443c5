# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Groups move by themselves when a director goes, and by order, and stay where they are then."""

from __future__ import annotations

import time

import pytest
from cluster import container, shell, status
from places import Places, all_on, become, places, wait_until_linked
from power import power_off, power_on

MAIN, FOREIGN, PAIR = "192.0.2.146", "192.0.2.147", ("192.0.2.148", "192.0.2.149")
HOME: Places = {
    MAIN: ["laicoz"],
    FOREIGN: ["laicoy"],
    PAIR[0]: ["laicoz"],
    PAIR[1]: ["laicoz"],
}
# With auto_failback they would have moved 2 s after the other is fit.
STAYS_FOR_S = 6


@pytest.fixture(autouse=True)
def _home() -> None:
    """Each group is with its primary when a test begins."""
    wait_until_linked()
    for name in ("laicoz", "laicoy"):
        shell(container(name), "lvsctl takeover local")
    assert become(HOME) == HOME


def assert_nothing_moves(wanted: Places) -> None:
    """Looked at again and again, not only at the end."""
    end = time.monotonic() + STAYS_FOR_S
    while time.monotonic() < end:
        assert places(HOME) == wanted


def test_standby_gives_one_group_away_and_leaves_the_others() -> None:
    shell(container("laicoz"), f"lvsctl standby {MAIN}")
    wanted = {**HOME, MAIN: ["laicoy"]}
    assert become(wanted) == wanted
    assert_nothing_moves(wanted)


def test_a_group_of_two_addresses_moves_as_one() -> None:
    shell(container("laicoy"), f"lvsctl takeover {PAIR[0]}")
    wanted = {**HOME, **all_on("laicoy", PAIR)}
    assert become(wanted) == wanted


def test_who_stops_its_agent_gives_all_away_at_once_and_takes_nothing_back() -> None:
    laicoy = container("laicoy")
    wanted = all_on("laicoz", HOME)
    shell(laicoy, "systemctl stop lvs-heartbeat")
    assert places(HOME) == wanted
    shell(laicoy, "systemctl start lvs-heartbeat")
    wait_until_linked()
    assert_nothing_moves(wanted)


def test_a_primary_without_power_is_taken_over_and_takes_nothing_back_when_it_returns() -> None:
    wanted = all_on("laicoy", HOME)
    power_off("laicoz")
    try:
        assert become(wanted, ["laicoy"], within_s=15) == wanted
    finally:
        power_on("laicoz")
    wait_until_linked()
    assert_nothing_moves(wanted)
    groups = status(container("laicoz"))["groups"]
    assert {name: group["holder"] for name, group in groups.items()} == dict.fromkeys(
        (MAIN, FOREIGN, PAIR[0]), "laicoy"
    )


def test_a_killed_agent_leaves_no_address_behind_and_comes_back() -> None:
    laicoz = container("laicoz")
    before = status(laicoz)["pid"]
    counted = shell(
        laicoz,
        "systemctl kill --signal=KILL lvs-heartbeat; for i in $(seq 60); do"
        " ip -o -4 address show dev eth0 | grep -c '192\\.0\\.2\\.14[6-9]' || true;"
        " sleep 0.1; done",
    )
    assert "0" in counted.split()
    wait_until_linked()
    assert status(laicoz)["pid"] != before
    assert [len(names) for names in places(HOME).values()] == [1, 1, 1, 1]
