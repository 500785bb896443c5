# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What vip_address says of a virtual address and its interface: what stands against it, and what
the operator should know."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping

from ..core.errors import ConfigError, KernelError
from ..core.plan_addresses import AddressKey, HeldAddress
from . import sysctls, vip_unit
from .addresses import Addresses
from .rtnetlink import LinkInfo

LOOPBACK = "lo"
# One solicitation, after a delay of at most a second, and a second for the answer (RFC 4862).
_DAD_TIMEOUT_S = 4.0
_DAD_PAUSE_S = 0.05

Links = Mapping[str, LinkInfo]
Held = Collection[HeldAddress]


def check_interface(key: AddressKey, links: Links, held: Held) -> None:
    """Raise ConfigError where the host has no such interface; it may have another name now."""
    if key.interface in links:
        return
    where = sorted({each.interface for each in held if each.address == key.address})
    stands = f" ({key.address} is on {', '.join(where)})" if where else ""
    raise ConfigError(
        f"interface: this host has no interface {key.interface}; it has "
        f"{', '.join(sorted(links))}{stands}: give one of them."
    )


def check_can_ask(key: AddressKey, link: LinkInfo) -> None:
    """Raise ConfigError where nobody can be asked who has the address."""
    if not link.is_up:
        raise ConfigError(
            f"interface: {key.interface} is down or has no carrier, so that nobody can be asked "
            f"who has {key.address}: bring it up first, or set probe: false."
        )


def wait_until_usable(kernel: Addresses, key: AddressKey) -> None:
    """Return when the kernel has asked the LAN for an IPv6 address and nobody has it.

    Raises KernelError, after the address was removed again, when another host has it.
    """
    ends_at = time.monotonic() + _DAD_TIMEOUT_S
    while True:
        held = {each.key: each for each in kernel.list()}.get(key)
        if held is not None and held.has_failed_dad:
            kernel.remove(*key)
            raise KernelError(
                f"Another host on {key.interface} has the address {key.address}, as duplicate "
                "address detection found: take it from that host first."
            )
        if held is None or not held.is_tentative or time.monotonic() > ends_at:
            return
        time.sleep(_DAD_PAUSE_S)


def find_warnings(held: HeldAddress, links: Links) -> list[str]:
    """What keeps the address from serving, or others from being served, in sentences."""
    found = [
        f"{vip_unit.unit_name(AddressKey(name, held.address, held.prefix))} waits for an interface "
        f"that is not there: remove it with interface: {name} and state: absent."
        for name in vip_unit.other_interfaces(held.key)
        if name not in links
    ]
    link = links.get(held.interface)
    if link is not None and not link.is_up:
        found.append(
            f"{held.interface} is down or has no carrier: {held.address} stands on it, and nobody "
            "was told; bring it up, then run this with announce: always."
        )
    if held.interface == LOOPBACK and not held.is_v6 and held.scope != "host":
        found += _find_talkative(held, links)
    return found


def _find_talkative(held: HeldAddress, links: Links) -> list[str]:
    """An address of lo that the host answers ARP for takes the clients from the director."""
    names = [
        name
        for name, link in sorted(links.items())
        if name != LOOPBACK and link.is_up and not sysctls.arp_ignore(name)
    ]
    if not names:
        return []
    return [
        f"This host answers ARP for {held.address} of lo on {', '.join(names)}: set "
        "net.ipv4.conf.all.arp_ignore to 1 and arp_announce to 2 before the address is added, as "
        "the role laico.lvs.realserver does."
    ]
