# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The addresses of this host's groups in the kernel: each with its lease, at home or on lo.

Calls are single short round trips, made by the loop itself. Whatever stands on lo without a lease
(a director that is a real server too has its VIP there) is not ours and stays.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Sequence

from ..core.cluster import Address, Group
from ..core.errors import KernelError
from .addresses import Addresses, HeldAddress

LOG = logging.getLogger(__name__)

LOOPBACK = "lo"


class Holdings:
    """Sets, renews, moves and removes the addresses of groups. All calls raise KernelError."""

    def __init__(self, kernel: Addresses, lease_s: int) -> None:
        """``lease_s``: the kernel lifetime of every address set (L1)."""
        self._kernel = kernel
        self.lease_s = lease_s
        self._on_interface: set[str] = set()
        self._on_lo: set[str] = set()

    @property
    def held(self) -> frozenset[str]:
        """Names of the groups whose addresses stand on their interfaces."""
        return frozenset(self._on_interface)

    def add(self, group: Group) -> None:
        """Put the addresses on their interfaces, then off lo; all or none of them.

        Where they stand already (L2) a failure takes none away: their leases decide.
        """
        try:
            for address in group.addresses:
                self._set(address.interface, address.address, address.prefix)
        except KernelError:
            if group.name not in self._on_interface:
                self.remove(group)
            raise
        self._on_interface.add(group.name)
        self._clear_lo(group.addresses)
        self._on_lo.discard(group.name)

    def remove(self, group: Group) -> None:
        """Take the addresses off their interfaces and off lo."""
        self._on_interface.discard(group.name)
        self._on_lo.discard(group.name)
        for address in group.addresses:
            self._kernel.remove(address.interface, address.address, address.prefix)
        self._clear_lo(group.addresses)

    def forget(self, old: Group, new: Group) -> None:
        """Remove those addresses of a held group that a new configuration leaves out."""
        if new.name not in self._on_interface | self._on_lo:
            return
        gone = [address for address in old.addresses if address not in new.addresses]
        for address in gone:
            self._kernel.remove(address.interface, address.address, address.prefix)
        self._clear_lo(gone)

    def move_to_lo(self, group: Group) -> None:
        """Have them as host routes on lo, then off their interfaces (M2, L3)."""
        on_lo = {held.address for held in self._kernel.list() if held.interface == LOOPBACK}
        for address in group.addresses:
            if address.address not in on_lo:
                self._set(LOOPBACK, address.address, whole_length(address.address))
        self._on_lo.add(group.name)
        self._on_interface.discard(group.name)
        for address in group.addresses:
            self._kernel.remove(address.interface, address.address, address.prefix)

    def renew(self, group: Group) -> list[str]:
        """Renew the lease of each address where it stands; gives those that are gone.

        What is gone is not set again here: whether it may come back is for the core (L2).
        """
        held = {(each.interface, each.address): each for each in self._kernel.list()}
        gone: list[str] = []
        for address in group.addresses:
            found = [each for each in self._places(group.name, address) if each in held]
            for interface, text in found:
                if held[interface, text].valid_s is not None:
                    self._set(interface, text, held[interface, text].prefix)
            if not found:
                gone.append(address.address)
        return gone

    def is_expected(self, group: Group, interface: str, address: str) -> bool:
        """Whether the group's address should stand on this interface now."""
        if group.name not in self._on_interface:
            return False
        return any((a.interface, a.address) == (interface, address) for a in group.addresses)

    def has(self, interface: str, address: str) -> bool:
        """Whether the kernel has it there."""
        return any((h.interface, h.address) == (interface, address) for h in self._kernel.list())

    def _places(self, name: str, address: Address) -> list[tuple[str, str]]:
        places = [(address.interface, address.address)] if name in self._on_interface else []
        return [*places, (LOOPBACK, address.address)] if name in self._on_lo else places

    def _set(self, interface: str, address: str, prefix: int) -> None:
        self._kernel.set(interface, address, prefix, lease_s=self.lease_s)

    def _clear_lo(self, addresses: Iterable[Address]) -> None:
        for address in addresses:
            remove_leftovers(self._kernel, {address.address}, only_interface=LOOPBACK)


def whole_length(address: str) -> int:
    """The prefix length of a host route."""
    return 128 if ":" in address else 32


def remove_leftovers(
    kernel: Addresses, addresses: Collection[str], only_interface: str = ""
) -> Sequence[HeldAddress]:
    """Remove ``addresses`` wherever they hang (L4), from lo only what has a lease; gives them."""
    found = [
        held
        for held in kernel.list()
        if held.address in addresses
        and only_interface in ("", held.interface)
        and (held.interface != LOOPBACK or held.valid_s is not None)
    ]
    for held in found:
        kernel.remove(held.interface, held.address, held.prefix)
    return found
