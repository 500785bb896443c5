# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""L4 for a group's other resources: what a killed life left running is stopped once, then all is
as it was."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from ansible_collections.laico.lvs.plugins.module_utils._lvs.agent import Agent
from ansible_collections.laico.lvs.plugins.module_utils._lvs.agent_claims import Claims
from ansible_collections.laico.lvs.plugins.module_utils._lvs.agent_events import Executor
from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.cluster import (
    Address,
    Group,
    Resource,
)
from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.errors import KernelError
from ansible_collections.laico.lvs.plugins.module_utils._lvs.host import ownership, resources
from ansible_collections.laico.lvs.plugins.module_utils._lvs.places import OWNER, Places

VIP, OTHER = "192.0.2.146", "192.0.2.147"


def group(address: str, unit: str) -> Group:
    where = (Address(address, 24, "eth0"),)
    return Group(address, where, ("a", "b"), False, resources=(Resource("unit", unit),))


def nothing(*dummy: object) -> None:
    """A part of the agent that is not there."""


async def nothing_to_end() -> None:
    """As ``nothing``, where it is waited for."""


class Life:
    """One life of an agent without sockets."""

    def __init__(self, runtime: Path, remove: Callable[..., None] = nothing) -> None:
        groups = (group(VIP, "one"), group(OTHER, "two"))
        self.agent = Agent.__new__(Agent)
        self.agent.__dict__.update(
            places=Places(runtime=str(runtime)),
            config=SimpleNamespace(groups=groups),
            groups={each.name: each for each in groups},
            kernel=SimpleNamespace(list=list, close=nothing),
            holdings=SimpleNamespace(held=frozenset(), remove=remove),
            notifier=SimpleNamespace(watchdog_s=0),
            sockets=SimpleNamespace(close=nothing),
            monitor=SimpleNamespace(close=nothing),
            executor=Executor(self.agent),
            hook=SimpleNamespace(close=nothing_to_end),
            _claims=Claims(self.agent),
            _senses=SimpleNamespace(close=nothing_to_end),
            _interfaces=SimpleNamespace(
                fileno=nothing, close=nothing, retry_sockets=nothing_to_end
            ),
            _loop=SimpleNamespace(add_reader=nothing, remove_reader=nothing),
            _timer=None,
            _fault=None,
        )

    def run(
        self, begin: Callable[[], None] = nothing, is_over: Callable[[], bool] = lambda: True
    ) -> None:
        async def end() -> None:
            while not is_over():
                await asyncio.sleep(0)
            self.agent._ended.set()

        async def story() -> None:
            self.agent._ended = asyncio.Event()
            self.agent._begin = begin  # type: ignore[method-assign]
            await asyncio.wait_for(asyncio.gather(self.agent.run(), end()), 2.0)

        asyncio.run(story())

    def take(self) -> None:
        self.agent.executor._resources_of(VIP).want(True)


@pytest.fixture
def commands(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    ran: list[str] = []

    async def run_command(argv: list[str]) -> str:
        ran.append(" ".join(argv))
        await asyncio.sleep(0)
        return ""

    monkeypatch.setattr(resources, "run_command", run_command)
    return ran


def leave_record(runtime: Path, monkeypatch: pytest.MonkeyPatch, *addresses: str) -> None:
    """As a killed life leaves it: of a process that is no more."""
    with monkeypatch.context() as context:
        context.setattr(os, "getpid", lambda: 0)
        ownership.claim_addresses(Places(runtime=str(runtime)).owned, OWNER, "x", addresses)


def test_resources_of_a_killed_life_are_stopped_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, commands: list[str]
) -> None:
    leave_record(tmp_path, monkeypatch, VIP)
    said_at_first_word: list[str] = []
    Life(tmp_path).run(lambda: said_at_first_word.extend(commands))
    assert commands == ["systemctl stop one"]
    assert said_at_first_word == []  # the first heartbeat waits for no script
    Life(tmp_path).run()
    assert commands == ["systemctl stop one"]


def test_a_group_that_is_taken_at_once_is_stopped_before_it_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, commands: list[str]
) -> None:
    leave_record(tmp_path, monkeypatch, VIP)
    life = Life(tmp_path)
    life.run(life.take, lambda: "systemctl start one" in commands)
    assert commands == [f"systemctl {verb} one" for verb in ("stop", "start", "stop")]


def test_nothing_is_stopped_without_a_record(tmp_path: Path, commands: list[str]) -> None:
    Life(tmp_path).run()
    (tmp_path / "owned.json").write_text("rubbish", encoding="utf-8")
    Life(tmp_path).run()
    assert commands == []


def test_the_record_of_a_life_that_could_not_clean_up_stays(tmp_path: Path) -> None:
    tried: list[str] = []

    def fail(group: Group) -> None:
        tried.append(group.name)
        raise KernelError("no answer.")

    Life(tmp_path, remove=fail).run()
    assert tried == [VIP, OTHER]
    owned = ownership.read(Places(runtime=str(tmp_path)).owned).addresses[OWNER]
    assert owned.addresses == (VIP, OTHER)
