# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who may write the boot unit of an address that a running agent owns; no kernel is asked."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.errors import (
    ConfigError,
    OwnedError,
)
from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.plan_addresses import (
    AddressOp,
    HeldAddress,
)
from ansible_collections.laico.lvs.plugins.module_utils._lvs.host import (
    ownership,
    vip_task,
    vip_unit,
)

OPTIONS: dict[str, Any] = {
    "address": "192.0.2.146/24",
    "interface": "eth0",
    "state": "present",
    "force": False,
    "label": None,
    "scope": None,
    "preferred_lft": None,
    "nodad": None,
    "persistent": True,
    "announce": "never",
    "announce_count": 5,
    "announce_interval": "20ms",
    "probe": False,
}
OWNER = ownership.Owner("lvs-heartbeat", 1, "/etc/ha.d/haresources", addresses=("192.0.2.146",))
WORLD = vip_task.VipWorld((), None)


@pytest.fixture(autouse=True)
def agent_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    owned = ownership.Owned(addresses={OWNER.name: OWNER})
    monkeypatch.setattr(ownership, "read", lambda: owned)
    monkeypatch.setattr(ownership, "is_running", lambda owner: owner is OWNER)
    monkeypatch.setattr(vip_task, "Addresses", lambda: None)


def task(**changes: Any) -> vip_task.VipTask:
    return vip_task.VipTask({**OPTIONS, **changes}, False)


def test_the_agents_address_gets_no_unit_for_the_next_boot() -> None:
    with pytest.raises(OwnedError, match=r"192\.0\.2\.146 belongs to the running lvs-heartbeat"):
        task().guard(WORLD, [vip_task.UnitOp("[Unit]\n")])


def test_a_unit_of_the_agents_address_may_go() -> None:
    task(persistent=False).guard(WORLD, [vip_task.UnitOp(None)])


def test_force_and_anybody_elses_address_get_one() -> None:
    task(force=True).guard(WORLD, [vip_task.UnitOp("[Unit]\n")])
    task(address="192.0.2.147/24").guard(WORLD, [vip_task.UnitOp("[Unit]\n")])


def test_what_is_left_out_stays_as_it_is() -> None:
    """Also the part of a unit that a killed run left; it is mended when asked for."""
    held = HeldAddress("eth0", "192.0.2.146", 24)
    for unit, given, planned in (
        (None, None, []),
        ("", None, []),
        (vip_unit.unit_text(held), None, []),
        ("old", None, [vip_unit.unit_text(held)]),
        ("", True, [vip_unit.unit_text(held)]),
        ("", False, [None]),
        (None, False, []),
    ):
        plan = task(persistent=given)._plan_unit(vip_task.VipWorld((held,), unit), held)
        assert plan == tuple(vip_task.UnitOp(text) for text in planned), (unit, given)
    gone = task(state="absent", persistent=None)
    assert gone._plan_unit(vip_task.VipWorld((), ""), None) == (vip_task.UnitOp(None),)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"address": "192.0.2.146"}, "has no prefix length: write 192.0.2.146/24"),
        ({"address": "192.0.2.1460/24"}, "address: 192.0.2.1460/24 is not an address"),
        ({"address": "224.0.0.1/24"}, "address: 224.0.0.1/24 is none that a host can have"),
        ({"announce_count": 0}, "announce_count: 0 is not within 1 and 100"),
        ({"announce_interval": "soon"}, "announce_interval: soon is not a time"),
    ],
)
def test_an_option_that_cannot_be_is_named(changes: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ConfigError, match=sentence):
        task(**changes)


def test_the_network_of_others_is_never_made_local() -> None:
    add = AddressOp("add_address", HeldAddress("lo", "192.0.2.146", 24))
    sentence = "on lo would make all of 192.0.2.0/24 local to this host: write 192.0.2.146/32"
    with pytest.raises(ConfigError, match=sentence):
        task(interface="lo", force=True).guard(WORLD, [add])
    task(interface="lo", address="127.0.0.9/8").guard(WORLD, [add])
