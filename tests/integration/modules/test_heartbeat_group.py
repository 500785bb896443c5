# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""heartbeat_group against a real control socket with an agent of a few lines behind it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.laico.lvs.plugins.module_utils._deploy.moves import move_group
from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.errors import ControlError
from ansible_collections.laico.lvs.plugins.module_utils._lvs.host.control import (
    ControlServer,
    Message,
    Session,
)

VIP = "192.0.2.146"


class Agent:
    """Holds one group; a move is confirmed at once, or refused with ``refusal``."""

    def __init__(self, refusal: str = "", looks_until_seen: int = 0) -> None:
        self.holder = "laicoz"
        self.moves: list[Message] = []
        self._refusal = refusal
        self._left = looks_until_seen
        self._next = ""

    async def handle(self, request: Message, _session: Session) -> Message:
        if request["verb"] == "move":
            self.moves.append(request)
            if self._refusal:
                raise ControlError(self._refusal)
            self._next = str(request["holder"])
            return {}
        if self._next and self._left <= 0:
            self.holder = self._next
        self._left -= bool(self._next)
        return {"status": self._status()}

    def _status(self) -> dict[str, Any]:
        group = {
            "state": "holding" if self.holder == "laicoz" else "standby",
            "holder": self.holder,
            "reason": "as asked",
            "is_fit": True,
            "order": ["laicoz", "laicoy"],
        }
        return {"node": "laicoz", "nodes": {}, "groups": {VIP: group}}


@contextmanager
def serving(agent: Agent, folder: Path) -> Iterator[str]:
    """The agent's socket, served by a thread of its own."""
    path = str(folder / "heartbeat.sock")
    is_up, loop = threading.Event(), asyncio.new_event_loop()
    is_over = asyncio.Event()

    async def serve() -> None:
        server = ControlServer(path, agent.handle)
        await server.start()
        is_up.set()
        await is_over.wait()
        await server.close()

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
    thread.start()
    try:
        assert is_up.wait(5)
        yield path
    finally:
        loop.call_soon_threadsafe(is_over.set)
        thread.join(5)
        loop.close()


def test_a_move_ends_when_the_agent_shows_the_new_holder(tmp_path: Path) -> None:
    agent = Agent(looks_until_seen=2)
    with serving(agent, tmp_path) as path:
        done = move_group(VIP, "laicoy", 10, False, path)
        again = move_group(VIP, "laicoy", 10, False, path)
    assert agent.holder == "laicoy"
    assert [(m["groups"], m["holder"], m["timeout_s"]) for m in agent.moves] == [
        ([VIP], "laicoy", 10)
    ]
    assert (done.is_changed, done.values["previous"]) == (True, "laicoz")
    assert done.values["operations"] == [f"move {VIP} from laicoz to laicoy"]
    assert (again.is_changed, again.diff, again.values["operations"]) == (False, [], [])


def test_check_mode_plans_and_asks_for_nothing(tmp_path: Path) -> None:
    agent = Agent()
    with serving(agent, tmp_path) as path:
        planned = move_group(VIP, "laicoy", 10, True, path)
    assert agent.moves == []
    assert planned.is_changed
    assert (planned.diff[0]["before"], planned.diff[0]["after"]) == ("laicoz\n", "laicoy\n")


@pytest.mark.parametrize(
    ("agent", "sentence"),
    [
        (Agent("laicoy is not fit: its table cannot be applied."), "laicoy is not fit"),
        (Agent(looks_until_seen=999), f"the group {VIP} is held by laicoz, not by laicoy."),
    ],
)
def test_a_move_that_does_not_come_to_its_end_is_a_failure(
    agent: Agent, sentence: str, tmp_path: Path
) -> None:
    with serving(agent, tmp_path) as path, pytest.raises(ControlError, match=sentence):
        move_group(VIP, "laicoy", 1, False, path)


def test_no_agent_is_a_failure(tmp_path: Path) -> None:
    with pytest.raises(ControlError, match="no agent answers on this host"):
        move_group(VIP, "laicoy", 1, True, str(tmp_path / "none.sock"))
