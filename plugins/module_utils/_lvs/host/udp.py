# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The heartbeat links as UDP sockets, each bound to its interface.

A unicast socket is bound to the host's own address where the link's lines name it, a multicast
socket to its group, a broadcast socket to 255.255.255.255, so that links which share an interface
and a port do not hear each other's datagrams.
"""

from __future__ import annotations

import contextlib
import errno
import logging
import socket
import struct
from collections.abc import Collection, Iterator

from ..core.cluster import Link

LOG = logging.getLogger(__name__)

RECEIVE_BYTES = 2048  # longer than any heartbeat, so that a longer datagram is seen as such
DRAIN_LIMIT = 512  # datagrams read in one turn of the loop
LIMITED_BROADCAST = "255.255.255.255"
_IPV6_MULTICAST_ALL = 29  # linux/in6.h
_IP_MULTICAST_ALL = 49  # linux/in.h
# After these the socket is bound to an interface that is no longer the one of that name.
_STALE = (errno.ENODEV, errno.ENXIO, errno.EADDRNOTAVAIL)


class LinkSocket:
    """One link. Closed until ``open`` succeeds; a send that shows it stale closes it again."""

    def __init__(self, link: Link) -> None:
        """Make it closed."""
        self.link = link
        self.error = "not opened yet"
        self._socket: socket.socket | None = None
        self._own: frozenset[str] = frozenset()

    @property
    def is_open(self) -> bool:
        """Whether there is a socket to read from."""
        return self._socket is not None

    def fileno(self) -> int:
        """The descriptor, -1 when closed."""
        return self._socket.fileno() if self._socket is not None else -1

    def open(self, own_addresses: Collection[str]) -> bool:
        """Try to open it; on failure ``error`` says why. ``own_addresses``: this host's."""
        self.close()
        self._own = frozenset(own_addresses)
        made = socket.socket(self._family, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC)
        try:
            self._set_up(made)
        except OSError as error:
            made.close()
            self.error = error.strerror or str(error)
            return False
        self._socket = made
        self.error = ""
        return True

    def close(self) -> None:
        """Close it; harmless when it is closed."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def set_own_addresses(self, own_addresses: Collection[str]) -> None:
        """Datagrams from these are this host's own and are not given on."""
        self._own = frozenset(own_addresses)

    def send(self, data: bytes, address: str | None = None) -> None:
        """Send to all targets of the link, or to ``address``; failures show as silence only."""
        for target in self._targets() if address is None else (address,):
            if self._socket is None:
                return
            try:
                self._socket.sendto(data, self._sockaddr(target))
            except OSError as error:
                self._note(error, target)

    def receive(self) -> Iterator[tuple[bytes, str]]:
        """All datagrams that wait, with their senders' addresses."""
        for _dummy in range(DRAIN_LIMIT):
            if self._socket is None:
                return
            try:
                data, sender = self._socket.recvfrom(RECEIVE_BYTES)
            except BlockingIOError:
                return
            except OSError as error:  # an ICMP error of an earlier send
                self._note(error, "a peer")
                continue
            address = str(sender[0]).split("%", 1)[0]
            if address not in self._own:
                yield data, address

    @property
    def _family(self) -> socket.AddressFamily:
        return socket.AF_INET6 if self.link.kind.endswith("6") else socket.AF_INET

    def _targets(self) -> tuple[str, ...]:
        if self.link.kind == "bcast":
            return (LIMITED_BROADCAST,)
        if self.link.group:
            return (self.link.group,)
        return tuple(peer for peer in self.link.peers if peer not in self._own)

    def _sockaddr(self, address: str) -> tuple[str, int] | tuple[str, int, int, int]:
        if self._family == socket.AF_INET:
            return (address, self.link.port)
        return (address, self.link.port, 0, socket.if_nametoindex(self.link.interface))

    def _set_up(self, made: socket.socket) -> None:
        made.setblocking(False)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.setsockopt(
            socket.SOL_SOCKET, socket.SO_BINDTODEVICE, self.link.interface.encode() + b"\0"
        )
        if self._family == socket.AF_INET6:
            self._set_up_v6(made)
        else:
            self._set_up_v4(made)

    def _set_up_v4(self, made: socket.socket) -> None:
        index = socket.if_nametoindex(self.link.interface)
        made.setsockopt(socket.IPPROTO_IP, _IP_MULTICAST_ALL, 0)
        if self.link.kind == "bcast":
            made.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
            made.bind((LIMITED_BROADCAST, self.link.port))
        elif self.link.kind == "mcast":
            member = socket.inet_aton(self.link.group) + struct.pack("=4xi", index)
            made.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, member)
            made.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, member)
            made.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, self.link.ttl)
            made.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_LOOP, 0)
            made.bind((self.link.group, self.link.port))
        else:
            made.bind((self._own_peer() or "", self.link.port))

    def _set_up_v6(self, made: socket.socket) -> None:
        index = socket.if_nametoindex(self.link.interface)
        made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        with contextlib.suppress(OSError):
            made.setsockopt(socket.IPPROTO_IPV6, _IPV6_MULTICAST_ALL, 0)
        if self.link.kind == "mcast6":
            group = socket.inet_pton(socket.AF_INET6, self.link.group)
            member = group + struct.pack("=I", index)
            made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP, member)
            made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, index)
            made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, self.link.ttl)
            made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_LOOP, 0)
            made.bind((self.link.group, self.link.port, 0, index))
        else:
            own = self._own_peer() or "::"
            made.bind((own, self.link.port, 0, index if own.startswith("fe80") else 0))

    def _own_peer(self) -> str:
        """The line of the link that names this host itself, as files shared by all nodes have."""
        return next((peer for peer in self.link.peers if peer in self._own), "")

    def _note(self, error: OSError, target: str) -> None:
        self.error = f"{target}: {error.strerror}"
        LOG.debug("%s: %s", self.link.name, self.error)
        if error.errno in _STALE:
            self.close()
