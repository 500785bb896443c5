# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The other resources of a group: scripts of resource.d and systemd units.

They follow the group's addresses and never hold them up: addresses move at once, the scripts run
one after the other behind them, each within ``command.COMMAND_TIMEOUT_S``.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Sequence

from ..core.cluster import Resource
from .command import run_command

LOG = logging.getLogger(__name__)


def _runnable(resources: Sequence[Resource]) -> list[Resource]:
    return [each for each in resources if each.kind in ("script", "unit")]


class GroupResources:
    """The scripts and units of one group, brought to the state last wanted."""

    def __init__(self, group: str, resources: Sequence[Resource], directory: str) -> None:
        """``directory``: where resource.d lies. Nothing runs before ``want``."""
        self._group = group
        self._resources = self._wanted = _runnable(resources)
        self._directory = directory
        self._is_wanted = False
        self._is_started = False
        self._has_leftovers = False
        self._task: asyncio.Task[None] | None = None

    def want(self, is_started: bool) -> None:
        """Start them (left to right) or stop them (right to left) as soon as what runs now ends."""
        self._is_wanted = is_started
        self._go_on()

    def stop_leftovers(self) -> None:
        """First of all: stop once what an earlier life may have started (L4)."""
        self._is_started = self._has_leftovers = True
        self._go_on()

    def change(self, resources: Sequence[Resource]) -> None:
        """Have these from now on: what runs is stopped, then the new ones are started."""
        self._wanted = _runnable(resources)
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
            if is_reached and not self._has_leftovers:
                return
            self._has_leftovers = False
            self._is_started = not self._is_started
            verb = "start" if self._is_started else "stop"
            for resource in self._resources if self._is_started else self._resources[::-1]:
                error = await run_command(self._argv(resource, verb))
                if error:
                    LOG.error("group %s: cannot %s %s: %s", self._group, verb, resource.name, error)

    def _argv(self, resource: Resource, verb: str) -> list[str]:
        if resource.kind == "unit":
            return ["systemctl", verb, resource.name]
        script = os.path.join(self._directory, "resource.d", resource.name)
        return [script, *resource.arguments, verb]
