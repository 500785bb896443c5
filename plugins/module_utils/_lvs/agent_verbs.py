# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What lvsctl and the modules may ask of the agent: status, standby, takeover, move, reload,
wait."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Awaitable, Iterator
from typing import TYPE_CHECKING, Any, Callable

from .core.errors import ControlError
from .host.control import Message, Session

if TYPE_CHECKING:
    from .agent import Agent

COMMAND_TIMEOUT_S = 30.0
POLL_S = 0.1
STABLE_STATES = ("holding", "standby", "parked", "unfit")

Status = dict[str, Any]


class Verbs:
    """Answers requests for one agent."""

    def __init__(self, agent: Agent) -> None:
        """Keep the agent."""
        self._agent = agent
        self._verbs: dict[str, Callable[[Message], Awaitable[Message]]] = {
            "status": self._status,
            "standby": self._command,
            "takeover": self._command,
            "move": self._move,
            "reload": self._reload,
            "wait": self._wait,
        }

    async def handle(self, request: Message, _session: Session) -> Message:
        """Answer one request; raises LvsError with the sentence to send back."""
        verb = str(request.get("verb"))
        if verb not in self._verbs:
            raise ControlError(f"unknown verb {verb}: use {', '.join(self._verbs)}.")
        return await self._verbs[verb](request)

    async def _status(self, _request: Message) -> Message:
        return {"status": self._agent.status()}

    async def _command(self, request: Message) -> Message:
        return await self._carry_out(request, str(request["verb"]), self._named(request))

    async def _move(self, request: Message) -> Message:
        """Have ``holder`` hold the groups: fetched when that is this node, else given by it."""
        holder, names = str(request.get("holder", "")).lower(), self._named(request)
        config = self._agent.config
        if holder == config.node:
            return await self._carry_out(request, "takeover", names)
        if holder not in config.nodes:
            known = ", ".join(config.nodes)
            raise ControlError(f"{holder or 'the holder'} is no node here: the nodes are {known}.")
        return await self._carry_out(request, "give", self._to_give(names, holder), holder)

    def _to_give(self, names: tuple[str, ...], target: str) -> tuple[str, ...]:
        """Those that the target does not hold yet, if they are this node's to give."""
        groups = self._agent.status()["groups"]
        away = [name for name in names if groups[name]["holder"] != target]
        for name in away:
            if groups[name]["holder"] != self._agent.config.node:
                present = groups[name]["holder"]
                others = f"{present} or {target}" if present else target
                raise ControlError(
                    f"group {name} is held by {present or 'nobody'}: "
                    f"ask `lvsctl move {name} {target}` on {others}."
                )
        return tuple(away)

    async def _carry_out(
        self, request: Message, verb: str, names: tuple[str, ...], target: str = ""
    ) -> Message:
        """Answered when what was asked stands; of no group at once."""
        if not names:
            return {}
        future = self._agent.executor.command(verb, names, target)
        try:
            error = await asyncio.wait_for(future, _timeout_s(request, COMMAND_TIMEOUT_S))
        except asyncio.TimeoutError as late:
            raise ControlError("the move did not end in time: see `lvsctl status`.") from late
        if error:
            raise ControlError(error)
        return {}

    def _named(self, request: Message) -> tuple[str, ...]:
        """The groups that a request is about: names, or all (as none at all), local (this node
        stands first in their order), foreign (another does)."""
        words = _names(request.get("groups", [])) or ("all",)
        groups, me = self._agent.groups_in_use(), self._agent.config.node
        found: list[str] = []
        for word in words:
            if word == "all":
                found.extend(groups)
            elif word in ("local", "foreign"):
                is_local = word == "local"
                found.extend(g.name for g in groups.values() if (g.order[:1] == (me,)) == is_local)
            elif word in groups:
                found.append(word)
            else:
                known = ", ".join(groups) or "none"
                raise ControlError(f"{word} is no group here: the groups are {known}.")
        return tuple(dict.fromkeys(found))

    async def _reload(self, _request: Message) -> Message:
        await self._agent.reload()
        return {"warnings": list(self._agent.config.warnings)}

    async def _wait(self, request: Message) -> Message:
        """Answer when what is waited for holds, else say what is missing when time is up."""
        timeout_s = _timeout_s(request, COMMAND_TIMEOUT_S)
        ends_at = time.monotonic() + timeout_s
        while True:
            missing = self._missing(request)
            if not missing:
                return {"status": self._agent.status()}
            if time.monotonic() >= ends_at:
                raise ControlError(f"within {timeout_s:g} s: {' '.join(missing)}")
            await asyncio.sleep(POLL_S)

    def _missing(self, request: Message) -> list[str]:
        status = self._agent.status()
        what = request.get("for")
        if what == "linked":
            return list(silent_links(status, self._agent))
        if what == "stable":
            return list(unstable_groups(status))
        if what == "holder":
            return list(_wrong_holder(status, request))
        raise ControlError(f"cannot wait for {what}: use linked, stable or holder.")


def silent_links(status: Status, agent: Agent) -> Iterator[str]:
    """One sentence for each link on which another node is not heard."""
    ports = {link.name: (link.interface, link.port) for link in agent.config.links}
    me = agent.config.node
    for node, seen in status["nodes"].items():
        if node == me:
            continue
        heard = seen.get("links", {})
        for name, (interface, port) in ports.items():
            if not heard.get(name, {}).get("is_up"):
                yield (
                    f"{me} hears nothing from {node} on {interface} udp {port}: "
                    "cable, address or firewall?"
                )


def unstable_groups(status: Status) -> Iterator[str]:
    """One sentence for each group that nobody holds, or that is under way."""
    for name, group in status["groups"].items():
        if group["state"] not in STABLE_STATES:
            yield f"group {name} is {group['state']} on {status['node']}: {group['reason']}"
        elif not group["holder"]:
            yield f"group {name} has no holder that {status['node']} knows of."


def _wrong_holder(status: Status, request: Message) -> Iterator[str]:
    name, holder = str(request.get("group")), str(request.get("holder", "")).lower()
    if name not in status["groups"]:
        raise ControlError(f"{name} is no group here.")
    found = status["groups"][name]
    if found["holder"] != holder or found["state"] not in STABLE_STATES:
        yield (
            f"group {name} is held by {found['holder'] or 'nobody'}, not by {holder} "
            f"({status['node']} is {found['state']}: {found['reason']})"
        )


def _names(value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
        raise ControlError("groups is a list of names.")
    return tuple(value)


def _timeout_s(request: Message, default: float) -> float:
    try:
        timeout_s = float(request.get("timeout_s", default))
    except (TypeError, ValueError):
        timeout_s = math.nan
    if not math.isfinite(timeout_s):  # NaN is never past: the wait would not end
        raise ControlError("timeout_s is a number of seconds.")
    return timeout_s
