# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What heartbeat_group plans, and what it refuses before anything is asked of an agent."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.laico.lvs.plugins.module_utils._deploy.moves import Move, plan_move
from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.errors import ControlError

VIP = "192.0.2.146"
SIX = "2001:db8::146"


def status(node: str = "laicoz", **group: Any) -> dict[str, Any]:
    found = {
        "state": "holding" if node == "laicoz" else "standby",
        "holder": "laicoz",
        "reason": "interface eth0 is down.",
        "is_fit": True,
        "order": ["laicoz", "laicoy"],
        **group,
    }
    return {"node": node, "groups": {VIP: found, SIX: found}}


def test_a_move_says_from_whom_to_whom() -> None:
    move = plan_move(status(), VIP, "LaicoY")
    assert move == Move(VIP, "laicoy", "laicoz", True)
    assert move.is_needed
    assert move.words == "move 192.0.2.146 from laicoz to laicoy"


def test_a_group_that_stands_there_already_needs_nothing() -> None:
    assert not plan_move(status(), VIP, "laicoz").is_needed


@pytest.mark.parametrize("state", ["giving", "leaving", "taking", "contested"])
def test_a_group_that_is_under_way_is_asked_for_even_if_it_is_still_here(state: str) -> None:
    assert plan_move(status(state=state), VIP, "laicoz").is_needed


def test_a_group_held_by_nobody_can_be_asked_for() -> None:
    move = plan_move(status(state="standby", holder=None), VIP, "laicoy")
    assert move.words == "move 192.0.2.146 from nobody to laicoy"


def test_an_address_may_be_written_in_another_way() -> None:
    assert plan_move(status(), "2001:DB8:0::146", "laicoy").group == SIX


@pytest.mark.parametrize(
    ("node", "name", "holder", "group", "sentence"),
    [
        (
            "laicoz",
            "192.0.2.7",
            "laicoy",
            {},
            "name: 192.0.2.7 is no group of this cluster; it has",
        ),
        ("laicoz", VIP, "other", {}, f"holder: other is no director of the group {VIP}; it has la"),
        (
            "laicoy",
            VIP,
            "laicoy",
            {"is_fit": False, "state": "unfit"},
            f"laicoy cannot serve {VIP} now: interface eth0 is down.",
        ),
    ],
)
def test_refused_in_one_sentence(
    node: str, name: str, holder: str, group: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(ControlError) as caught:
        plan_move(status(node, **group), name, holder)
    assert str(caught.value).startswith(sentence)
    assert "\n" not in str(caught.value)


def test_whom_the_operator_parked_may_be_asked_to_take_again() -> None:
    assert plan_move(status("laicoy", is_fit=False, state="parked"), VIP, "laicoy").is_needed


def test_of_another_director_only_the_agents_know_whether_it_is_fit() -> None:
    assert plan_move(status("laicoz", is_fit=False), VIP, "laicoy").is_needed
