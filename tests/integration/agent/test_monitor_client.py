# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The agent's connection to the health monitor, over a real socket with a scripted monitor."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.cluster import (
    Address,
    Group,
    Resource,
)
from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.errors import ControlError
from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.events import TableState
from ansible_collections.laico.lvs.plugins.module_utils._lvs.host import monitor_client
from ansible_collections.laico.lvs.plugins.module_utils._lvs.host.control import (
    ControlServer,
    Session,
)
from ansible_collections.laico.lvs.plugins.module_utils._lvs.host.monitor_client import (
    MonitorClient,
)

pytestmark = pytest.mark.tier_check

VIP = "192.0.2.146"
ADDRESSES = (Address(VIP, 24, "eth0"),)
WEB = Group(VIP, ADDRESSES, ("a", "b"), True, resources=(Resource("ldirectord", "x.cf"),))
BARE = Group("192.0.2.147", (Address("192.0.2.147", 24, "eth0"),), ("a", "b"), True)
PUSH = {"event": "table", "group": VIP, "digest": "00112233445566ff", "healthy": 3}


class ScriptedMonitor:
    """Answers as the contract says and keeps what it was asked."""

    def __init__(self, path: str) -> None:
        self.asked: list[tuple[Any, ...]] = []
        self.sessions: list[Session] = []
        self.refusal = ""
        self.server = ControlServer(path, self.handle)

    async def handle(self, request: dict[str, Any], session: Session) -> dict[str, Any]:
        self.asked.append((request["verb"], request.get("group"), request.get("addresses")))
        if request["verb"] == "subscribe":
            self.sessions.append(session)
            session.push({**PUSH, "is_loaded": True, "error": ""})
        elif self.refusal:
            raise ControlError(self.refusal)
        return {}


class Trial:
    def __init__(self, path: Path) -> None:
        self.path = str(path / "ldirectord.sock")
        self.states: list[TableState] = []
        self.client = MonitorClient(self.path, self.states.append)

    async def until(self, is_true: Callable[[], object]) -> None:
        for _count in range(500):
            if is_true():
                return
            await asyncio.sleep(0.01)
        raise AssertionError(f"not reached; states: {self.states}")


def run(trial: Trial, body: Callable[[], Awaitable[None]]) -> None:
    async def whole() -> None:
        try:
            await asyncio.wait_for(body(), 10)
        finally:
            trial.client.close()
            await asyncio.sleep(0.01)

    asyncio.run(whole())


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(monitor_client, "RETRY_S", 0.05)
    monkeypatch.setattr(monitor_client, "AWAY_GRACE_S", 0.3)


@pytest.fixture
def trial(tmp_path: Path) -> Trial:
    # Queues bind to the running loop on Python 3.9: made here, used in one loop only.
    return Trial(tmp_path)


def test_group_without_a_table_is_loaded_at_once(trial: Trial) -> None:
    async def body() -> None:
        trial.client.set_groups([BARE])
        assert trial.states == [TableState(BARE.name, b"", 0, True)]
        assert not trial.client.is_wanted
        await trial.client.set_active(BARE, True)

    run(trial, body)


def test_states_come_in_and_activation_goes_out(trial: Trial) -> None:
    async def body() -> None:
        monitor = ScriptedMonitor(trial.path)
        await monitor.server.start()
        trial.client.set_groups([WEB])
        await trial.until(lambda: trial.states)
        assert trial.states[0] == TableState(VIP, bytes.fromhex("00112233445566ff"), 3, True)
        await trial.client.set_active(WEB, True)
        await trial.client.set_active(WEB, False)
        assert monitor.asked == [
            ("subscribe", None, None),
            ("activate", VIP, [VIP]),
            ("deactivate", VIP, None),
        ]
        monitor.refusal = "the kernel has no scheduler mh."
        with pytest.raises(ControlError, match="no scheduler mh"):
            await trial.client.set_active(WEB, True)
        await monitor.server.close()

    run(trial, body)


def test_absent_monitor_makes_the_group_unfit_and_is_named(trial: Trial) -> None:
    async def body() -> None:
        trial.client.set_groups([WEB])
        await trial.until(lambda: trial.states)
        assert (trial.states[0].is_loaded, trial.states[0].group) == (False, VIP)
        assert "systemctl status lvs-ldirectord" in trial.states[0].error
        with pytest.raises(ControlError, match="systemctl status lvs-ldirectord"):
            await trial.client.set_active(WEB, True)

    run(trial, body)


def test_restart_of_the_monitor_is_bridged_and_activation_said_again(trial: Trial) -> None:
    async def body() -> None:
        first = ScriptedMonitor(trial.path)
        await first.server.start()
        trial.client.set_groups([WEB])
        await trial.until(lambda: trial.states)
        await trial.client.set_active(WEB, True)
        await first.server.close()
        await trial.until(lambda: not trial.client.is_connected)
        second = ScriptedMonitor(trial.path)
        await second.server.start()
        await trial.until(lambda: ("activate", VIP, [VIP]) in second.asked)
        assert [state.error for state in trial.states] == ["", ""], "no word of a fault"
        await second.server.close()
        await trial.until(lambda: trial.states[-1].error)

    run(trial, body)


def test_standby_is_said_once_and_never_after_activation(trial: Trial) -> None:
    async def body() -> None:
        monitor = ScriptedMonitor(trial.path)
        await monitor.server.start()
        trial.client.set_groups([WEB, BARE])
        await trial.until(lambda: trial.client.is_connected)
        await asyncio.sleep(0.05)
        assert [verb for verb, *_rest in monitor.asked] == ["subscribe"], "rows stay as they are"
        for _count in range(2):
            trial.client.say_idle(VIP)
            trial.client.say_idle(BARE.name)
        await trial.until(lambda: len(monitor.asked) == 2)
        await trial.client.set_active(WEB, True)
        trial.client.say_idle(VIP)
        await asyncio.sleep(0.05)
        assert monitor.asked[1:] == [("deactivate", VIP, None), ("activate", VIP, [VIP])]
        await monitor.server.close()

    run(trial, body)


def test_standby_known_before_the_monitor_is_there_is_said_at_connection(trial: Trial) -> None:
    async def body() -> None:
        trial.client.set_groups([WEB])
        trial.client.say_idle(VIP)
        monitor = ScriptedMonitor(trial.path)
        await monitor.server.start()
        await trial.until(lambda: ("deactivate", VIP, None) in monitor.asked)
        await monitor.server.close()

    run(trial, body)


def test_rubbish_of_the_monitor_is_dropped(trial: Trial) -> None:
    async def body() -> None:
        monitor = ScriptedMonitor(trial.path)
        await monitor.server.start()
        trial.client.set_groups([WEB])
        await trial.until(lambda: trial.states)
        for push in (
            {"event": "weather", "group": VIP},
            {**PUSH, "group": "192.0.2.9", "is_loaded": True},
            {**PUSH, "digest": "xyz", "is_loaded": True},
            {"event": "table", "group": VIP},
            {**PUSH, "healthy": 2, "is_loaded": False},
        ):
            monitor.sessions[0].push(push)
        await trial.until(lambda: len(trial.states) == 2)
        assert (trial.states[1].healthy, trial.states[1].is_loaded) == (2, False)
        await monitor.server.close()

    run(trial, body)
