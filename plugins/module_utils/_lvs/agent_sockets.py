# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""All sockets by which one agent hears its peers and the clients' LAN, opened, lost and reopened.

An interface that is down or absent stops nothing: what belongs to it is tried again.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterable, Iterator
from typing import Callable

from .core.cluster import Address, ClusterConfig, Link
from .core.events import Datagram, WireAnswer
from .host.addresses import Addresses
from .host.announce import Heard, WireSocket
from .host.sysctls import arp_ignore
from .host.udp import LinkSocket

# An interface and a family (4 or 6): each has a raw socket of its own.
WireKey = tuple[str, int]


class Sockets:
    """The links and wires of a configuration. ``wake`` is called when a link is readable, or a wire
    told something."""

    def __init__(self, kernel: Addresses, wake: Callable[[], None]) -> None:
        """Nothing is open before ``use``."""
        self.director_macs: frozenset[str] = frozenset()
        self._kernel = kernel
        self._wake = wake
        self._heard: list[Heard] = []
        self._with_news: set[str] = set()
        self._loop = asyncio.get_running_loop()
        self._links: dict[str, LinkSocket] = {}
        self._wires: dict[WireKey, WireSocket] = {}
        self._wanted_links: tuple[Link, ...] = ()
        self._wanted_wires: dict[WireKey, list[str]] = {}
        self._own_macs: frozenset[str] = frozenset()

    # ---- life ------------------------------------------------------------------------------------

    def use(self, config: ClusterConfig) -> None:
        """Open what this configuration names, as far as its interfaces are there."""
        self._wanted_links = config.links
        self._wanted_wires = {}
        for group in config.groups:
            for address in group.addresses:
                self._wanted_wires.setdefault(_wire_key(address), []).append(address.address)
        self._links = {link.name: LinkSocket(link) for link in config.links}
        self.open()

    def open(self) -> None:
        """Open what is wanted and not open."""
        closed = [link for link in self._links.values() if not link.is_open]
        own = {held.address for held in self._kernel.list()} if closed else set()
        for link in closed:
            if link.open(own):
                self._loop.add_reader(link.fileno(), self._note_news, link.link.name)
        for key in self._wanted_wires.keys() - self._wires.keys():
            with contextlib.suppress(OSError):
                self._wires[key] = WireSocket(*key, self._wanted_wires[key])
                self._loop.add_reader(self._wires[key].fileno(), self._hear)

    def reopen(self, interface: str) -> None:
        """An interface came or went: what is bound to it is opened anew."""
        for link in self._links.values():
            if link.link.interface == interface:
                self._close_link(link)
        for key in [key for key in self._wires if key[0] == interface]:
            self._close_wire(key)
        self.open()

    def close(self) -> None:
        """Close all."""
        for link in self._links.values():
            self._close_link(link)
        for key in list(self._wires):
            self._close_wire(key)

    # ---- use -------------------------------------------------------------------------------------

    def send(self, datagram: Datagram) -> None:
        """Send it on its link."""
        link = self._links.get(datagram.link)
        if link is None:
            return
        descriptor = link.fileno()
        link.send(datagram.data, datagram.address)
        if not link.is_open and descriptor >= 0:  # it showed itself stale
            self._loop.remove_reader(descriptor)

    def datagrams(self) -> Iterator[tuple[bytes, str, str]]:
        """All that waits: (bytes, link name, sender's address)."""
        yield from self._receive(tuple(self._links))

    def news(self) -> Iterator[tuple[bytes, str, str]]:
        """The same, of those links that the loop found readable."""
        names, self._with_news = tuple(self._with_news), set()
        yield from self._receive(names)

    def heard(self) -> list[Heard]:
        """What others said of the groups' addresses on the clients' LAN."""
        heard, self._heard = self._heard, []
        return heard

    def _receive(self, names: Iterable[str]) -> Iterator[tuple[bytes, str, str]]:
        for name in names:
            link = self._links.get(name)
            for data, address in link.receive() if link else ():
                yield data, name, address

    def _note_news(self, name: str) -> None:
        self._with_news.add(name)
        self._wake()

    def _hear(self) -> None:
        self._read_wires()
        if self._heard:
            self._wake()

    def _read_wires(self) -> None:
        """Only a director's probe is news (T4): clients and observers probe all the time."""
        for wire in self._wires.values():
            for heard in wire.receive(self._own_macs):
                if isinstance(heard, WireAnswer) or heard.mac in self.director_macs:
                    self._heard.append(heard)

    def wire_of(self, address: Address) -> WireSocket | None:
        """The raw socket by which to speak of the address; None while its interface is away."""
        return self._wires.get(_wire_key(address))

    # ---- facts -----------------------------------------------------------------------------------

    def errors(self) -> dict[str, str]:
        """Why a link has no socket or could not send, by its name; "" when all is well."""
        return {name: link.error for name, link in self._links.items()}

    def interfaces(self) -> Iterable[str]:
        """All interfaces that links and addresses are on."""
        wires = [interface for interface, _family in self._wanted_wires]
        return dict.fromkeys([*wires, *(link.interface for link in self._wanted_links)])

    def read_macs(self) -> tuple[str, ...]:
        """This host's MACs on the groups' interfaces; frames from any of its own are not heard."""
        links = self._kernel.links()
        self._own_macs = frozenset(link.mac for link in links.values() if link.mac)
        told = (links[name].mac for name, _family in self._wanted_wires if name in links)
        return tuple(dict.fromkeys(mac for mac in told if mac))

    def sysctl_warnings(self) -> list[str]:
        """What keeps an address on lo from being silent, as M2 and L3 need it."""
        return [
            f"{name} answers ARP for addresses on lo: set net.ipv4.conf.{name}.arp_ignore=1, "
            "else a planned move shows two holders."
            for name, family in sorted(self._wanted_wires)
            if family == 4 and not arp_ignore(name)
        ]

    def _close_link(self, link: LinkSocket) -> None:
        if link.is_open:
            self._loop.remove_reader(link.fileno())
            link.close()

    def _close_wire(self, key: WireKey) -> None:
        wire = self._wires.pop(key)
        self._loop.remove_reader(wire.fileno())
        wire.close()


def _wire_key(address: Address) -> WireKey:
    return address.interface, 6 if ":" in address.address else 4
