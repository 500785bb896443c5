# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What faults are made of: chance, time, and a host that no other fault is at work on."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator

from .cluster import Cluster
from .host import Host
from .network import Pair

Steps = Iterator[float]  # what a fault does, and for how many seconds it then waits
Fault = Callable[["World"], Steps]


class World:
    """Hands out what a fault needs. The cluster's own random numbers are used, so that a seed is a
    run."""

    def __init__(self, cluster: Cluster) -> None:
        """No fault is at work."""
        self.cluster, self.rng = cluster, cluster.rng
        self._busy: set[str] = set()

    # ---- time ------------------------------------------------------------------------------------

    def pause(self, least_s: float, most_s: float) -> float:
        """Some time."""
        return self.rng.uniform(least_s, most_s)

    def lasting(self) -> float:
        """How long a fault lasts: about deadtime, about the lease, or long."""
        deadtime_s, lease_s = self.cluster.setup.deadtime_s, self.cluster.setup.lease_s
        most_s = self.rng.choice([deadtime_s, 1.5 * deadtime_s, lease_s + 0.5, 6])
        return self.pause(0, most_s)

    def past_lease(self) -> float:
        """For longer than a lease."""
        return self.cluster.setup.lease_s + self.pause(0.1, 2)

    # ---- hosts -----------------------------------------------------------------------------------

    @contextlib.contextmanager
    def borrow(self, name: str = "") -> Iterator[Host]:
        """A host for this fault alone, the named one or any that is free (the first if none)."""
        free = [each for each in self.cluster.hosts if each not in self._busy]
        chosen = name if name in free or (name and not free) else self.rng.choice(free or ["a"])
        self._busy.add(chosen)
        try:
            yield self.cluster.hosts[chosen]
        finally:
            self._busy.discard(chosen)

    def any_host(self) -> Host:
        """One of the hosts, whatever else is done to it."""
        return self.cluster.hosts[self.rng.choice(list(self.cluster.hosts))]

    def any_group(self) -> str:
        """The name of one of the groups."""
        return self.rng.choice(self.cluster.groups).name

    def holder(self, group: str) -> Host | None:
        """A host that answers for the group."""
        return next((h for h in self.cluster.hosts.values() if h.answers(group)), None)

    # ---- wires -----------------------------------------------------------------------------------

    def all_pairs(self) -> set[Pair]:
        """Everybody from everybody."""
        names = list(self.cluster.hosts)
        return {(one, other) for one in names for other in names if one != other}

    def draw_cuts(self) -> tuple[set[Pair], str]:
        """Two hosts, one way or both, and which."""
        one, other = self.rng.sample(list(self.cluster.hosts), 2)
        if self.rng.random() < 0.4:
            return {(one, other)}, "one way"
        return {(one, other), (other, one)}, "both ways"

    def until_state(self, states: tuple[str, ...]) -> Steps:
        """Wait until some group is in one of these states, for three seconds at most."""
        for dummy in range(1500):
            nodes = [host.node for host in self.cluster.hosts.values() if host.node]
            if any(group.state in states for node in nodes for group in node.groups.values()):
                return
            yield 0.002


def show_cuts(pairs: set[Pair]) -> str:
    """For the transcript: a>b."""
    return " ".join(f"{one}>{other}" for one, other in sorted(pairs))
