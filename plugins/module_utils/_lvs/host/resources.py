# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The other resources of a group: scripts of resource.d, systemd units, IPVS's sync daemons.

They follow the group's addresses and never hold them up: addresses move at once, the scripts run
one after the other behind them, each within ``command.COMMAND_TIMEOUT_S``.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Iterable, Sequence

from ..core.cluster import Resource
from .command import run_command
from .sync_daemon import swap

LOG = logging.getLogger(__name__)


def _runnable(resources: Sequence[Resource]) -> list[Resource]:
    return [each for each in resources if each.kind != "ldirectord"]  # the monitor's


def _has_standby(resource: Resource) -> bool:
    return resource.kind == "syncdaemon"


class GroupResources:
    """Scripts, units and sync daemons of one group, brought to the state last wanted."""

    def __init__(self, group: str, resources: Sequence[Resource], directory: str) -> None:
        """``directory``: where resource.d lies. Nothing runs before ``want``."""
        self._group = group
        self._resources = self._wanted = _runnable(resources)
        self._directory = directory
        self._is_wanted = False
        self._is_started = False
        self._has_leftovers = False
        self._stands_by = False
        self._task: asyncio.Task[None] | None = None

    def want(self, is_started: bool) -> None:
        """Start them (left to right) or stop them (right to left) as soon as what runs now ends."""
        self._is_wanted = is_started
        self._go_on()

    def stop_leftovers(self) -> None:
        """First of all: stop once what an earlier life may have started (L4)."""
        self._is_started = self._has_leftovers = True
        self._go_on()

    def stand_by(self) -> None:
        """Nothing is held yet: sync daemons have a state for that too, and are brought to it."""
        self._stands_by = any(map(_has_standby, self._wanted))
        self._go_on()

    def change(self, resources: Sequence[Resource]) -> None:
        """Have these from now on: what runs is stopped, then the new ones are started."""
        self._wanted = _runnable(resources)
        is_new = any(_has_standby(each) for each in self._wanted if each not in self._resources)
        self._stands_by = is_new and not self._is_wanted
        self._go_on()

    def _go_on(self) -> None:
        has_some = self._resources or self._wanted
        if has_some and (self._task is None or self._task.done()):
            self._task = asyncio.ensure_future(self._converge())

    async def settle(self, timeout_s: float) -> bool:
        """Wait until the wanted state is reached, at most so long; says whether it is."""
        if self._task is not None:
            await asyncio.wait({self._task}, timeout=timeout_s)
        return self._task is None or self._task.done()

    def close(self) -> None:
        """Give up what still runs."""
        if self._task is not None:
            self._task.cancel()

    async def _converge(self) -> None:
        while True:
            if not self._is_started:
                self._resources = self._wanted
            is_reached = self._is_started == self._is_wanted and self._resources == self._wanted
            if is_reached and self._stands_by and not self._is_started:
                await self._run_all("stop", filter(_has_standby, self._resources))
                self._stands_by = False
                continue
            if is_reached and not self._has_leftovers:
                return
            self._has_leftovers = False
            self._is_started = not self._is_started
            if self._is_started:
                await self._run_all("start", self._resources)
            else:
                self._stands_by = False
                await self._run_all("stop", self._resources[::-1])

    async def _run_all(self, verb: str, resources: Iterable[Resource]) -> None:
        for resource in resources:
            error = await self._run(resource, verb)
            if error:
                LOG.error("group %s: cannot %s %s: %s", self._group, verb, resource.name, error)

    async def _run(self, resource: Resource, verb: str) -> str:
        if resource.kind != "syncdaemon":
            return await run_command(self._argv(resource, verb))
        loop = asyncio.get_running_loop()  # in a thread: a kernel's thread is waited for
        return await loop.run_in_executor(None, swap, resource, verb == "start")

    def _argv(self, resource: Resource, verb: str) -> list[str]:
        if resource.kind == "unit":
            return ["systemctl", verb, resource.name]
        script = os.path.join(self._directory, "resource.d", resource.name)
        return [script, *resource.arguments, verb]
