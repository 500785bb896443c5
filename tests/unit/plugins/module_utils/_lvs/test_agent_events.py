# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The executor of events is complete, so that no word of the core falls on the floor."""

from __future__ import annotations

import asyncio
import typing
from typing import Any

from ansible_collections.laico.lvs.plugins.module_utils._lvs import agent_events
from ansible_collections.laico.lvs.plugins.module_utils._lvs.core import events


class _Monitor:
    def __init__(self) -> None:
        self.idle: list[str] = []

    def say_idle(self, name: str) -> None:
        self.idle.append(name)


class _Hook:
    def __init__(self) -> None:
        self.told: list[events.Event] = []

    def tell_group(self, decision: events.Decision) -> None:
        self.told.append(decision)

    def tell_node(self, change: events.NodeChange) -> None:
        self.told.append(change)


class _NoAgent:
    """Stands for the agent; only what it tells the monitor and the operator's hook is used."""

    def __init__(self) -> None:
        self.monitor = _Monitor()
        self.hook = _Hook()


def test_every_event_of_the_core_is_carried_out() -> None:
    executor = agent_events.Executor(typing.cast(Any, _NoAgent()))
    assert set(executor._handlers) == set(typing.get_args(events.Event))


class _HungGroup:
    """A group whose stop script ends when those of all three groups were waited for at once."""

    waiting = 0

    def __init__(self, all_wait: asyncio.Event) -> None:
        self.all_wait = all_wait

    def want(self, is_started: bool) -> None:
        """Its script hangs."""

    async def settle(self, dummy_timeout_s: float) -> bool:
        _HungGroup.waiting += 1
        if _HungGroup.waiting == 3:
            self.all_wait.set()
        return await self.all_wait.wait()

    def close(self) -> None:
        """Nothing runs."""


def test_hung_groups_share_one_time_to_stop() -> None:
    async def story() -> None:
        executor = agent_events.Executor(typing.cast(Any, _NoAgent()))
        all_wait = asyncio.Event()
        for name in ("one", "two", "three"):
            executor._resources[name] = typing.cast(Any, _HungGroup(all_wait))
        await asyncio.wait_for(executor.close(), 1.0)

    asyncio.run(story())


def test_summary_for_systemctl() -> None:
    executor = agent_events.Executor(typing.cast(Any, _NoAgent()))
    assert executor.summary() == "no groups"
    executor.do(events.Decision("192.0.2.146", "holding", "taken."))
    executor.do(events.Decision("192.0.2.146", "standby", "moved."))
    executor.do(events.Decision("192.0.2.147", "contested", "answered.", True))
    assert executor.summary() == "192.0.2.146: standby, 192.0.2.147: contested"


def test_monitor_is_told_of_groups_that_stand_by_only() -> None:
    agent = _NoAgent()
    executor = agent_events.Executor(typing.cast(Any, agent))
    for state in ("starting", "taking", "holding", "moving_in", "releasing", "standby"):
        executor.do(events.Decision("192.0.2.146", state, "."))
    assert agent.monitor.idle == ["192.0.2.146"]


def test_the_hook_is_told_every_decision_and_every_change_of_a_node() -> None:
    agent = _NoAgent()
    executor = agent_events.Executor(typing.cast(Any, agent))
    said: list[events.Event] = [
        events.Decision("192.0.2.146", "holding", "taken."),
        events.NodeChange("b", "silent", "b: silent."),
    ]
    for event in said:
        executor.do(event)
    assert agent.hook.told == said
