# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks of the inventory's values, before anything happens on any host.

Each check yields sentences that begin with the variable's path (``lvs_services[0].port``), so that
all problems of an inventory are told at once. No sentence ever holds a key.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ._check_services import check_keys, check_number, check_services
from ._inventory import Inventory

Findings = Iterator[str]

_VIP_KEYS = ("address", "interface", "primary", "group")
_CLUSTER_NAME = re.compile(r"[A-Za-z0-9_.-]{1,32}")
_INTERFACE = re.compile(r"[^\s/]{1,15}")


def check_cluster(inventory: Inventory, host: str, least_directors: int) -> Findings:
    """Check the facts of the cluster that ``host`` sees, and the groups of hosts."""
    vips = inventory.value(host, "lvs_vips")
    services = inventory.value(host, "lvs_services", [])
    if len(inventory.directors) < least_directors:
        yield (
            f"lvs_directors: {len(inventory.directors)} in the inventory, and a pair is needed; "
            "add another, or use playbooks/virtual_server.yml for a single one."
        )
    if least_directors > 1:
        yield from _check_name(inventory.value(host, "lvs_cluster_name"))
    yield from _check_vips(vips, inventory)
    if not isinstance(services, list):
        yield "lvs_services: must be a list of services."
    else:
        yield from check_services(services, _addresses(vips), inventory)
    yield from _check_weights(inventory)
    yield from _check_host_addresses(inventory)


def _check_name(name: object) -> Findings:
    if not isinstance(name, str) or not _CLUSTER_NAME.fullmatch(name):
        yield "lvs_cluster_name: must be 1 to 32 letters, digits, dots, dashes or underscores."


def _check_vips(vips: object, inventory: Inventory) -> Findings:
    if not isinstance(vips, list) or not vips:
        yield "lvs_vips: must be a list with at least one {address, interface}."
        return
    seen: list[str] = []
    for index, vip in enumerate(vips):
        path = f"lvs_vips[{index}]"
        if not isinstance(vip, Mapping):
            yield f"{path}: must be a mapping with address and interface."
            continue
        yield from check_keys(path, vip, _VIP_KEYS)
        yield from _check_vip(path, vip, inventory)
        address = str(vip.get("address", "")).split("/", 1)[0]
        if address in seen:
            yield f"{path}.address: {address} stands twice in lvs_vips."
        seen.append(address)
    yield from _check_primaries(vips, inventory)


def _check_primaries(vips: Sequence[object], inventory: Inventory) -> Findings:
    """A group moves as one, so its addresses cannot prefer different directors."""
    first: dict[str, object] = {}
    for index, vip in enumerate(vips):
        if not isinstance(vip, Mapping) or vip.get("group") is None:
            continue
        group = str(vip["group"])
        primary = vip.get("primary") or next(iter(inventory.directors), None)
        wanted = first.setdefault(group, primary)
        if primary != wanted:
            yield (
                f"lvs_vips[{index}].primary: {primary!r} is not {wanted!r}, the primary of the "
                f"group {group}; the addresses of a group move together."
            )


def _check_vip(path: str, vip: Mapping[str, Any], inventory: Inventory) -> Findings:
    yield from _check_cidr(f"{path}.address", vip.get("address"))
    if not isinstance(vip.get("interface"), str) or not _INTERFACE.fullmatch(vip["interface"]):
        yield f"{path}.interface: must name the directors' interface on the clients' network."
    primary = vip.get("primary")
    if primary is not None and primary not in inventory.directors:
        yield f"{path}.primary: {primary!r} is not in the group lvs_directors."


def _check_cidr(path: str, value: object) -> Findings:
    text = str(value)
    try:
        interface = ipaddress.ip_interface(text)
    except ValueError:
        yield f"{path}: {text!r} is not an address with its prefix, such as 192.0.2.146/24."
        return
    if "/" not in text:
        yield f"{path}: {text!r} lacks its prefix; write the network's, such as {text}/24."
    elif interface.network.num_addresses > 2 and interface.ip == interface.network.network_address:
        yield f"{path}: {text!r} is the network's own address."


def _addresses(vips: object) -> list[str]:
    if not isinstance(vips, list):
        return []
    return [
        str(vip.get("address", "")).split("/", 1)[0] for vip in vips if isinstance(vip, Mapping)
    ]


def _check_weights(inventory: Inventory) -> Findings:
    for host in inventory.realservers:
        weight = inventory.value(host, "lvs_weight", 1)
        yield from check_number(f"lvs_weight of {host}", weight, 0, 65535)


def _check_host_addresses(inventory: Inventory) -> Findings:
    for host in dict.fromkeys([*inventory.directors, *inventory.realservers]):
        given: str | None = inventory.value(host, "lvs_address")
        try:
            ipaddress.ip_address(str(given)) if given else None
        except ValueError:
            yield f"lvs_address of {host}: {given!r} is not an address."
