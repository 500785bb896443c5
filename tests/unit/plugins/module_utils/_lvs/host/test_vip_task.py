# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who may write the boot unit of an address that a running agent owns; no kernel is asked."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.errors import OwnedError
from ansible_collections.laico.lvs.plugins.module_utils._lvs.host import ownership, vip_task

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
