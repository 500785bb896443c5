# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the agent believes of the health monitor's pushes."""

from __future__ import annotations

from typing import Any
from unittest import mock

import pytest

from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.cluster import (
    Group,
    Resource,
)
from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.events import TableState
from ansible_collections.laico.lvs.plugins.module_utils._lvs.host.monitor_client import (
    MonitorClient,
)

VIP = "192.0.2.146"
PUSH = {"event": "table", "group": VIP, "digest": "00" * 8, "healthy": 3, "is_loaded": True}


def states_of(**changes: Any) -> list[TableState]:
    states: list[TableState] = []
    client = MonitorClient("/nowhere", states.append)
    client._groups = {VIP: Group(VIP, (), (), is_auto_failback=False)}
    client._take({**PUSH, **changes})
    return states


def test_a_push_is_the_groups_state() -> None:
    assert states_of() == [TableState(VIP, bytes(8), 3, is_loaded=True)]
    assert states_of(check_s=7.5) == [TableState(VIP, bytes(8), 3, is_loaded=True, check_s=7.5)]
    assert states_of(servers=4) == [TableState(VIP, bytes(8), 3, is_loaded=True, servers=4)]


@pytest.mark.parametrize("group", [None, 7, {"a": 1}, [VIP], "192.0.2.147"])
def test_a_push_of_no_group_of_ours_is_nothing(group: object) -> None:
    assert states_of(group=group) == []


@pytest.mark.parametrize(
    "changes",
    [
        {"healthy": None},
        {"healthy": float("nan")},
        {"digest": "xx"},
        {"healthy": []},
        {"check_s": float("nan")},
        {"check_s": -1},
        {"check_s": "soon"},
        {"check_s": [1]},
        {"servers": "many"},
    ],
)
def test_a_push_that_makes_no_sense_is_left_out(changes: dict[str, Any]) -> None:
    assert states_of(**changes) == []


def test_what_was_said_of_a_group_before_the_agent_knew_it_is_its_state_then() -> None:
    """The monitor is reloaded first, and says a new group's word once."""
    other = "192.0.2.147"
    states: list[TableState] = []
    client = MonitorClient("/nowhere", states.append)
    client._task = mock.sentinel.running
    client._take({**PUSH, "group": other})
    assert states == []
    tables = (Resource("ldirectord", "ldirectord.cf"),)
    groups = [Group(other, (), (), is_auto_failback=False, resources=tables)]
    client.set_groups(groups)
    assert states == [TableState(other, bytes(8), 3, is_loaded=True)]
    client.set_groups(groups)
    assert len(states) == 1
