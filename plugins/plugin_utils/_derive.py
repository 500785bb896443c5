# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From the inventory's few facts to what each role needs: nodes, groups, services, addresses.

The one place where ``lvs_vips``, ``lvs_services`` and the groups of hosts become lists that a
template only has to print. Pure: the same inventory gives the same answer on every host, which
is what keeps haresources equal on all directors.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.errors import ConfigError
from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.plan_addresses import AddressKey
from ansible_collections.laico.lvs.plugins.module_utils._lvs.host.vip_unit import unit_name

from ._inventory import Inventory, IPInterface

DEFAULT_SCHEDULER = "wlc"
# ldirectord_preset: with mh and these flags, two directors with the same list of servers choose the
# same one for a connection, and a server of weight 0 keeps its place in the list (M5).
STATELESS = "stateless"
PRESETS = ("", STATELESS)
_STATELESS_SCHEDULER, _STATELESS_FLAGS = "mh", "mh-port,mh-fallback"

Derived = dict[str, Any]


def derive_vips(vips: Sequence[Mapping[str, Any]], inventory: Inventory) -> list[Derived]:
    """Return ``lvs_vips`` normalised: address, prefix, family, interface, primary (host), group.

    ``unit`` is the unit by which vip_address would have made it persistent.
    """
    result = []
    for vip in vips:
        interface = ipaddress.ip_interface(str(vip["address"]))
        address = str(interface.ip)
        key = AddressKey(str(vip["interface"]), address, interface.network.prefixlen)
        result.append(
            {
                "unit": unit_name(key),
                "address": address,
                "prefix": interface.network.prefixlen,
                "family": interface.version,
                "interface": str(vip["interface"]),
                "primary": str(vip.get("primary") or (inventory.directors or [""])[0]),
                "group": str(vip.get("group") or address),
            }
        )
    return result


def derive_groups(
    vips: Sequence[Derived], services: Sequence[Mapping[str, Any]], inventory: Inventory
) -> list[Derived]:
    """Return the groups in the order of ``lvs_vips``: name, primary node, order, addresses.

    ``name`` is the first address, as haresources names a group. ``has_services`` says whether a
    virtual service stands on one of its addresses, so that the group needs a table.
    """
    members: dict[str, list[Derived]] = {}
    for vip in vips:
        members.setdefault(vip["group"], []).append(vip)
    served = {str(ipaddress.ip_address(str(service["vip"]))) for service in services}
    return [_derive_group(group, served, inventory) for group in members.values()]


def _derive_group(members: Sequence[Derived], served: set[str], inventory: Inventory) -> Derived:
    primary = members[0]["primary"]
    others = [host for host in inventory.directors if host != primary]
    return {
        "name": members[0]["address"],
        "primary": inventory.node(primary),
        "order": [inventory.node(host) for host in [primary, *others]],
        "addresses": [
            {key: vip[key] for key in ("address", "prefix", "family", "interface")}
            for vip in members
        ],
        "has_services": any(vip["address"] in served for vip in members),
    }


def default_scheduler(inventory: Inventory, host: str) -> str:
    """Return the scheduler of a service that names none, by the director's preset."""
    is_stateless = inventory.value(host, "ldirectord_preset", "") == STATELESS
    return _STATELESS_SCHEDULER if is_stateless else DEFAULT_SCHEDULER


def derive_services(
    services: Sequence[Mapping[str, Any]],
    vips: Sequence[Derived],
    inventory: Inventory,
    scheduler: str = DEFAULT_SCHEDULER,
) -> list[Derived]:
    """Return ``lvs_services`` with every default filled in and every real server as an address.

    ``scheduler`` is that of services that name none. One that is given by the preset comes with
    its ``scheduler_flags``, and so does a service that names the preset's scheduler.
    """
    networks = {vip["address"]: _network(vip) for vip in vips}
    excluded = list(networks)
    result = []
    for service in services:
        vip = str(ipaddress.ip_address(str(service["vip"])))
        own: IPInterface = networks[vip]
        merged = {
            "protocol": "tcp",
            "scheduler": scheduler,
            "forward": "direct",
            "check": {},
            **service,
            "vip": vip,
            "port": int(service["port"]),
        }
        is_stateless = scheduler == merged["scheduler"] == _STATELESS_SCHEDULER
        merged["scheduler_flags"] = _STATELESS_FLAGS if is_stateless else ""
        entries = service.get("real_servers", inventory.realservers)
        merged["real_servers"] = [
            _derive_server(entry, merged["port"], own, excluded, inventory) for entry in entries
        ]
        result.append(merged)
    return result


def _network(vip: Derived) -> IPInterface:
    return ipaddress.ip_interface(f"{vip['address']}/{vip['prefix']}")


def _derive_server(
    entry: object, port: int, own: IPInterface, excluded: Sequence[str], inventory: Inventory
) -> Derived:
    given = dict(entry) if isinstance(entry, Mapping) else {"address": str(entry)}
    name = str(given["address"])
    weight: Any = given.get("weight")
    if inventory.has_host(name):
        given["address"] = inventory.address(name, own.network, excluded)
        weight = inventory.value(name, "lvs_weight", 1) if weight is None else weight
    return {
        "name": name,
        "address": str(given["address"]),
        "port": int(given.get("port", port)),
        "weight": int(1 if weight is None else weight),
    }


def derive_nodes(links: Sequence[Mapping[str, Any]], inventory: Inventory) -> list[Derived]:
    """Return every director with its links, as heartbeat_peer takes them.

    ``links`` are the ``heartbeat_links`` of the host that the answer is for: its own interface
    names, with the address that each director has on its own link of the same position.
    Raises ConfigError where two directors would have the same address.
    """
    links_of = {host: _derive_links(links, host, inventory) for host in inventory.directors}
    for position in range(len(links)):
        _check_distinct({host: links_of[host][position] for host in links_of}, position)
    return [{"name": inventory.node(host), "links": links_of[host]} for host in links_of]


def _check_distinct(links: Mapping[str, Derived], position: int) -> None:
    owners: dict[str, str] = {}
    for host, link in links.items():
        address = link["address"] if link["type"] == "ucast" else ""
        if address and owners.setdefault(address, host) != host:
            raise ConfigError(
                f"heartbeat_links[{position}].address of {host}: {address} is that of "
                f"{owners[address]} too; leave it out, or give each director its own."
            )


def _derive_links(
    links: Sequence[Mapping[str, Any]], host: str, inventory: Inventory
) -> list[Derived]:
    theirs = inventory.value(host, "heartbeat_links") or links
    return [
        _derive_link(link, theirs[position] if position < len(theirs) else link, host, inventory)
        for position, link in enumerate(links)
    ]


def _derive_link(
    link: Mapping[str, Any], theirs: Mapping[str, Any], host: str, inventory: Inventory
) -> Derived:
    result = {key: value for key, value in link.items() if value is not None}
    if result.get("type", "ucast") == "ucast":
        result["address"] = _link_address(theirs, host, inventory)
    result.setdefault("type", "ucast")
    return result


def _link_address(link: Mapping[str, Any], host: str, inventory: Inventory) -> str:
    if link.get("address"):
        return str(link["address"])
    interface = str(link["interface"])
    vips = {str(vip["address"]).split("/", 1)[0] for vip in inventory.value(host, "lvs_vips", [])}
    found = [
        address for address in inventory.addresses(host, interface) if str(address.ip) not in vips
    ]
    if found:
        return str(sorted(found, key=lambda item: (item.version, item.ip.is_link_local))[0].ip)
    if inventory.value(host, "lvs_address") and not inventory.facts(host):
        return str(inventory.value(host, "lvs_address"))
    raise ConfigError(
        f"heartbeat_links of {host}: its {interface} has no address; "
        "give the link an address or configure the interface."
    )


def derive(
    inventory: Inventory, host: str, links: Sequence[Mapping[str, Any]] | None = None
) -> Derived:
    """Return what a role on ``host`` derives: vips, groups, services, and by ``links`` nodes."""
    vips = derive_vips(inventory.value(host, "lvs_vips", []), inventory)
    services = inventory.value(host, "lvs_services", [])
    return {
        "vips": vips,
        "groups": derive_groups(vips, services, inventory),
        "services": derive_services(services, vips, inventory, default_scheduler(inventory, host)),
        "nodes": derive_nodes(links, inventory) if links is not None else [],
    }
