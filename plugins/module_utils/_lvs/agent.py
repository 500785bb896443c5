# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The heartbeat agent's loop: sockets and the kernel on one side, ``core.node.Node`` on the other.

Every wake is one turn: the core is told the time first (L3), then all that waits is read, then what
the core wants is done and sent. No rule of the protocol is decided here.
"""

from __future__ import annotations

import asyncio
import logging
import os
import random
import time
from collections.abc import Iterable
from typing import Any, Callable

from .agent_claims import Claims
from .agent_events import Executor
from .agent_interfaces import Interfaces
from .agent_senses import Senses
from .agent_sockets import Sockets
from .configuration import read_config
from .core.cluster import ClusterConfig, Group
from .core.errors import ConfigError, KernelError
from .core.events import Observation
from .core.node import Node
from .host import macs
from .host.addresses import Addresses
from .host.collector import spare_what_stays
from .host.holdings import Holdings
from .host.hook import NotifyHook
from .host.monitor_client import MonitorClient
from .host.notify import Notifier
from .host.realtime import Realtime
from .places import Places, package_digest

LOG = logging.getLogger(__name__)

STOP_TIMEOUT_S = 5.0
KERNEL_TIMEOUT_S = 0.5  # of each answer: the loop waits, and a lease may be two seconds
EVENT_LIMIT = 10_000  # of one turn: more is a fault of the core that would hang the loop


class Agent:
    """One life of the agent. ``run`` returns when it has ended, its addresses gone."""

    def __init__(self, config: ClusterConfig, places: Places) -> None:
        """Open the kernel's side; raises KernelError. Nothing is changed before ``run``.

        To be made within a running event loop.
        """
        self.config = config
        self.places = places
        self.groups: dict[str, Group] = {group.name: group for group in config.groups}
        self.kernel = Addresses(KERNEL_TIMEOUT_S)
        self.holdings = Holdings(self.kernel, config.timing.lease_s)
        self.notifier = Notifier()
        self.sockets = Sockets(self.kernel, self.turn)
        self.monitor = MonitorClient(places.monitor_socket, self.observe_later)
        self.hook = NotifyHook(config)
        self.executor = Executor(self)
        self.node = Node(config, os.urandom(16), time.monotonic(), random.SystemRandom())
        self._senses = Senses(lambda seen: self.observe_later(*seen))
        self._claims = Claims(self)
        self._realtime = Realtime()
        self._interfaces = Interfaces(self)
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._ended = asyncio.Event()
        self._fault: BaseException | None = None
        self._is_turning = False
        self._has_kernel_news = True
        self._reloading = asyncio.Lock()

    # ---- life ------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Serve until ``stop`` has done its work; raises what made the loop fail."""
        self._claims.take_over()
        self._loop.add_reader(self._interfaces.fileno(), self._hear_kernel)
        tasks = [asyncio.ensure_future(self._interfaces.retry_sockets())]
        if self.notifier.watchdog_s:
            tasks.append(asyncio.ensure_future(self._pet_watchdog()))
        try:
            self._begin()
            await self._ended.wait()
        finally:
            for task in tasks:
                task.cancel()
            await self._close()
        if self._fault is not None:
            raise self._fault

    def stop(self) -> None:
        """End gracefully: give the groups away or release them, for at most five seconds."""
        self.notifier.stopping()
        self._loop.call_later(STOP_TIMEOUT_S, self._ended.set)
        self.node.stop(time.monotonic())
        self.turn()

    async def reload(self) -> None:
        """Take the configuration from disk; raises ConfigError, and then the old one stays."""
        async with self._reloading:  # in a thread: a slow disk or DNS must not cost the lease
            config = await self._loop.run_in_executor(
                None, read_config, self.places, self.config.node
            )
            if config.node != self.config.node:
                raise ConfigError(
                    f"{self.places.config}/lvs.cf: this host is now called {config.node}: "
                    "restart lvs-heartbeat to take that name."
                )
            if not self._ended.is_set():
                self._use(config)

    def _use(self, config: ClusterConfig) -> None:
        self._claims.claim(
            config.groups
        )  # first, and with the old ones: where it fails, those stay whole
        self.node.reconfigure(config, time.monotonic())
        self.config = self.hook.config = config
        self.holdings.lease_s = config.timing.lease_s
        changed = [
            (old, group)
            for group in config.groups
            if (old := self.groups.get(group.name)) is not None
        ]
        self.groups.update({group.name: group for group in config.groups})
        for old, new in changed:
            self._attempt(self.holdings.forget, old, new)
            self.executor.take_resources(new)
        self.sockets.close()
        self._attempt(self.sockets.use, config)
        self._attempt(self._interfaces.tell_macs)
        self._attempt(self._interfaces.tell_links)
        self._attempt(self._claims.claim)
        self._use_host()
        self.turn()
        LOG.info("configuration read anew: %s", ", ".join(self.groups) or "no groups")

    def _begin(self) -> None:
        known = macs.read(self.places.macs)
        self.executor.know_macs(dict(known.by_node))
        self.observe(known)
        self.sockets.use(self.config)
        self._interfaces.tell_macs()
        self._interfaces.tell_links()
        self._use_host()
        for warning in self.sockets.sysctl_warnings():
            LOG.warning("%s", warning)
        self.turn()
        self.notifier.ready()

    def _use_host(self) -> None:
        """What the configuration wants of everything but links, wires and addresses."""
        self.monitor.set_groups(self.config.groups)
        self._senses.use(self.config)
        self.executor.stand_by()
        for warning in self._realtime.use(self.config.realtime_priority):
            LOG.warning("%s", warning)
        spare_what_stays()

    async def _close(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._loop.remove_reader(self._interfaces.fileno())
        self.sockets.close()
        removed = [self._attempt(self.holdings.remove, group) for group in self.groups.values()]
        self.monitor.close()
        await asyncio.gather(self._senses.close(), self.hook.close())
        if await self.executor.close() and all(removed):
            self._attempt(self._claims.record, ())
        self._interfaces.close()
        self.kernel.close()

    def _attempt(self, step: Callable[..., None], *arguments: object) -> bool:
        """What the rest does not hang on: a failure of the kernel is said; True without one."""
        try:
            step(*arguments)
        except KernelError as error:
            LOG.warning("%s", error)
            return False
        return True

    def forget_gone(self, name: str) -> None:
        """A released group that the configuration no longer has is no longer this agent's."""
        if any(group.name == name for group in self.config.groups):
            return
        self._attempt(self._claims.claim)

    # ---- the turn --------------------------------------------------------------------------------

    def turn(self) -> None:
        """One wake of the loop. A fault ends the agent: systemd starts it anew, addresses gone."""
        if self._is_turning or self._ended.is_set():
            return
        self._is_turning = True
        try:
            self._turn()
        except Exception as error:  # whatever it is, a half-done turn must not go on
            LOG.exception("a fault of the agent's own")
            self._end_with(error)
        finally:
            self._is_turning = False

    def _end_with(self, fault: Exception) -> None:
        self._fault = fault
        self._ended.set()

    def observe(self, observation: Observation) -> None:
        """Tell the core what was seen, now."""
        self.node.handle(observation, time.monotonic())

    def observe_later(self, *observations: Observation) -> None:
        """Tell the core from outside of a turn, and make one."""
        if self._ended.is_set():
            return
        try:
            for observation in observations:
                self.observe(observation)
        except Exception as error:  # as in a turn: the core may have stopped half-way
            LOG.exception("a fault of the agent's own")
            self._end_with(error)
        self.turn()

    def read_links(self) -> None:
        """Give the core every datagram that waits."""
        self._receive(self.sockets.datagrams())

    def groups_in_use(self) -> dict[str, Group]:
        """The configuration's groups by name, without those that are on their way out."""
        return {group.name: group for group in self.config.groups}

    def status(self) -> dict[str, Any]:
        """JSON-ready: the core's view with what only the loop knows."""
        return {
            "node": self.config.node,
            "cluster": self.config.cluster,
            "pid": os.getpid(),
            "package": package_digest(),
            "warnings": list(self.config.warnings),
            "sockets": self.sockets.errors(),
            "monitor": {
                "is_wanted": self.monitor.is_wanted,
                "is_connected": self.monitor.is_connected,
                "error": self.monitor.error,
            },
            "realtime": self._realtime.status(),
            **self._senses.status(),
            **self.node.status(time.monotonic()),
        }

    def _turn(self) -> None:
        now = time.monotonic()
        self.node.handle_timer(now)
        self._carry_out(now)
        if self._read_news():
            self._carry_out(time.monotonic())
        self._arm()
        self.notifier.status(self.executor.summary())
        if self.node.is_stopped:
            self._ended.set()

    def _carry_out(self, now: float) -> None:
        """Do what the core wants, in its order, until it wants nothing more."""
        for _count in range(EVENT_LIMIT):
            event = self.node.next_event()
            if event is not None:
                self.executor.do(event)
                now = time.monotonic()
                continue
            datagrams = self.node.datagrams_to_send(now)
            for datagram in datagrams:
                self.sockets.send(datagram)
            if not datagrams:
                return
        raise RuntimeError(f"the core wanted more than {EVENT_LIMIT} things in one turn")

    def _hear_kernel(self) -> None:
        self._has_kernel_news = True
        self.turn()

    def _read_news(self) -> bool:
        """Read only where the loop saw something: in a lab's guest a call costs 50 us, and an
        idle agent would spend most of its time on asking what is not there."""
        has_news = self._receive(self.sockets.news())
        for heard in self.sockets.heard():
            self.observe(heard)
            has_news = True
        if self._has_kernel_news:
            self._has_kernel_news, has_news = False, True
            self._interfaces.read()
        return has_news

    def _receive(self, datagrams: Iterable[tuple[bytes, str, str]]) -> bool:
        has_any = False
        for data, link, address in datagrams:
            self.node.receive_datagram(data, link, address, time.monotonic())
            has_any = True
        return has_any

    def _arm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        due_at = self.node.get_timer()
        self._timer = None if due_at is None else self._loop.call_at(due_at, self.turn)

    async def _pet_watchdog(self) -> None:
        while True:
            self.notifier.watchdog()
            await asyncio.sleep(self.notifier.watchdog_s)
