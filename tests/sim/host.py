# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A host: its clock, its kernel's addresses with their leases, and the agent's loop around a
``Node``."""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from ansible_collections.laico.lvs.plugins.module_utils._lvs.core import events as ev
from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.cluster import ClusterConfig
from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.node import Node

if TYPE_CHECKING:
    from .cluster import Cluster

MAX_QUEUE = 250


class Host:
    """One director. ``life`` counts the starts of its agent; a pending action of an old life does
    nothing."""

    def __init__(self, cluster: Cluster, config: ClusterConfig, rng: random.Random) -> None:
        """Powered off until ``power_on``."""
        self.cluster, self.config, self.rng = cluster, config, rng
        self.name = config.node
        self.mac = f"02:00:00:00:00:{config.nodes.index(config.node) + 1:02x}"
        self.is_on = False
        self.is_stopped = False  # SIGSTOP: the agent only
        self.is_frozen = False  # the whole host
        self.is_clock_stopped = False
        self.node: Node | None = None
        self.life = 0
        self.rate = 1 + rng.uniform(-200e-6, 200e-6)
        self._base, self._since = rng.uniform(0, 1e5), 0.0
        self.on_interface: dict[str, float] = {}  # group -> end of its lease, by this host's clock
        self.on_lo: dict[str, float] = {}
        self.touched_at = 0.0  # when the agent last ran, by this host's clock
        self.digest, self.healthy = b"12345678", 3
        self.is_broken = False  # AddAddresses fails
        self._queue: list[Callable[[Node, float], None]] = []
        self._armed = 0
        self._free_at = 0.0
        self.macs_on_disk: dict[str, tuple[str, ...]] = {}

    # ---- time ----------------------------------------------------------------------------------

    def clock(self) -> float:
        """This host's monotonic clock."""
        if self.is_clock_stopped:
            return self._base
        return self._base + (self.cluster.clock.now - self._since) * self.rate

    def _when(self, local: float) -> float:
        return self._since + (local - self._base) / self.rate

    # ---- power, freezes --------------------------------------------------------------------------

    def power_on(self) -> None:
        """The kernel is empty, the agent starts."""
        self.is_on = True
        self.on_interface, self.on_lo = {}, {}
        self.start_agent()

    def power_off(self) -> None:
        """Everything is gone at once."""
        self.is_on = self.is_stopped = False
        self.kill_agent()
        self.on_interface, self.on_lo = {}, {}

    def start_agent(self) -> None:
        """A new life; the loop removes what an earlier one left (L4)."""
        if not self.is_on or self.node is not None:
            return
        self.life += 1
        if self.cluster.keeps_l4:
            self.on_interface, self.on_lo = {}, {}
        self.cluster.touch()
        self._queue = []
        now = self.touched_at = self.clock()
        self.node = Node(self.config, self.rng.randbytes(16), now, self.rng)
        self.node.handle(ev.Macs((self.mac,)), now)
        self.node.handle(ev.KnownMacs(tuple(self.macs_on_disk.items())), now)
        delay_s = self.rng.uniform(0, 0.3)
        for group in self.config.groups:
            self._later(delay_s, self._table_state(group.name))
        self._settle()

    def _table_state(self, group: str) -> Callable[[Node, float], None]:
        state = ev.TableState(group, self.digest, self.healthy, is_loaded=True)
        return lambda node, now: node.handle(state, now)

    def say_table(self) -> None:
        """The monitor's view changed."""
        for group in self.config.groups:
            self.run(self._table_state(group.name))

    def kill_agent(self) -> None:
        """kill -9: the kernel goes on until the leases end."""
        self.node = None
        self.life += 1
        self.cluster.touch()

    def stop_agent(self) -> None:
        """SIGSTOP."""
        self.is_stopped = True

    def freeze(self, is_clock_stopped: bool) -> None:
        """The whole host stands still."""
        self._base, self._since = self.clock(), self.cluster.clock.now
        self.is_frozen, self.is_clock_stopped = True, is_clock_stopped
        self.cluster.touch()

    def thaw(self) -> None:
        """SIGCONT, or the end of a freeze: what is due happens, then what waits is read."""
        if self.is_clock_stopped:
            self.is_clock_stopped, self._since = False, self.cluster.clock.now
            for ends_at in [*self.on_interface.values(), *self.on_lo.values()]:
                self.cluster.clock.at(self._when(ends_at) + 0.001, self.cluster.touch)
        self.is_frozen = self.is_stopped = False
        self.cluster.touch()
        self._wake()

    @property
    def is_running(self) -> bool:
        """Whether the agent can act."""
        return self.node is not None and not self.is_stopped and not self.is_frozen

    # ---- the kernel ------------------------------------------------------------------------------

    def answers(self, group: str) -> bool:
        """Whether the kernel answers ARP for the group's address (lo never does)."""
        if not self.is_on or self.is_frozen:
            return False
        return self.on_interface.get(group, 0) > self.clock()

    def _set(self, where: dict[str, float], group: str) -> None:
        lease_s = self.config.timing.lease_s if self.cluster.keeps_leases else 10**9
        where[group] = self.clock() + lease_s
        self.cluster.clock.at(self._when(where[group]) + 0.001, self.cluster.touch)

    def lose_address(self) -> None:
        """Somebody deletes the address; the loop hears of it by netlink."""
        for group in list(self.on_interface):
            del self.on_interface[group]
            self._later(0.002, self._see(ev.AddressGone(group)))
        self.cluster.touch()

    def set_link(self, is_up: bool) -> None:
        """The clients' interface."""
        state = ev.LinkState("eth0", is_up)
        self._later(0.002, lambda node, now: node.handle(state, now))

    # ---- the loop --------------------------------------------------------------------------------

    def run(self, action: Callable[[Node, float], None]) -> None:
        """Something for the agent: now, or when it can."""
        if self.node is None or not self.is_on:
            return
        if not self.is_running:
            if len(self._queue) < MAX_QUEUE:
                self._queue.append(action)
            return
        now = self.touched_at = self.clock()
        action(self.node, now)
        self._settle()

    def receive(self, link: str, data: bytes) -> None:
        """A datagram reaches the host."""
        if self.is_on:
            self.run(lambda node, now: node.receive_datagram(data, link, "", now))

    def _see(self, observation: ev.Observation) -> Callable[[Node, float], None]:
        return lambda node, now: node.handle(observation, now)

    def _wake(self) -> None:
        queue, self._queue = self._queue, []
        self.run(lambda node, now: node.handle_timer(now))
        for action in queue:
            self.run(action)

    def _later(self, delay_s: float, action: Callable[[Node, float], None]) -> None:
        life = self.life

        def do() -> None:
            if life == self.life:
                self.run(action)

        self.cluster.clock.after(delay_s, do)

    def _settle(self) -> None:
        node, now = self.node, self.clock()
        if node is None:
            return
        while (event := node.next_event()) is not None:
            self.cluster.trace(self, event)
            self._carry_out(event)
        for datagram in node.datagrams_to_send(now):
            self.cluster.network.send(self.name, datagram.link, datagram.data)
        self.cluster.check(self)
        if node.is_stopped:
            self.node = None
            return
        self._arm(node.get_timer())

    def _arm(self, at: float | None) -> None:
        if at is None:
            return
        self._armed += 1
        armed, life = self._armed, self.life

        def due() -> None:
            if armed == self._armed and life == self.life and self.is_running:
                self.run(lambda node, now: node.handle_timer(now))

        self.cluster.clock.at(self._when(at), due)

    def _carry_out(self, event: Any) -> None:
        if isinstance(event, ev.Probe):
            self.cluster.ask(self, event.group)
        elif isinstance(event, ev.Announce):
            self.cluster.announce(self, event.group)
        elif isinstance(event, ev.RenewLease):
            self._renew(event.group)
        elif isinstance(event, ev.LearnedMacs):
            self.macs_on_disk[event.node] = event.macs
        elif hasattr(event, "serial") and not isinstance(event, ev.CommandDone):
            # Operations of a group are carried out one after the other.
            begins_at = max(self.cluster.clock.now, self._free_at)
            self._free_at = begins_at + self.rng.uniform(0.0005, 0.006)
            self.cluster.clock.at(self._free_at, partial(self._operate_in, self.life, event))

    def _operate_in(self, life: int, event: Any) -> None:
        if life == self.life:
            self._operate(event)

    def _operate(self, event: Any) -> None:
        """The kernel's part of an operation happens even if the agent is stopped right after."""
        error = ""
        if not self.is_running and not isinstance(event, ev.ReadLinks):
            # The loop carries it out when it runs again.
            self._queue.append(lambda dummy_node, dummy_now: self._operate(event))
            return
        if isinstance(event, ev.AddAddresses):
            if self.is_broken:
                error = "the kernel refused."
            else:
                self.on_lo.pop(event.group, None)
                self._set(self.on_interface, event.group)
        elif isinstance(event, ev.RemoveAddresses):
            self.on_interface.pop(event.group, None)
            self.on_lo.pop(event.group, None)
        elif isinstance(event, ev.MoveToLo):
            self.on_interface.pop(event.group, None)
            self._set(self.on_lo, event.group)
        self.cluster.touch()
        done = ev.OperationDone(event.serial, error)
        self.run(lambda node, now: node.handle(done, now))

    def _renew(self, group: str) -> None:
        for where in (self.on_interface, self.on_lo):
            if where.get(group, 0) > self.clock():
                self._set(where, group)
                self._later(0.0, lambda node, now: node.handle(ev.LeaseRenewed(group), now))
                return
        address = ev.AddressGone(group)
        self._later(0.0, lambda node, now: node.handle(address, now))
