# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A host: power, freezes, and the agent's loop around a ``Node``."""

from __future__ import annotations

import random
from functools import partial
from typing import TYPE_CHECKING, Any

from ansible_collections.laico.lvs.plugins.module_utils._lvs.core import events as ev
from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.cluster import ClusterConfig
from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.node import Node

from .kernel import DRIFT, NEVER, HostClock, Kernel
from .senses import Action, Senses

if TYPE_CHECKING:
    from .cluster import Cluster

MAX_QUEUE = 250
OPERATION_S = (0.0005, 0.006)


class Host(Senses):
    """One director. ``life`` counts the starts of its agent; a pending action of an old life does
    nothing."""

    def __init__(self, cluster: Cluster, config: ClusterConfig, rng: random.Random) -> None:
        """Powered off until ``power_on``."""
        super().__init__(config)
        self.cluster, self.rng = cluster, rng
        self.name = config.node
        self.mac = f"02:00:00:00:00:{config.nodes.index(config.node) + 1:02x}"
        self.is_on = False
        self.is_stopped = False  # SIGSTOP: the agent only
        self.is_frozen = False  # the whole host
        self.node: Node | None = None
        self.life = 0
        self.started_at = self.awake_since = self.away_since = NEVER  # true time
        self.stood_until = NEVER  # true time at which its clock went on after a freeze
        self.touched_at = 0.0  # when the agent last ran, by this host's clock
        self.clock = HostClock(cluster.clock, rng)
        lease_s = config.timing.lease_s if cluster.setup.keeps_leases else 1e9
        self.kernel = Kernel(cluster.clock, self.clock, lease_s, self.touch)
        self.is_refusing = False  # the kernel sets no address
        self.macs_on_disk: dict[str, tuple[str, ...]] = {}
        self._queue: list[Action] = []
        self._armed = 0
        self._free_at = 0.0

    # ---- power, freezes --------------------------------------------------------------------------

    def power_on(self) -> None:
        """The kernel is empty, the agent starts."""
        if self.is_on:
            return
        self.is_on = True
        self.is_stopped = self.is_frozen = False
        self.clock.start()
        self.start_agent()

    def power_off(self) -> None:
        """Everything is gone at once."""
        self.is_on = False
        self.kill_agent()
        self.kernel.clear()

    def start_agent(self) -> None:
        """A new life; the loop removes what an earlier one left (L4)."""
        if not self.is_on or self.node is not None:
            return
        self.life += 1
        self.started_at = self.awake_since = self.cluster.clock.now
        self._queue = []
        now = self.touched_at = self.clock.now()
        self.node = Node(self.config, self.rng.randbytes(16), now, self.rng)
        self.kernel.clear()
        self.node.handle(ev.Macs((self.mac,)), now)
        self.node.handle(ev.KnownMacs(tuple(self.macs_on_disk.items())), now)
        self.node.handle(ev.LinkState("eth0", self.is_interface_up), now)
        self.later(self.rng.uniform(0, 0.3), self.tell_tables)
        if self.config.ping_nodes:
            self._repeat(self.life, self.ping_every_s(), self.tell_pings)
        if self.config.watches:
            self._repeat(self.life, 1.0, self.tell_watches)
        self._settle()

    def kill_agent(self) -> None:
        """kill -9: the kernel goes on until the leases end."""
        self._away()
        self.node = None
        self.is_stopped = False
        self.life += 1
        self.touch()

    def stop_agent(self) -> None:
        """SIGSTOP."""
        self._away()
        self.is_stopped = True
        self.touch()

    def freeze(self, is_clock_stopped: bool) -> None:
        """The whole host stands still."""
        self._away()
        self.is_frozen = True
        if is_clock_stopped:
            self.clock.stop()
        self.touch()

    def thaw(self) -> None:
        """SIGCONT, or the end of a freeze: what is due happens, then what waits is read."""
        if self.clock.is_stopped:
            self.clock.start()
            self.stood_until = self.cluster.clock.now
            self.kernel.look_at_ends()
        if self.node is not None:
            self.awake_since = self.cluster.clock.now
        self.is_frozen = self.is_stopped = False
        self.touch()
        self._wake()

    def _away(self) -> None:
        if self.is_running:
            self.away_since = self.cluster.clock.now
            lease_s = self.config.timing.lease_s
            self.cluster.clock.after(lease_s * (1 + 2 * DRIFT) + 0.02, self.cluster.touch)

    @property
    def is_running(self) -> bool:
        """Whether the agent can act."""
        return self.node is not None and not self.is_stopped and not self.is_frozen

    def answers(self, group: str) -> bool:
        """Whether the kernel answers ARP for the group's address (lo never does)."""
        is_there = self.is_on and not self.is_frozen and self.is_interface_up
        return is_there and self.kernel.has(group)

    def touch(self) -> None:
        """Who answers for an address may have changed."""
        self.cluster.touch()

    # ---- the loop --------------------------------------------------------------------------------

    def run(self, action: Action) -> None:
        """Something for the agent: now, or when it can."""
        if self.node is None or not self.is_on:
            return
        if not self.is_running:
            if len(self._queue) < MAX_QUEUE:
                self._queue.append(action)
            return
        now = self.touched_at = self.clock.now()
        action(self.node, now)
        self._settle()

    def receive(self, link: str, data: bytes) -> None:
        """A datagram came in."""
        self.run(lambda node, now: node.receive_datagram(data, link, "", now))

    def _wake(self) -> None:
        if self.node is None or not self.is_running:
            return
        queue, self._queue = self._queue, []
        life = self.life
        self.run(lambda node, now: node.handle_timer(now))
        for action in queue:
            if life == self.life and self.is_running:
                self.run(action)

    def later(self, delay_s: float, action: Action) -> None:
        """Something for this life of the agent, after a while."""
        life = self.life

        def do() -> None:
            if life == self.life:
                self.run(action)

        self.cluster.clock.after(delay_s, do)

    def _repeat(self, life: int, every_s: float, action: Action) -> None:
        def again() -> None:
            if life == self.life:
                if self.is_running:
                    self.run(action)
                self.cluster.clock.after(every_s, again)

        self.cluster.clock.after(self.rng.uniform(0, 0.1), again)

    def _settle(self) -> None:
        node = self.node
        if node is None:
            return
        while (event := node.next_event()) is not None:
            self.cluster.trace(self, event)
            self._carry_out(event)
        for datagram in node.datagrams_to_send(self.clock.now()):
            self.cluster.network.send(self.name, datagram.link, datagram.data, self.life)
        self.cluster.judge.check_node(self)
        if node.is_stopped:
            self._away()
            self.node = None
            self.cluster.judge.see_end(self)
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

        # Late by more than the rounding of two clocks: else a timer can be due just never.
        self.cluster.clock.at(self.clock.when(at) + 1e-7, due)

    def _carry_out(self, event: Any) -> None:
        if isinstance(event, ev.Probe):
            self.cluster.ask(self, event.group)
        elif isinstance(event, ev.Announce):
            self.cluster.announce(self, event.group)
        elif isinstance(event, ev.RenewLease):
            is_renewed = self.kernel.renew(event.group)
            seen = ev.LeaseRenewed(event.group) if is_renewed else ev.AddressGone(event.group)
            self.later(0.0, self.see(seen))
        elif isinstance(event, ev.LearnedMacs):
            self.macs_on_disk[event.node] = event.macs
        elif isinstance(event, ev.Fence):
            self.cluster.fence(self, event)
        elif hasattr(event, "serial") and not isinstance(event, ev.CommandDone):
            # Operations of all groups are carried out one after the other.
            begins_at = max(self.cluster.clock.now, self._free_at)
            self._free_at = begins_at + self.rng.uniform(*OPERATION_S)
            self.cluster.clock.at(self._free_at, partial(self._operate_in, self.life, event))

    def _operate_in(self, life: int, event: Any) -> None:
        if life == self.life:
            self._operate(event)

    def _operate(self, event: Any) -> None:
        """The kernel's part of an operation, when the loop runs."""
        if not self.is_running and not isinstance(event, ev.ReadLinks):
            self._queue.append(lambda dummy_node, dummy_now: self._operate(event))
            return
        error = ""
        if isinstance(event, ev.AddAddresses):
            if self.is_refusing:
                error = "the kernel refused."
            else:
                self.kernel.add(event.group)
        elif isinstance(event, ev.RemoveAddresses):
            self.kernel.remove(event.group)
        elif isinstance(event, ev.MoveToLo):
            self.kernel.move_to_lo(event.group)
        self.finish(event.serial, error)

    def finish(self, serial: int, error: str) -> None:
        """Tell the node that an operation ended."""
        done = ev.OperationDone(serial, error)
        self.run(lambda node, now: node.handle(done, now))
