# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an agent learns of its host: table, interface, addresses, ping nodes, watch commands."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ansible_collections.laico.lvs.plugins.module_utils._lvs.core import events as ev
from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.cluster import ClusterConfig
from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.node import Node

from .kernel import NEVER, Kernel

if TYPE_CHECKING:
    from .cluster import Cluster

SERVERS = 3
CHECK_S = 0.5  # between two checks of a real server

Action = Callable[[Node, float], None]


@dataclass
class Table:
    """What the health monitor of this host says."""

    digest: bytes = b"12345678"
    healthy: int = SERVERS
    error: str = ""


class Senses(ABC):
    """The part of a host that faults change and its agent is told of."""

    cluster: Cluster
    kernel: Kernel

    def __init__(self, config: ClusterConfig) -> None:
        """All is well."""
        self.config = config
        self.table = Table()
        self.is_interface_up = True
        self.interface_changed_at = float("-inf")  # true time
        self.lost_pings: set[str] = set()
        self.failing: set[int] = set()  # watch commands
        self.watched_well_at = NEVER  # since when none fails

    @abstractmethod
    def run(self, action: Action) -> None:
        """Something for the agent: now, or when it can."""

    @abstractmethod
    def later(self, delay_s: float, action: Action) -> None:
        """Something for this life of the agent, after a while."""

    @abstractmethod
    def touch(self) -> None:
        """Who answers for an address may have changed."""

    def see(self, observation: ev.Observation) -> Action:
        """The agent is told of it."""
        return lambda node, now: node.handle(observation, now)

    def say_table(self) -> None:
        """The monitor's view changed."""
        self.run(self.tell_tables)

    def tell_tables(self, node: Node, now: float) -> None:
        table = self.table
        for group in self.config.groups:
            state = ev.TableState(
                group=group.name,
                digest=table.digest,
                healthy=table.healthy,
                is_loaded=not table.error,
                error=table.error,
                check_s=CHECK_S,
                servers=SERVERS,
            )
            node.handle(state, now)

    def lose_addresses(self) -> None:
        """Somebody deletes the addresses; the loop hears of it by netlink."""
        for group in list(self.kernel.on_interface):
            self.kernel.remove(group)
            self.later(0.002, self.see(ev.AddressGone(group)))

    def set_link(self, is_up: bool) -> None:
        """The clients' interface; the kernel keeps its addresses, and answers nobody."""
        self.is_interface_up = is_up
        self.interface_changed_at = self.cluster.clock.now
        self.touch()
        self.later(0.002, self.see(ev.LinkState("eth0", is_up)))

    def reload(self, config: ClusterConfig) -> None:
        """A changed configuration, read at the next start or now."""
        self.config = config
        self.run(lambda node, now: node.reconfigure(config, now))
        self.later(0.01, self.tell_tables)

    def ping_every_s(self) -> float:
        return max(self.config.timing.keepalive_s, 0.2)

    def tell_pings(self, node: Node, now: float) -> None:
        for ping in self.config.ping_nodes:
            if ping.name not in self.lost_pings:
                node.handle(ev.PingAnswer(ping.name), now)

    def tell_watches(self, node: Node, now: float) -> None:
        for index, dummy in enumerate(self.config.watches):
            error = "it exits with code 1." if index in self.failing else ""
            node.handle(ev.WatchResult(index, error), now)
