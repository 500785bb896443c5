# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The operator's watch commands (U): run beside the loop, each again and again, never twice at a
time. What a result means is for the core."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from typing import Callable

from ..core.cluster import Watch
from .command import Process, cannot_run, ended, kill_group, plain_environment, start, too_late

SHORTEST_PAUSE_S = 0.1
CLOSE_TIMEOUT_S = 1.0

# The place of the command in the configuration, and "" or one sentence.
OnResult = Callable[[int, str], None]


class Watches:
    """Runs the watch commands of a configuration."""

    def __init__(self, on_result: OnResult) -> None:
        """Nothing runs before ``use``."""
        self._on_result = on_result
        self._watches: tuple[Watch, ...] = ()
        self._tasks: set[asyncio.Task[None]] = set()
        self._ending: set[asyncio.Task[None]] = set()

    def use(self, watches: Sequence[Watch]) -> None:
        """Run these from now on; those that did not change just go on."""
        if tuple(watches) == self._watches:
            return
        self._cancel()
        self._watches = tuple(watches)
        for index, watch in enumerate(self._watches):
            self._tasks.add(asyncio.ensure_future(self._run(index, watch)))

    async def close(self) -> None:
        """End all, with the commands that still run."""
        self._cancel()
        if self._ending:
            await asyncio.wait(self._ending, timeout=CLOSE_TIMEOUT_S)

    def _cancel(self) -> None:
        for task in self._tasks:
            task.cancel()
            self._ending.add(task)
            task.add_done_callback(self._ending.discard)
        self._tasks = set()

    async def _run(self, index: int, watch: Watch) -> None:
        loop = asyncio.get_running_loop()
        while True:
            due_at = loop.time() + watch.interval_s
            await self._run_once(index, watch)
            await asyncio.sleep(max(SHORTEST_PAUSE_S, due_at - loop.time()))

    async def _run_once(self, index: int, watch: Watch) -> None:
        try:
            process = await start(watch.command, plain_environment(), is_quiet=True)
        except OSError as error:
            self._on_result(index, cannot_run(watch.command, error))
            return
        try:
            code = await asyncio.wait_for(process.wait(), watch.timeout_s)
            self._on_result(index, ended(watch.command, code))
        except asyncio.TimeoutError:
            self._on_result(index, too_late(watch.command, watch.timeout_s))
            await self._await_death(index, watch, process)
        finally:
            kill_group(process)  # what it left in the background too
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(process.wait(), CLOSE_TIMEOUT_S)

    async def _await_death(self, index: int, watch: Watch, process: Process) -> None:
        """One that hangs in the kernel lives on: no second one before it has ended."""
        kill_group(process)
        while True:
            try:
                await asyncio.wait_for(process.wait(), max(watch.interval_s, SHORTEST_PAUSE_S))
            except asyncio.TimeoutError:
                self._on_result(index, f"`{' '.join(watch.command)}` hangs and cannot be killed.")
            else:
                return
