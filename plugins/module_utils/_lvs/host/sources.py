# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which of this host's addresses a health check comes from: never a virtual one.

The kernel picks the source itself, and may pick a virtual address: always one of IPv6 that is not
deprecated, and one of IPv4 that was set before the host's own. A real server has that address on
its own lo, so it would answer itself and the check would fail on a healthy server.
"""

from __future__ import annotations

import contextlib
import ipaddress
import socket
import struct
from collections.abc import Collection, Iterable
from typing import NamedTuple

from ..core.errors import KernelError
from .netlink import NLM_F_DUMP, NetlinkSocket, attributes

_NETLINK_ROUTE = 0
_RTM_GETADDR = 22
_IFA_ADDRESS, _IFA_LOCAL = 1, 2
_IFADDRMSG = struct.Struct("=BBBBi")
_FAMILY_OF = {4: socket.AF_INET, 6: socket.AF_INET6}
_IP_BIND_ADDRESS_NO_PORT = 24  # linux/in.h: the port is chosen at connect, where more are free


class HostAddress(NamedTuple):
    """An address of this host, ``interface`` the number of its interface."""

    interface: int
    address: str
    prefix: int


def host_addresses() -> list[HostAddress]:
    """All addresses of this host (RTM_GETADDR, linux/if_addr.h). Raises OSError, KernelError."""
    with NetlinkSocket(_NETLINK_ROUTE) as netlink:
        bodies = netlink.request(_RTM_GETADDR, NLM_F_DUMP, _IFADDRMSG.pack(0, 0, 0, 0, 0))
    return [found for found in map(_decode, bodies) if found is not None]


def _decode(body: bytes) -> HostAddress | None:
    family, prefix, _flags, _scope, index = _IFADDRMSG.unpack_from(body)
    found = attributes(body[_IFADDRMSG.size :])
    raw = found.get(_IFA_LOCAL, found.get(_IFA_ADDRESS))
    if raw is None or family not in _FAMILY_OF.values():
        return None
    return HostAddress(index, socket.inet_ntop(family, raw), prefix)


def kernel_source(target: str, port: int) -> str:
    """The address that the kernel would send from, "" when it has no route. Sends nothing."""
    family = _FAMILY_OF[ipaddress.ip_address(target).version]
    with socket.socket(family, socket.SOCK_DGRAM) as trial:
        try:
            trial.connect((target, port or 9))
        except OSError:
            return ""
        return str(trial.getsockname()[0])


def source_for(target: str, port: int, virtual: Collection[str]) -> str:
    """The address to bind a check of ``target`` to, "" to leave it to the kernel."""
    if kernel_source(target, port) not in virtual:
        return ""
    try:
        return choose_source(target, virtual, host_addresses())
    except (OSError, KernelError):
        return ""


def choose_source(target: str, virtual: Collection[str], held: Iterable[HostAddress]) -> str:
    """The host's own address nearest to ``target``: same network first, "" when it has none."""
    wanted = ipaddress.ip_address(target)
    own = [
        each
        for each in held
        if each.address not in virtual and _is_usable(ipaddress.ip_address(each.address), wanted)
    ]
    own.sort(key=lambda each: (wanted not in _network(each), -each.prefix))
    return own[0].address if own else ""


def _is_usable(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address,
    wanted: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> bool:
    return address.version == wanted.version and not (address.is_loopback or address.is_link_local)


def _network(held: HostAddress) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
    return ipaddress.ip_network(f"{held.address}/{held.prefix}", strict=False)


def open_socket(target: str, source: str) -> socket.socket:
    """A TCP socket that does not block, bound to ``source`` unless that is ""."""
    family = _FAMILY_OF[ipaddress.ip_address(target).version]
    made = socket.socket(family, socket.SOCK_STREAM)
    try:
        made.setblocking(False)
        if source:
            with contextlib.suppress(OSError):
                made.setsockopt(socket.IPPROTO_IP, _IP_BIND_ADDRESS_NO_PORT, 1)
            made.bind((source, 0))
    except OSError:
        made.close()
        raise
    return made
