# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where an address of haresources belongs that comes without mask or interface."""

from __future__ import annotations

import ipaddress
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from ..core.cluster import Address
from .haresources import WantedAddress
from .problems import Problems


@dataclass(frozen=True)
class HostNetwork:
    """One address of the host itself, as the kernel has it."""

    interface: str
    address: str
    prefix: int


def complete(
    wanted: WantedAddress,
    virtual: Collection[str],
    networks: Sequence[HostNetwork] | None,
    problems: Problems,
) -> Address:
    """``wanted`` with the mask and interface of the host's network that holds it.

    ``virtual`` are the cluster's own addresses, which tell nothing about the host. With
    ``networks`` None the caller does not care: what is missing stays "" and the whole length.
    """
    version = ipaddress.ip_address(wanted.address).version
    whole = 32 if version == 4 else 128
    if wanted.prefix is not None and wanted.interface:
        return Address(wanted.address, wanted.prefix, wanted.interface)
    network = _network_of(wanted, virtual, networks or ())
    if network is None:
        if networks is not None:
            problems.add(wanted.line, _sentence(wanted), may_mend=True)
        return Address(wanted.address, wanted.prefix or whole, wanted.interface)
    prefix = network.prefix if wanted.prefix is None else wanted.prefix
    return Address(wanted.address, prefix, wanted.interface or network.interface)


def _network_of(
    wanted: WantedAddress, virtual: Collection[str], networks: Sequence[HostNetwork]
) -> HostNetwork | None:
    """The narrowest network that holds the address, on its interface if it names one."""
    address = ipaddress.ip_address(wanted.address)
    holding = [
        network
        for network in networks
        if network.address not in virtual
        and network.interface != "lo"
        and wanted.interface in ("", network.interface)
        and address in ipaddress.ip_network(f"{network.address}/{network.prefix}", strict=False)
    ]
    return max(holding, key=lambda network: network.prefix, default=None)


def _sentence(wanted: WantedAddress) -> str:
    mask = "64" if ":" in wanted.address else "24"
    where = f"of {wanted.interface}" if wanted.interface else "of this host"
    interface = wanted.interface or "eth0"
    return (
        f"no network {where} holds {wanted.address}: write mask and interface, "
        f"as in {wanted.address}/{mask}/{interface}."
    )
