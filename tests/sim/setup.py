# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is fixed for one run, and the configuration that each node gets from it."""

from __future__ import annotations

import random
from dataclasses import dataclass

from ansible_collections.laico.lvs.plugins.module_utils._lvs.core import cluster as conf

VIPS = ("192.0.2.146", "192.0.2.147", "2001:db8::146", "192.0.2.149")
AUTH = conf.Auth(1, {1: conf.Key(1, b"a secret of the simulator")})
CLUSTER = "laico"


@dataclass(frozen=True)
class GroupSetup:
    """A group; its order, failback and standby are its own."""

    name: str = VIPS[0]
    order: tuple[str, ...] = ("a", "b")
    is_auto_failback: bool = False
    standby: str = "warm"

    def __str__(self) -> str:
        """One line."""
        failback = "on" if self.is_auto_failback else "off"
        order = " ".join(self.order)
        return f"group {self.name}: order {order}, auto_failback {failback}, {self.standby} standby"


@dataclass(frozen=True)
class Setup:
    """One run's world. ``groups`` may change in it by a reload; all else stays."""

    nodes: tuple[str, ...] = ("a", "b")
    links: int = 1
    keepalive_s: float = 0.2
    deadtime_s: float = 1.0
    initdead_s: float = 5.0
    groups: tuple[GroupSetup, ...] = (GroupSetup(),)
    needs_majority: bool = True
    pings: tuple[str, ...] = ()
    watches: int = 0
    fencing: str = ""  # "works", "fails", or none
    keeps_leases: bool = True  # False: a kernel that knows no lifetime

    @property
    def lease_s(self) -> int:
        """L1: whole seconds, at least deadtime + 1."""
        return int(self.deadtime_s + 1.999)

    def __str__(self) -> str:
        """For the head of a transcript."""
        switches = [
            f"ping nodes {' '.join(self.pings) or 'none'}",
            f"watch commands {self.watches}",
            f"fencing that {self.fencing}" if self.fencing else "no fencing",
            f"quorum {'on' if self.needs_majority else 'off'}",
        ]
        return (
            f"nodes {' '.join(self.nodes)}, links {self.links}; keepalive {self.keepalive_s} s,"
            f" deadtime {self.deadtime_s} s, initdead {self.initdead_s} s, lease {self.lease_s} s;"
            f" {', '.join(switches)}"
        )

    @property
    def deadping_s(self) -> float:
        """A ping node that did not answer for so long is not reached."""
        return max(2 * self.deadtime_s, 1.0)


def make_config(setup: Setup, node: str, groups: tuple[GroupSetup, ...] = ()) -> conf.ClusterConfig:
    """The configuration of one node; ``groups`` instead of the setup's, after a reload."""
    timing = conf.Timing(
        keepalive_s=setup.keepalive_s,
        warntime_s=setup.deadtime_s / 2,
        deadtime_s=setup.deadtime_s,
        initdead_s=setup.initdead_s,
        lease_s=setup.lease_s,
        failback_delay_s=2.0,
    )
    links = tuple(conf.Link(f"ucast:eth{i}", "ucast", f"eth{i}", 694) for i in range(setup.links))
    wanted = groups or setup.groups
    return conf.ClusterConfig(
        cluster=CLUSTER,
        node=node,
        nodes=setup.nodes,
        timing=timing,
        links=links,
        groups=tuple(_make_group(group) for group in wanted),
        auth=AUTH,
        digest=repr(wanted).encode()[-8:],
        fence_command=("/usr/sbin/fence",) if setup.fencing else None,
        ping_nodes=tuple(conf.PingNode(name, (name,)) for name in setup.pings),
        deadping_s=setup.deadping_s,
        watches=tuple(
            conf.Watch(("/bin/check",), 1.0, 1.0, 3, 2) for dummy in range(setup.watches)
        ),
        needs_majority=setup.needs_majority,
    )


def _make_group(group: GroupSetup) -> conf.Group:
    return conf.Group(
        name=group.name,
        addresses=(conf.Address(group.name, 24, "eth0"),),
        order=group.order,
        is_auto_failback=group.is_auto_failback,
        standby=group.standby,
    )


def draw_setup(rng: random.Random) -> Setup:
    """Two nodes mostly, three sometimes; slow and fast timings; one to three groups."""
    nodes = ("a", "b", "c") if rng.random() < 0.25 else ("a", "b")
    keepalive_s, deadtime_s = rng.choice([(0.2, 1.0), (0.2, 1.0), (0.1, 0.5), (0.05, 0.25)])
    count = rng.choice([1, 1, 1, 2, 2, 3])
    return Setup(
        nodes=nodes,
        links=rng.choice([1, 2, 2]),
        keepalive_s=keepalive_s,
        deadtime_s=deadtime_s,
        initdead_s=rng.choice([3.0, 5.0]),
        groups=tuple(draw_group(rng, nodes, VIPS[number]) for number in range(count)),
        needs_majority=rng.random() < 0.5,
        pings=rng.choice([(), (), ("192.0.2.1",), ("192.0.2.1", "uplinks")]),
        watches=rng.choice([0, 0, 1]),
        fencing=rng.choice(["", "", "", "works", "fails"]),
    )


def draw_group(rng: random.Random, nodes: tuple[str, ...], name: str) -> GroupSetup:
    """Any order of all nodes, or of two of three."""
    order = tuple(rng.sample(nodes, len(nodes)))
    if len(order) > 2 and rng.random() < 0.2:
        order = order[:2]
    return GroupSetup(
        name=name,
        order=order,
        is_auto_failback=rng.random() < 0.5,
        standby=rng.choice(["warm", "cold"]),
    )
