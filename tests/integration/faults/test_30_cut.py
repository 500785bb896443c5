# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Links cut, deaf and lossy; the clients' LAN cut too, and what heals first."""

from __future__ import annotations

import time

import pytest

from tests.integration.faults.bounds import (
    AFTER_HEAL_MS,
    LAN_BEFORE_LINKS_MS,
    Bound,
    stays,
)
from tests.integration.faults.conftest import Play
from tests.integration.faults.pair import (
    DEADTIME_S,
    UNIT,
    Pair,
    contested,
    other,
    see_contested,
)
from tests.tiers import tiers

pytestmark = [pytest.mark.lab, pytest.mark.timeout(300)]
INITDEAD_S = 10
BOTH_UP = {"ucast:eth1": True, "ucast:eth2": True}


@pytest.mark.tier_ci
def test_all_links_cut_and_the_lan_whole(pair: Pair, play: Play) -> None:
    """Contested: the holder serves on, nobody takes, and the alarm is told."""

    def act() -> None:
        since = pair.now("laicoy")
        contested(pair)
        see_contested(pair, since)
        pair.heal("laicoz")
        time.sleep(DEADTIME_S)

    play("all links cut, the clients' LAN whole", stays("laicoz"), act)
    assert pair.group("laicoy")["state"] == "standby"


@pytest.mark.tier_ci
def test_one_link_cut(pair: Pair, play: Play) -> None:
    def act() -> None:
        pair.cut_links("laicoz", "eth2")
        time.sleep(3 * DEADTIME_S)
        for host in ("laicoz", "laicoy"):
            assert pair.links(host) == {"ucast:eth1": True, "ucast:eth2": False}
            code, said = pair.try_run(host, "lvsctl wait linked --timeout 0.3")
            assert code == 1
            assert "on eth2" in said
        pair.heal("laicoz")
        time.sleep(DEADTIME_S)

    play("one of two links cut", stays("laicoz"), act)
    assert [pair.links(host) for host in ("laicoz", "laicoy")] == [BOTH_UP, BOTH_UP]


@pytest.mark.parametrize("deaf", tiers(["laicoz", "laicoy"], ["laicoz"]))
def test_one_way(pair: Pair, play: Play, deaf: str) -> None:
    """All links: one director hears the other, which hears nothing."""

    def act() -> None:
        pair.fault(deaf, other(deaf), interfaces=("eth1", "eth2"), is_one_way=True)
        time.sleep(3 * DEADTIME_S)
        if deaf == "laicoy":
            assert pair.group("laicoy")["state"] == "contested"
        assert pair.group("laicoz")["state"] == "holding"
        pair.heal(deaf)
        time.sleep(DEADTIME_S)

    who = "the holder" if deaf == "laicoz" else "the standby"
    play(f"{who} deaf on all links", stays("laicoz"), act)


@pytest.mark.tier_ci
def test_loss_on_one_of_two_links(pair: Pair, play: Play) -> None:
    def act() -> None:
        pair.fault("laicoz", interfaces=("eth1",), loss_percent=30)
        time.sleep(15)

    play("30 % loss on one of two links for 15 s", stays("laicoz"), act)


@pytest.mark.tier_ci
def test_the_standbys_agent_restarted_while_the_links_are_cut(pair: Pair, play: Play) -> None:
    """It has met nobody in its life, and asks the wire before its first take all the same."""

    def act() -> None:
        pair.cut_links("laicoz")
        time.sleep(DEADTIME_S)
        since = pair.now("laicoy")
        pair.run("laicoy", f"systemctl restart {UNIT}")
        time.sleep(INITDEAD_S + 2)
        see_contested(pair, since)

    play("standby's agent restarted while the links are cut", stays("laicoz"), act)


@pytest.mark.parametrize("alone", tiers(["laicoz", "laicoy"], ["laicoz"]))
def test_all_cables_of_a_director_cut_and_healed(pair: Pair, play: Play, alone: str) -> None:
    """Both hold while they cannot meet; then the one with the higher term, which took last."""

    def act() -> None:
        pair.isolate(alone)
        time.sleep(4)
        pair.heal(alone)
        time.sleep(3)

    who = "holder" if alone == "laicoz" else "standby"
    play(
        f"all cables of the {who} cut for 4 s, then healed",
        Bound("laicoy", two_ms=AFTER_HEAL_MS),
        act,
    )


@pytest.mark.parametrize("alone", tiers(["laicoz", "laicoy"], ["laicoz"]))
def test_the_lan_heals_before_the_links(pair: Pair, play: Play, alone: str) -> None:
    """Only the wire can tell them: the first in the order keeps the address (T6)."""

    def act() -> None:
        pair.isolate(alone)
        time.sleep(4)
        pair.cut_links(alone)
        time.sleep(4)
        pair.heal(alone)
        time.sleep(2)

    who = "holder" if alone == "laicoz" else "standby"
    bound = Bound("laicoz", two_ms=LAN_BEFORE_LINKS_MS)
    play(f"all cables of the {who} cut, the LAN healed 4 s before the links", bound, act)
    states = [pair.group(host)["state"] for host in ("laicoz", "laicoy")]
    assert states == ["holding", "standby"]
