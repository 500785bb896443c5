# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The addresses and links of this host, over rtnetlink.

No library: releases of pyroute2 disagree on how a lifetime is given, and each takes the other's
form for "for ever" without a word, which is what a lease must never become
(docs/decisions/0003_addresses_over_raw_netlink.md).
"""

from __future__ import annotations

import errno
import os
import socket
from types import TracebackType

from ..core.errors import KernelError
from ..core.plan_addresses import HeldAddress, address_words
from . import rtnetlink
from .netlink import NLM_F_ACK, NLM_F_DUMP, REPLY_TIMEOUT_S, NetlinkSocket
from .rtnetlink import LinkInfo

__all__ = ["Addresses", "HeldAddress", "LinkInfo"]

# Within the class `list` is a method.
Held = list[HeldAddress]
Bodies = list[bytes]

_NLM_F_REPLACE = 0x100
_NLM_F_CREATE = 0x400
# A lease is read back at once; the kernel rounds to whole seconds.
_READ_BACK_SLACK_S = 1


class Addresses:
    """This host's addresses. A context manager; calls are single short round trips."""

    def __init__(self, reply_timeout_s: float = REPLY_TIMEOUT_S) -> None:
        """Raises KernelError when the kernel gives no rtnetlink socket."""
        self._socket = NetlinkSocket(socket.NETLINK_ROUTE, reply_timeout_s=reply_timeout_s)

    def __enter__(self) -> Addresses:
        """Return itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the socket."""
        self.close()

    def close(self) -> None:
        """Close the socket; more than once is harmless."""
        self._socket.close()

    def links(self) -> dict[str, LinkInfo]:
        """All interfaces by name."""
        body = rtnetlink.encode_link_dump()
        return dict(map(rtnetlink.decode_link, self._dump(rtnetlink.GET_LINK, body)))

    def list(self) -> Held:
        """All addresses of all interfaces."""
        return self._list(_interface_names())

    def _list(self, names: dict[int, str]) -> Held:
        answers = self._dump(rtnetlink.GET_ADDRESS, rtnetlink.encode_address_dump())
        return [rtnetlink.decode_address(answer, names) for answer in answers]

    def _dump(self, kind: int, body: bytes) -> Bodies:
        try:
            return self._socket.request(kind, NLM_F_DUMP, body)
        except OSError as error:
            raise KernelError(
                f"The kernel did not list its interfaces and addresses: {error}.", error.errno or 0
            ) from error

    def set(  # noqa: PLR0913 - an address has that many sides
        self,
        interface: str,
        address: str,
        prefix: int,
        *,
        lease_s: int | None = None,
        label: str | None = None,
        scope: str | None = None,
        nodad: bool = True,
        preferred_s: int | None = None,
    ) -> None:
        """Add the address, or set the lifetimes of the one that is there.

        ``lease_s`` is the kernel's valid_lft, None for ever; it is read back. ``preferred_s`` None
        is as long as it is valid. Raises KernelError, also when the lease did not take twice.
        """
        wanted = HeldAddress(
            interface=interface,
            address=address,
            prefix=prefix,
            label=label or "",
            scope=scope or "global",
            valid_s=lease_s,
            preferred_s=preferred_s,
            is_nodad=nodad,
        )
        index = self._write(rtnetlink.NEW_ADDRESS, _NLM_F_CREATE | _NLM_F_REPLACE, wanted)
        if lease_s is not None and self._lease_fault(wanted, lease_s, index):
            # Perhaps the host stood still before it read: only a second time is it the kernel's.
            index = self._write(rtnetlink.NEW_ADDRESS, _NLM_F_CREATE | _NLM_F_REPLACE, wanted)
            fault = self._lease_fault(wanted, lease_s, index)
            if fault:
                raise KernelError(fault)

    def _lease_fault(self, wanted: HeldAddress, lease_s: int, index: int) -> str:
        names = {index: wanted.interface}
        held = {each.key: each for each in self._list(names)}.get(wanted.key)
        valid_s = held.valid_s if held else 0
        if valid_s is not None and lease_s - _READ_BACK_SLACK_S <= valid_s <= lease_s:
            return ""
        found = "for ever" if valid_s is None else f"for {valid_s} s"
        return (
            f"The kernel holds {wanted.address} on {wanted.interface} {found}, "
            f"not for the lease of {lease_s} s: remove it by hand."
        )

    def remove(self, interface: str, address: str, prefix: int) -> None:
        """Remove the address; one that is not there is no error."""
        held = HeldAddress(interface, address, prefix)
        try:
            self._write(rtnetlink.DEL_ADDRESS, 0, held)
        except KernelError as error:
            if error.errno not in (errno.EADDRNOTAVAIL, errno.ENODEV):
                raise

    def _write(self, kind: int, flags: int, held: HeldAddress) -> int:
        """Gives the interface's number."""
        try:
            index = socket.if_nametoindex(held.interface)
        except OSError as error:
            raise KernelError(
                f"This host has no interface {held.interface}, wanted for {held.address}.",
                errno.ENODEV,
            ) from error
        try:
            self._socket.request(kind, NLM_F_ACK | flags, rtnetlink.encode_address(held, index))
        except OSError as error:
            raise _explain(held, error) from error
        return index


def _interface_names() -> dict[int, str]:
    """Names by number, by the C library: a third of what asking for whole links costs."""
    try:
        return dict(socket.if_nameindex())
    except OSError as error:
        raise KernelError(
            f"The kernel did not list its interfaces: {error}.", error.errno or 0
        ) from error


def _explain(held: HeldAddress, error: OSError) -> KernelError:
    number = error.errno or 0
    reasons = {
        0: "it did not answer in time",
        errno.EPERM: "this needs root or CAP_NET_ADMIN",
        errno.EINVAL: "it takes no such prefix, label or scope "
        "(the IPv4 addresses of a subnet on an interface share one scope)",
        errno.EACCES: "IPv6 is switched off on this interface (net.ipv6.conf.*.disable_ipv6)",
    }
    reason = reasons.get(number, os.strerror(number))
    return KernelError(f"The kernel refused `{address_words(held)}`: {reason}.", number)
