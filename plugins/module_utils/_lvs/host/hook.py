# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The operator's notify command: told each decision and each change of a node, one after the other.

It can hold up nothing: it runs beside the loop, and what it does not take in time is dropped.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque

from ..core.cluster import ClusterConfig
from ..core.events import Decision, NodeChange
from .command import plain_environment, run_command

LOG = logging.getLogger(__name__)

TIMEOUT_S = 10.0
QUEUE_LIMIT = 64
CLOSE_TIMEOUT_S = 2.0


class NotifyHook:
    """Runs the command of ``ClusterConfig.notify_command``; without one it does nothing."""

    def __init__(self, config: ClusterConfig) -> None:
        """Nothing runs before the first word."""
        self.config = config
        self.dropped = 0
        self._waiting: deque[dict[str, str]] = deque()
        self._task: asyncio.Task[None] | None = None
        self._last_error = ""

    def tell_group(self, decision: Decision) -> None:
        """A group's state here is another, or has another reason."""
        self._tell("group", decision.group, decision.state, decision.reason, decision.is_alarm)

    def tell_node(self, change: NodeChange) -> None:
        """A node, or one of its links, changed."""
        is_alarm = change.state == "namesake"
        self._tell("node", change.node, change.state, change.reason, is_alarm, change.link)

    async def close(self) -> None:
        """Give what waits a short time, then end it."""
        if self._task is None:
            return
        await asyncio.wait({self._task}, timeout=CLOSE_TIMEOUT_S)
        if not self._task.done():
            self._task.cancel()
            await asyncio.wait({self._task}, timeout=CLOSE_TIMEOUT_S)

    def _tell(
        self, kind: str, name: str, state: str, reason: str, is_alarm: bool, link: str = ""
    ) -> None:
        if not self.config.notify_command:
            return
        if len(self._waiting) >= QUEUE_LIMIT:  # the newest word is the one that counts
            self._waiting.popleft()
            self.dropped += 1
            self._complain(f"is too slow: more than {QUEUE_LIMIT} notices wait, some are dropped.")
        self._waiting.append(
            {
                "LVS_CLUSTER": self.config.cluster,
                "LVS_NODE": self.config.node,
                "LVS_KIND": kind,
                "LVS_NAME": name,
                "LVS_STATE": state,
                "LVS_REASON": reason,
                "LVS_ALARM": "1" if is_alarm else "0",
                "LVS_LINK": link,
            }
        )
        if self._task is None or self._task.done():
            self._task = asyncio.ensure_future(self._run())

    async def _run(self) -> None:
        while self._waiting:
            words = self._waiting.popleft()
            command = self.config.notify_command
            if not command:
                return
            error = await run_command(command, TIMEOUT_S, plain_environment(words))
            if error:
                self._complain(error)
            else:
                self._last_error = ""

    def _complain(self, error: str) -> None:
        """Once for each kind of failure, until the command works again."""
        if error != self._last_error:
            self._last_error = error
            LOG.warning("the notify command: %s", error)
