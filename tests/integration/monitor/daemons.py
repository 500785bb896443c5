# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The monitor's loop with its real control socket, over a table in memory and real web servers."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.model import (
    Service,
    ServiceKey,
    Table,
    TableOp,
    VirtualService,
)
from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.plan import apply_plan
from ansible_collections.laico.lvs.plugins.module_utils._lvs.host.control import ControlClient
from ansible_collections.laico.lvs.plugins.module_utils._lvs.host.drain_file import WordsFile
from ansible_collections.laico.lvs.plugins.module_utils._lvs.host.table import TableKeeper
from ansible_collections.laico.lvs.plugins.module_utils._lvs.ldirectord import Daemon
from tests.integration.monitor import servers

VIP = "192.0.2.146"
KEY = ServiceKey(4, "tcp", VIP, 80)
FOREIGN = ServiceKey(4, "tcp", VIP, 9999)
HA_CF = "node a\nnode b\nucast eth0 192.0.2.11\nauto_failback off\n"


class MemoryKernel:
    """A table in memory that behaves as a plan says."""

    def __init__(self) -> None:
        self.table: Table = {FOREIGN: VirtualService(Service(FOREIGN))}
        self.active: dict[int, int] = {}  # active connections by the server's port

    def read_table(self) -> Table:
        return {key: self._counted(virtual) for key, virtual in self.table.items()}

    def _counted(self, virtual: VirtualService) -> VirtualService:
        rows = virtual.destinations
        return replace(
            virtual,
            destinations={
                key: replace(row, active_connections=self.active.get(key.port, 0))
                for key, row in rows.items()
            },
        )

    def apply(self, op: TableOp) -> None:
        self.table = apply_plan(self.table, [op])


class Running:
    """A daemon under test."""

    def __init__(self, folder: Path, kernel: MemoryKernel, daemon: Daemon) -> None:
        self.folder = folder
        self.kernel = kernel
        self.daemon = daemon
        self.client = ControlClient()

    def weights(self, key: ServiceKey = KEY) -> dict[int, int]:
        virtual = self.kernel.table.get(key)
        rows = virtual.destinations.values() if virtual else ()
        return {row.key.port: row.weight for row in rows}

    def ports(self, key: ServiceKey = KEY) -> set[int]:
        return set(self.weights(key))

    async def ask(self, verb: str, **fields: object) -> dict[str, Any]:
        return await self.client.request(verb, 5.0, **fields)

    async def until(self, is_true: Callable[[], bool], within_s: float = 3.0) -> float:
        started = time.monotonic()
        while not is_true():
            assert time.monotonic() - started < within_s, "did not come true in time"
            await asyncio.sleep(0.01)
        return time.monotonic() - started


def write_config(folder: Path, ports: list[int], *, settings: str = "", more: str = "") -> None:
    reals = "".join(f"    real=127.0.0.1:{port} masq\n" for port in ports)
    (folder / "ldirectord.cf").write_text(
        f"checkinterval=0.2\nchecktimeout=0.3\ncleanstop=no\n{settings}"
        f"virtual={VIP}:80\n{reals}    service=http\n    receive=LAICO\n{more}"
    )


def write_groups(folder: Path, standby: str) -> None:
    (folder / "ha.cf").write_text(HA_CF)
    (folder / "haresources").write_text(f"a ldirectord {VIP}/24/eth0\n")
    (folder / "lvs.cf").write_text(f"standby {standby}\n")


@contextlib.asynccontextmanager
async def running(folder: Path, kernel: MemoryKernel | None = None) -> AsyncIterator[Running]:
    kernel = kernel or MemoryKernel()
    keeper = TableKeeper(kernel, str(folder / "owned.json"))
    words = WordsFile(str(folder / "lib" / "servers.json"))
    daemon = Daemon(str(folder / "ldirectord.cf"), str(folder), keeper, words)
    task = asyncio.ensure_future(daemon.run())
    found = Running(folder, kernel, daemon)
    try:
        await found.until((folder / "ldirectord.sock").exists)
        await found.client.connect(str(folder / "ldirectord.sock"))
        yield found
    finally:
        found.client.close()
        os.kill(os.getpid(), signal.SIGTERM)
        await asyncio.wait_for(task, 5.0)


@contextlib.asynccontextmanager
async def webs(count: int) -> AsyncIterator[list[servers.Server]]:
    """Web servers that can be switched to bad."""
    async with contextlib.AsyncExitStack() as stack:
        found = []
        for _each in range(count):
            known = servers.Server()
            server = await stack.enter_async_context(servers.serving(servers.web(known)))
            known.port, known.asked_at = server.port, server.asked_at
            found.append(known)
        yield found


def go(story: Callable[[], Awaitable[None]]) -> None:
    async def run() -> None:
        await story()

    asyncio.run(run())
