# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the doctor compares: what a host is supposed to be, and what was found on it. Values only.

Wherever something could not be read there is a None, and a sentence about it in ``Facts.unread``.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, field

from .model import Table
from .plan_addresses import HeldAddress

DIRECTOR = "director"
REALSERVER = "realserver"
# How a kernel has a module.
LOADED, LOADABLE, MISSING = "loaded", "loadable", "missing"


@dataclass(frozen=True, order=True)
class WantedVip:
    """A virtual address; ``interface`` is a director's ("": the one whose network holds it)."""

    address: str
    interface: str = ""

    @property
    def is_v6(self) -> bool:
        """Is it an IPv6 address?"""
        return ":" in self.address


@dataclass(frozen=True)
class WantedServer:
    """A real server of a service; ``name`` is what the operator calls it ("": nothing)."""

    address: str
    port: int
    name: str = ""


@dataclass(frozen=True)
class WantedService:
    """A virtual service; ``scheduler`` "" where nobody says which."""

    vip: str
    port: int
    protocol: str = "tcp"
    scheduler: str = ""
    forward: str = "direct"
    servers: tuple[WantedServer, ...] = ()


@dataclass(frozen=True)
class Peer:
    """Another host of the cluster as it was found; ``mtus`` by virtual address: that of the
    interface that is on its network."""

    name: str
    roles: frozenset[str] = frozenset()
    macs: tuple[str, ...] = ()
    mtus: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Wanted:
    """What the host ``name`` is supposed to be. ``quiet_interface`` is where a real server has the
    virtual addresses, ``more_schedulers`` are wanted by no service that is known."""

    name: str
    roles: frozenset[str] = frozenset()
    vips: tuple[WantedVip, ...] = ()
    services: tuple[WantedService, ...] = ()
    peers: tuple[Peer, ...] = ()
    quiet_interface: str = "lo"
    more_schedulers: tuple[str, ...] = ()

    @property
    def schedulers(self) -> list[str]:
        """All that the kernel has to have."""
        named = {service.scheduler for service in self.services} | set(self.more_schedulers)
        return sorted(named - {""})

    @property
    def is_director(self) -> bool:
        """Does it forward?"""
        return DIRECTOR in self.roles

    @property
    def is_realserver(self) -> bool:
        """Does it serve?"""
        return REALSERVER in self.roles


@dataclass(frozen=True)
class Link:
    """An interface; ``is_up``: switched on and with a carrier."""

    mac: str = ""
    mtu: int = 1500
    is_up: bool = True


@dataclass(frozen=True, order=True)
class Listener:
    """A socket that waits for clients; ``address`` may be 0.0.0.0 or ::."""

    protocol: str
    address: str
    port: int


@dataclass(frozen=True)
class Managed:
    """An interface that systemd-networkd runs by ``file``; ``keep`` is its KeepConfiguration=, ""
    where it has none."""

    file: str
    keep: str = ""


@dataclass(frozen=True, order=True)
class Answer:
    """Another host's answer for ``address`` (ARP, or a neighbour advertisement)."""

    address: str
    mac: str
    interface: str


@dataclass(frozen=True)
class AgentPeer:
    """Another director as this one's agent sees it; ``has_same_config`` None: not heard yet."""

    macs: tuple[str, ...] = ()
    has_same_config: bool | None = None
    silent_links: tuple[str, ...] = ()


@dataclass(frozen=True)
class Agent:
    """What the heartbeat agent says; ``error`` is why it does not answer, "" when it does."""

    error: str = ""
    peers: Mapping[str, AgentPeer] = field(default_factory=dict)


@dataclass(frozen=True)
class Facts:
    """What was found. ``settings``: path below /proc/sys -> number, only those that are there.

    ``modules``: name -> LOADED, LOADABLE, MISSING, or None where that cannot be told.
    ``default_routes``: the interfaces that IPv4 default routes leave by. ``neighbours``: address
    -> MAC as the kernel knows them. ``agent`` None: this host has no ha.cf, or was not asked.
    ``unread``: what could not be read -> why.
    """

    links: Mapping[str, Link] = field(default_factory=dict)
    addresses: tuple[HeldAddress, ...] = ()
    settings: Mapping[str, int] = field(default_factory=dict)
    modules: Mapping[str, str | None] = field(default_factory=dict)
    default_routes: frozenset[str] = frozenset()
    listeners: frozenset[Listener] | None = None
    managed: Mapping[str, Managed] = field(default_factory=dict)
    answers: tuple[Answer, ...] = ()
    neighbours: Mapping[str, str] = field(default_factory=dict)
    agent: Agent | None = None
    known_macs: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    table: Table = field(default_factory=dict)
    unread: Mapping[str, str] = field(default_factory=dict)

    def setting(self, version: str, interface: str, name: str) -> int | None:
        """The value that counts for an interface: the larger of ``all`` and its own (ip-sysctl).
        None when the kernel has neither."""
        paths = (f"net/{version}/conf/{each}/{name}" for each in ("all", interface))
        found = [self.settings[path] for path in paths if path in self.settings]
        return max(found) if found else None

    def places(self, address: str) -> list[HeldAddress]:
        """Where the address stands on this host."""
        return [held for held in self.addresses if held.address == address]

    def lan_interfaces(self, vip: WantedVip) -> list[str]:
        """Where frames for the virtual address arrive: its interface if it is given, else those
        with an address on its network, else those that lead outside."""
        if vip.interface:
            return [vip.interface]
        found = [held.interface for held in self.addresses if _holds(held, vip)]
        return sorted({name for name in found or self.default_routes if name != "lo"})

    def mtus(self, vip: WantedVip) -> list[int]:
        """The MTU of each interface that the virtual address is reached by."""
        return [self.links[name].mtu for name in self.lan_interfaces(vip) if name in self.links]


def _holds(held: HeldAddress, vip: WantedVip) -> bool:
    """Is the virtual address on the network of this one, which is another?"""
    if held.is_v6 != vip.is_v6 or held.address == vip.address:
        return False
    network = ipaddress.ip_network(f"{held.address}/{held.prefix}", strict=False)
    return ipaddress.ip_address(vip.address) in network
