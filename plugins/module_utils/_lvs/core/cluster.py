# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a director's heartbeat configuration says, as values (parsed by ``config``, used by
``core``)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

SHORTEST_PING_S = 0.2


@dataclass(frozen=True)
class Key:
    """An entry of authkeys: ``secret`` signs with HMAC-SHA256. Its repr never shows the secret."""

    key_id: int
    secret: bytes = field(repr=False)


@dataclass(frozen=True)
class Auth:
    """All keys that are accepted, and the id of the one used to send."""

    send_id: int
    keys: Mapping[int, Key] = field(repr=False)


@dataclass(frozen=True, order=True)
class Link:
    """A way to the peers. ``name`` is unique ("ucast:eth0", "mcast:eth1:239.0.0.1", "bcast:eth0").

    ``peers`` holds the addresses of the ucast lines of this interface (own ones included, ignored
    by the loop), () for mcast and bcast, whose one target is ``group`` or the broadcast address.
    """

    name: str
    kind: str
    interface: str
    port: int
    peers: tuple[str, ...] = ()
    group: str = ""
    ttl: int = 1


@dataclass(frozen=True, order=True)
class Address:
    """A virtual address as held: ``address``/``prefix`` on ``interface``."""

    address: str
    prefix: int
    interface: str


@dataclass(frozen=True)
class Resource:
    """Another resource of a group: ``kind`` ldirectord, script, unit or syncdaemon, with its
    arguments."""

    kind: str
    name: str
    arguments: tuple[str, ...] = ()


@dataclass(frozen=True)
class Group:
    """Addresses and resources that move together. ``name`` is the first address.

    ``order`` lists the nodes, the preferred one first. ``is_auto_failback`` False is nice failback
    on.
    ``standby`` is "warm" or "cold".
    """

    name: str
    addresses: tuple[Address, ...]
    order: tuple[str, ...]
    is_auto_failback: bool
    standby: str = "warm"
    resources: tuple[Resource, ...] = ()


@dataclass(frozen=True)
class PingNode:
    """A host outside of the cluster that is asked for an ICMP echo (U). ``name`` is the address of
    a ``ping`` line or the name of a ``ping_group``, of which one answering address is enough."""

    name: str
    addresses: tuple[str, ...]


@dataclass(frozen=True)
class Watch:
    """A command that says by exit code 0 that this node can serve (U): not fit after ``fall``
    failures in a row, until ``rise`` successes in a row. The first result counts alone."""

    command: tuple[str, ...]
    interval_s: float = 2.0
    timeout_s: float = 2.0
    fall: int = 3
    rise: int = 2


@dataclass(frozen=True)
class Timing:
    """All in seconds (heartbeat.md). ``lease_s`` is whole and >= deadtime + 1 (L1)."""

    keepalive_s: float
    warntime_s: float
    deadtime_s: float
    initdead_s: float
    lease_s: int
    failback_delay_s: float = 2.0


def ping_interval_s(keepalive_s: float) -> float:
    """U3: the time between two echo requests to a ping node, however short keepalive is."""
    return max(keepalive_s, SHORTEST_PING_S)


@dataclass(frozen=True)
class ClusterConfig:
    """Everything the agent needs; ``digest`` is a hash of what must be equal on all nodes."""

    cluster: str
    node: str
    nodes: tuple[str, ...]
    timing: Timing
    links: tuple[Link, ...]
    groups: tuple[Group, ...]
    auth: Auth = field(repr=False)
    digest: bytes = b""
    warnings: tuple[str, ...] = ()
    fence_command: tuple[str, ...] | None = None
    ping_nodes: tuple[PingNode, ...] = ()
    deadping_s: float = 30.0
    watches: tuple[Watch, ...] = ()
    # With three or more nodes, only one that hears more than half of them, itself counted, takes.
    needs_majority: bool = True
    notify_command: tuple[str, ...] | None = None
    # SCHED_RR priority of the agent, which then locks its memory too; 0: neither.
    realtime_priority: int = 0
