# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The truth about a cluster that no node knows: who can hear whom, and since when."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

from .host import Host
from .kernel import NEVER
from .network import DELIVERY_S

if TYPE_CHECKING:
    from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.group import GroupMachine

    from .cluster import Cluster


@dataclass
class Between:
    """Two hosts, at last look; times are true seconds."""

    is_well: bool = True
    is_certain: bool = True
    is_lan_shared: bool = True
    is_one_deaf: bool = False  # one way or both, no link passes anything
    links_since: float = NEVER  # the last change of the links between them
    lan_since: float = NEVER


class Facts:
    """Kept by the judge at every change of the world."""

    def __init__(self, cluster: Cluster) -> None:
        """All is well between all."""
        self.cluster = cluster
        self.pairs = {pair: Between() for pair in combinations(sorted(cluster.setup.nodes), 2)}
        self.change_at = self.fault_at = 0.0
        self.late_until = NEVER  # F2: delayed datagrams may count as life until then
        self._is_unequal = False  # hosts differ in what U compares
        self._unequal_until = NEVER

    def see_change(self, is_fault: bool) -> None:
        """Look at all wires anew. ``is_fault``: it is more than an operator's word."""
        now = self.change_at = self.cluster.clock.now
        if is_fault:
            self.fault_at = now
        self._compare()
        network, lan = self.cluster.network, self.cluster.lan
        for (one, other), between in self.pairs.items():
            is_well, is_shared = network.is_well(one, other), lan.is_shared(one, other)
            is_certain = network.is_certain(one, other)
            is_deaf = network.is_deaf(one, other) or network.is_deaf(other, one)
            was = between.is_well, between.is_certain, between.is_one_deaf
            if was != (is_well, is_certain, is_deaf):
                between.links_since = now
            if is_shared != between.is_lan_shared:
                between.lan_since = now
            between.is_well, between.is_certain = is_well, is_certain
            between.is_lan_shared, between.is_one_deaf = is_shared, is_deaf

    def between(self, one: Host, other: Host) -> Between:
        """The wires between two hosts."""
        names = (one.name, other.name)
        return self.pairs[names if names in self.pairs else (names[1], names[0])]

    def awake_since(self, *hosts: Host) -> float:
        """When the last of them started, or thawed."""
        return max(host.awake_since for host in hosts)

    def meeting_s(self) -> float:
        """How long two that can hear each other may take to know each other: one keepalive, three
        deliveries (F1), 20 ms that a woken loop only reads (L3)."""
        return self.cluster.setup.keepalive_s + 3 * DELIVERY_S + 0.02

    def operations_s(self) -> float:
        """The kernel's operations, of all groups one after the other, two each at a time."""
        return 0.006 * 2 * len(self.cluster.groups) + 0.006

    def are_mutual(self, one: Host, other: Host, for_s: float) -> bool:
        """Whether both agents ran and heard each other well for so long."""
        between = self.between(one, other)
        if not (between.is_well and one.is_running and other.is_running):
            return False
        since = max(between.links_since, self.awake_since(one, other), self.late_until)
        return self.cluster.clock.now - since > for_s

    def components(self) -> list[set[str]]:
        """Hosts that are on, joined when anything passes between them, on a link or the LAN."""
        names = [name for name, host in self.cluster.hosts.items() if host.is_on]
        found: list[set[str]] = []
        for name in names:
            joined = [part for part in found if any(self._is_joined(name, n) for n in part)]
            found = [part for part in found if part not in joined]
            found.append({name}.union(*joined))
        return found

    def _is_joined(self, one: str, other: str) -> bool:
        network, lan = self.cluster.network, self.cluster.lan
        hosts = self.cluster.hosts
        is_heard = not (network.is_deaf(one, other) and network.is_deaf(other, one))
        has_lan = hosts[one].is_interface_up and hosts[other].is_interface_up
        is_seen = has_lan and (lan.reaches(one, other) or lan.reaches(other, one))
        return is_heard or is_seen

    def machine(self, host: Host, group: str) -> GroupMachine | None:
        """The core's view of a group on a host, None when no agent has it."""
        return host.node.groups.get(group) if host.node else None

    def is_certain(self, host: Host) -> bool:
        """Whether chance has no part in what this host hears."""
        return all(
            self.between(host, other).is_certain
            for other in self.cluster.hosts.values()
            if other is not host and other.is_on
        )

    def hears_most(self, host: Host) -> bool:
        """Whether more than half of all nodes, itself counted, run and are well to hear."""
        nodes = self.cluster.setup.nodes
        if len(nodes) < 3 or not self.cluster.setup.needs_majority:
            return True
        heard = [
            other
            for other in self.cluster.hosts.values()
            if other is not host and other.is_running and self.between(host, other).is_well
        ]
        return len(heard) + 1 > len(nodes) / 2

    def silent_before(self, host: Host, order: Iterable[str], save: str) -> int:
        """How many nodes stand before this one and are silent to it (T4), ``save`` one."""
        count = 0
        for name in order:
            if name == host.name:
                break
            other = self.cluster.hosts[name]
            is_heard = self.are_mutual(host, other, self.meeting_s())
            count += name != save and not is_heard
        return count

    def are_unequal(self) -> bool:
        """Whether hosts differ now, or did lately, in what U compares."""
        return self._is_unequal or self.cluster.clock.now - self._unequal_until < 10

    def _compare(self) -> None:
        hosts = list(self.cluster.hosts.values())
        first = hosts[0]
        was_unequal = self._is_unequal
        self._is_unequal = any(
            host.table.healthy != first.table.healthy
            or host.lost_pings != first.lost_pings
            or host.failing
            for host in hosts
        )
        if was_unequal:
            self._unequal_until = self.cluster.clock.now
