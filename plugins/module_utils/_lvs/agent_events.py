# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the core wants done, done: one method for each event of ``core.events``.

Kernel calls are made at once; the monitor, scripts and the fencing command run beside the loop and
report back with ``OperationDone``.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any, Callable

from .core import events
from .core.cluster import Group
from .core.errors import ControlError, KernelError
from .core.events import Event, OperationDone
from .host import macs
from .host.command import run_command
from .host.resources import GroupResources

if TYPE_CHECKING:
    from .agent import Agent

LOG = logging.getLogger(__name__)

FENCE_TIMEOUT_S = 30.0
STOP_RESOURCES_S = 10.0
STANDING_BY = ("standby", "contested", "parked", "unfit")


class Executor:
    """Carries out events for one agent."""

    def __init__(self, agent: Agent) -> None:
        """Nothing runs before ``do``."""
        self._agent = agent
        self._known_macs: macs.Macs = {}
        self.decisions: dict[str, events.Decision] = {}
        self._commands: dict[int, asyncio.Future[str]] = {}
        self._last_command = 0
        self._resources: dict[str, GroupResources] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._renew_errors: dict[str, str] = {}
        self._handlers: dict[type[Any], Callable[[Any], None]] = {
            events.LoadTable: self._load_table,
            events.UnloadTable: self._unload_table,
            events.AddAddresses: self._add_addresses,
            events.RemoveAddresses: self._remove_addresses,
            events.MoveToLo: self._move_to_lo,
            events.RenewLease: self._renew_lease,
            events.Announce: self._announce,
            events.Probe: self._probe,
            events.ReadLinks: self._read_links,
            events.Fence: self._fence,
            events.Decision: self._decision,
            events.NodeChange: self._node_change,
            events.LearnedMacs: self._learned_macs,
            events.CommandDone: self._command_done,
        }

    def do(self, event: Event) -> None:
        """Carry it out, or set it going."""
        self._handlers[type(event)](event)

    def know_macs(self, by_node: macs.Macs) -> None:
        """The other directors' MACs, as learned or as kept on disk."""
        self._known_macs = by_node
        self._agent.sockets.director_macs = frozenset(
            mac for known in by_node.values() for mac in known
        )

    def take_resources(self, group: Group) -> None:
        """A reload: the group's other resources are these from now on."""
        if group.name in self._resources:
            self._resources[group.name].change(group.resources)

    def stop_leftovers(self, name: str) -> None:
        """L4: an earlier life may have started the group's other resources."""
        self._resources_of(name).stop_leftovers()

    def stand_by(self) -> None:
        """The agent begins, or has other groups: what has a state for waiting is brought to it."""
        for group in self._agent.groups_in_use().values():
            is_new = group.name not in self._resources
            if is_new and any(resource.kind == "syncdaemon" for resource in group.resources):
                self._resources_of(group.name).stand_by()

    def command(self, verb: str, groups: tuple[str, ...], target: str = "") -> asyncio.Future[str]:
        """Hand an operator's command to the core; the future gives "" or one sentence."""
        self._last_command += 1
        future: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._commands[self._last_command] = future
        self._agent.observe_later(events.Command(self._last_command, verb, groups, target))
        return future

    def summary(self) -> str:
        """One line for ``systemctl status``."""
        said = sorted(self.decisions.items())
        return ", ".join(f"{group}: {decision.state}" for group, decision in said) or "no groups"

    async def close(self) -> bool:
        """Stop the other resources of all groups, for a while, and give up what still runs; says
        whether all of them were stopped in time."""
        for resources in self._resources.values():
            resources.want(False)
        groups = self._resources.values()
        settled = await asyncio.gather(*(group.settle(STOP_RESOURCES_S) for group in groups))
        for resources in groups:
            resources.close()
        for task in tuple(self._tasks):
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=1.0)
        return all(settled)

    # ---- the table -------------------------------------------------------------------------------

    def _load_table(self, event: events.LoadTable) -> None:
        self._in_background(self._set_active(event.group, event.serial, True))

    def _unload_table(self, event: events.UnloadTable) -> None:
        self._in_background(self._set_active(event.group, event.serial, False))

    async def _set_active(self, name: str, serial: int, is_active: bool) -> None:
        error = ""
        try:
            await self._agent.monitor.set_active(self._group(name), is_active)
        except ControlError as caught:
            error = str(caught)
        self._agent.observe_later(OperationDone(serial, error))

    # ---- addresses -------------------------------------------------------------------------------

    def _add_addresses(self, event: events.AddAddresses) -> None:
        self._change(event.group, event.serial, self._agent.holdings.add)
        self._resources_of(event.group).want(event.group in self._agent.holdings.held)

    def _remove_addresses(self, event: events.RemoveAddresses) -> None:
        self._change(event.group, event.serial, self._agent.holdings.remove)
        self._resources_of(event.group).want(False)
        self._agent.forget_gone(event.group)

    def _move_to_lo(self, event: events.MoveToLo) -> None:
        self._change(event.group, event.serial, self._agent.holdings.move_to_lo)

    def _change(self, name: str, serial: int, change: Callable[[Group], None]) -> None:
        error = ""
        try:
            change(self._group(name))
        except KernelError as caught:
            error = str(caught)
        self._agent.observe(OperationDone(serial, error))

    def _renew_lease(self, event: events.RenewLease) -> None:
        group = self._group(event.group)
        try:
            gone = self._agent.holdings.renew(group)
        except KernelError as error:
            if self._renew_errors.get(event.group) != str(error):
                LOG.error("group %s: its lease cannot be renewed: %s", event.group, error)
            self._renew_errors[event.group] = str(error)
            gone = [group.addresses[0].address]
        else:
            self._renew_errors.pop(event.group, None)
        for address in gone:
            self._agent.observe(events.AddressGone(address))
        if not gone:
            self._agent.observe(events.LeaseRenewed(event.group))

    # ---- the clients' LAN ------------------------------------------------------------------------

    def _announce(self, event: events.Announce) -> None:
        for address in self._group(event.group).addresses:
            wire = self._agent.sockets.wire_of(address)
            if wire is not None:
                wire.announce(address.address)

    def _probe(self, event: events.Probe) -> None:
        for address in self._group(event.group).addresses:
            wire = self._agent.sockets.wire_of(address)
            if wire is not None:
                wire.probe(address.address)

    def _read_links(self, event: events.ReadLinks) -> None:
        self._agent.read_links()
        self._agent.observe(OperationDone(event.serial))

    # ---- the rest --------------------------------------------------------------------------------

    def _fence(self, event: events.Fence) -> None:
        self._in_background(self._run_fence(event))

    async def _run_fence(self, event: events.Fence) -> None:
        command = self._agent.config.fence_command or ()
        error = "no fencing command is configured: write `fence COMMAND` in lvs.cf."
        if command:
            error = await run_command([*command, event.node], FENCE_TIMEOUT_S)
        self._agent.observe_later(OperationDone(event.serial, error))

    def _decision(self, event: events.Decision) -> None:
        self.decisions[event.group] = event
        if event.state in STANDING_BY:
            self._agent.monitor.say_idle(event.group)
        level = logging.WARNING if event.is_alarm else logging.INFO
        before = f" ({event.was} for {event.lasted_s:.1f} s before)" if event.was else ""
        LOG.log(level, "group %s: %s: %s%s", event.group, event.state, event.reason, before)
        self._agent.hook.tell_group(event)

    def _node_change(self, event: events.NodeChange) -> None:
        level = logging.INFO if event.state == "living" else logging.WARNING
        where = f" on {event.link}" if event.link else ""
        LOG.log(level, "node %s%s: %s: %s", event.node, where, event.state, event.reason)
        self._agent.hook.tell_node(event)

    def _learned_macs(self, event: events.LearnedMacs) -> None:
        if self._known_macs.get(event.node) == event.macs:
            return
        self.know_macs({**self._known_macs, event.node: event.macs})
        self._in_background(self._keep_macs(self._known_macs))

    async def _keep_macs(self, known: macs.Macs) -> None:
        loop = asyncio.get_running_loop()
        try:  # in a thread: a slow disk must not hold up the heartbeats
            await loop.run_in_executor(None, macs.write, self._agent.places.macs, known)
        except OSError as error:
            LOG.warning("%s cannot be written: %s", self._agent.places.macs, error.strerror)

    def _command_done(self, event: events.CommandDone) -> None:
        future = self._commands.pop(event.serial, None)
        if future is not None and not future.done():
            future.set_result(event.error)

    def _group(self, name: str) -> Group:
        return self._agent.groups[name]

    def _resources_of(self, name: str) -> GroupResources:
        if name not in self._resources:
            directory = self._agent.places.config
            self._resources[name] = GroupResources(name, self._group(name).resources, directory)
        return self._resources[name]

    def _in_background(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
