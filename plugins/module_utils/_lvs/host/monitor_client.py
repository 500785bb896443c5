# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The agent's standing connection to the health monitor (ldirectord.sock).

It subscribes to the tables' states and says, at each connection anew, which groups are active here,
since the monitor does not remember across its own restart.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection, Iterable
from typing import Callable

from ..core.cluster import Group
from ..core.errors import ControlError
from ..core.events import TableState
from .control import ControlClient, Message

LOG = logging.getLogger(__name__)

RETRY_S = 1.0
# A monitor that restarts leaves the kernel's table as it is: only one that stays away counts.
AWAY_GRACE_S = 5.0
REQUEST_TIMEOUT_S = 5.0
LONGEST_CHECK_S = 1e6
_DIGEST_BYTES = 8

OnState = Callable[[TableState], None]


class MonitorClient:
    """Talks to the monitor for those groups that have an ldirectord resource."""

    def __init__(self, path: str, on_state: OnState) -> None:
        """``on_state`` is called with each group's word; nothing happens before ``set_groups``."""
        self._path = path
        self._on_state = on_state
        self._groups: dict[str, Group] = {}
        # Of all groups: the monitor may have read of one before the agent does, and says it once.
        self._heard: dict[str, TableState] = {}
        self._is_active: dict[str, bool] = {}
        self._client: ControlClient | None = None
        self._task: asyncio.Task[None] | None = None
        self._telling: asyncio.Task[None] | None = None
        self.error = "not connected yet."

    @property
    def is_wanted(self) -> bool:
        """Whether any group has a table to be kept."""
        return bool(self._groups)

    @property
    def is_connected(self) -> bool:
        """Whether the monitor can be asked now."""
        return self._client is not None

    def set_groups(self, groups: Iterable[Group]) -> None:
        """Care for these groups. A group without a table is loaded at once, with nothing in it."""
        known, self._groups = self._groups, {}
        for group in groups:
            if has_table(group):
                self._groups[group.name] = group
                if group.name not in known and group.name in self._heard:
                    self._on_state(self._heard[group.name])
            else:
                self._on_state(TableState(group.name, b"", 0, True))
        if self._groups and self._task is None:
            self._task = asyncio.ensure_future(self._run())

    async def set_active(self, group: Group, is_active: bool) -> None:
        """Have the group's rows in the kernel, or (cold) out of it; raises ControlError."""
        if not has_table(group):
            return
        self._is_active[group.name] = is_active
        if self._client is None:
            raise ControlError(self.error)
        await self._tell(self._client, group, is_active)

    def say_idle(self, name: str) -> None:
        """The group stands by here: if nothing was said of it yet in this life, say so.

        Not before that is known: rows that an earlier life left stay for the one that takes.
        """
        if name not in self._groups or name in self._is_active:
            return
        self._is_active[name] = False
        if self._client is not None:
            self._telling = asyncio.ensure_future(self._restate(self._client))

    def close(self) -> None:
        """End the connection."""
        if self._telling is not None:
            self._telling.cancel()
        if self._task is not None:
            self._task.cancel()
        if self._client is not None:
            self._client.close()

    async def _run(self) -> None:
        away_since = asyncio.get_running_loop().time() - AWAY_GRACE_S
        while True:
            client = ControlClient()
            try:
                await client.connect(self._path)
                await self._serve(client)
            except ControlError as error:
                self.error = str(error)
            now = asyncio.get_running_loop().time()
            if self._client is not None:
                LOG.warning("the health monitor is gone: %s", self.error)
                away_since = now
            self._client = None
            self._heard.clear()
            client.close()
            if now - away_since >= AWAY_GRACE_S:
                self._report(self._groups)
            await asyncio.sleep(RETRY_S)

    async def _serve(self, client: ControlClient) -> None:
        await client.request("subscribe", REQUEST_TIMEOUT_S)
        self._client = client
        self.error = ""
        LOG.info("connected to the health monitor")
        restating = asyncio.ensure_future(self._restate(client))
        try:
            while True:
                self._take(await client.next_push())
        finally:
            restating.cancel()

    async def _restate(self, client: ControlClient) -> None:
        for name in tuple(self._is_active):
            if name not in self._groups:
                continue
            try:
                await self._tell(client, self._groups[name], self._is_active[name])
            except ControlError as error:
                LOG.warning("group %s: the health monitor says: %s", name, error)

    async def _tell(self, client: ControlClient, group: Group, is_active: bool) -> None:
        addresses = [address.address for address in group.addresses]
        fields: Message = {"group": group.name}
        if is_active:
            fields["addresses"] = addresses
        await client.request("activate" if is_active else "deactivate", REQUEST_TIMEOUT_S, **fields)

    def _report(self, names: Collection[str]) -> None:
        for name in names:
            self._on_state(TableState(name, b"", 0, False, self.error))

    def _take(self, push: Message) -> None:
        if push.get("event") != "table" or not isinstance(push.get("group"), str):
            return
        try:
            state = TableState(
                group=str(push["group"]),
                digest=bytes.fromhex(str(push["digest"] or ""))[:_DIGEST_BYTES],
                healthy=int(push["healthy"]),
                is_loaded=bool(push["is_loaded"]),
                error=str(push.get("error") or ""),
                check_s=_seconds(push.get("check_s") or 0.0),
                servers=int(push.get("servers") or 0),
            )
        except (KeyError, ValueError, TypeError, OverflowError):
            LOG.warning("the health monitor sent a message that makes no sense: %r", push)
            return
        self._heard[state.group] = state
        if state.group in self._groups:
            self._on_state(state)


def _seconds(value: object) -> float:
    seconds = float(str(value))
    if not 0 <= seconds < LONGEST_CHECK_S:
        raise ValueError(f"{seconds} is no time between checks")
    return seconds


def has_table(group: Group) -> bool:
    """Whether the group has rows of IPVS's table that the health monitor keeps."""
    return any(resource.kind == "ldirectord" for resource in group.resources)
