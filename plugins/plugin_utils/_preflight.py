# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Preflight on the control node: values, what a host is asked, what all say together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.doctor_links import (
    differing_mtus,
)
from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.errors import LvsError
from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.options import is_address

from ._check_cluster import check_cluster
from ._check_roles import check_all, nodes_of_files, schedulers_of_file
from ._derive import default_scheduler, derive, derive_vips
from ._doctor import doctor_roles, doctor_services
from ._inventory import Inventory
from ._keys import proof_arguments

ALL_CHECKS = ("heartbeat", "ldirectord", "realserver")


def check_values(inventory: Inventory, host: str, checks: Sequence[str]) -> list[str]:
    """Return every problem of the inventory's values, each once, in one sentence."""
    has_heartbeat = "heartbeat" in checks
    directors = inventory.directors or [host]
    found = list(check_cluster(inventory, directors[0], 2 if has_heartbeat else 1))
    on_directors = [name for name in checks if name in ("heartbeat", "ldirectord")]
    for director in inventory.directors:
        found += check_all(inventory, director, on_directors)
    for server in inventory.realservers if "realserver" in checks else []:
        found += check_all(inventory, server, ["realserver"])
    return list(dict.fromkeys(found))


def host_arguments(inventory: Inventory, host: str, checks: Sequence[str]) -> dict[str, Any]:
    """Return the options of the module lvs_preflight for ``host``."""
    vips = derive_vips(inventory.value(host, "lvs_vips", []), inventory)
    is_director = host in inventory.directors
    is_wanted = inventory.value(host, "heartbeat_state", "present") == "present"
    has_keys = is_director and is_wanted and "heartbeat" in checks
    return {
        "host": host,
        "is_director": is_director,
        "is_realserver": host in inventory.realservers,
        "vips": {vip["address"]: vip["interface"] for vip in vips},
        "interfaces": _interfaces(inventory, host, vips, checks) if is_director else [],
        "schedulers": _schedulers(inventory, host) if is_director else [],
        "names": _names(inventory, host) if is_director else {},
        "replaces": list(inventory.value(host, "heartbeat_replaces", [])),
        **(proof_arguments(inventory, host) if has_keys else {}),
        **_for_the_doctor(inventory, host),
    }


def _for_the_doctor(inventory: Inventory, host: str) -> dict[str, Any]:
    # The demonstration's web page is not there before the play brings it.
    is_later = host not in inventory.directors and inventory.value(host, "lvs_demo_web", False)
    return {
        "roles": doctor_roles(inventory, host),
        "services": [] if is_later else doctor_services(inventory, host),
        "realserver_interface": str(inventory.value(host, "realserver_interface", "lo")),
        "is_arp_ours": bool(inventory.value(host, "realserver_arp_sysctls", True)),
    }


def _interfaces(
    inventory: Inventory, host: str, vips: Sequence[Mapping[str, Any]], checks: Sequence[str]
) -> list[str]:
    names = [str(vip["interface"]) for vip in vips]
    if "heartbeat" in checks:
        names += [str(link["interface"]) for link in inventory.value(host, "heartbeat_links") or []]
    return list(dict.fromkeys(names))


def _schedulers(inventory: Inventory, host: str) -> list[str]:
    source = inventory.value(host, "ldirectord_config_src")
    if source:
        return sorted(set(schedulers_of_file(Path(str(source)))))
    usual = default_scheduler(inventory, host)
    services = inventory.value(host, "lvs_services", [])
    return sorted({str(service.get("scheduler", usual)) for service in services})


def _names(inventory: Inventory, host: str) -> dict[str, str]:
    """Return the names that the hosts' resolver must know -> the variable that gives each."""
    names: dict[str, str] = {}
    for index, service in enumerate(inventory.value(host, "lvs_services", [])):
        for position, server in enumerate(service.get("real_servers", [])):
            name = str(server["address"] if isinstance(server, Mapping) else server)
            if not inventory.has_host(name) and not is_address(name):
                names.setdefault(name, f"lvs_services[{index}].real_servers[{position}]")
    return names


def compare_hosts(inventory: Inventory, hosts: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return (findings, warnings): what cannot be derived, equal node names, MACs that answered.

    A director may have the address (a running cluster, or one that is adopted). A real server that
    answers from lo lacks arp_ignore, which this very play sets. Anybody else keeps the address.
    """
    directors = _owners(inventory, inventory.directors)
    realservers = _owners(inventory, [host for host in inventory.realservers if host in hosts])
    directors_here = [host for host in inventory.directors if host in hosts]
    findings = _derivable(inventory, directors_here) + _namesakes(inventory, directors_here)
    findings += _strangers(inventory, directors_here)
    warnings = _differing_mtus(inventory, hosts)
    for address, mac in sorted(_answers(inventory)):
        if mac in directors:
            continue
        if mac in realservers:
            warnings.append(
                f"{realservers[mac]} answers ARP for the virtual address {address}: "
                "it lacks arp_ignore, which the role realserver sets now."
            )
            continue
        findings.append(
            f"{_path(inventory, address)}: {address} answers ARP from the MAC {mac}, "
            "which is no director's; find that host and take the address away, or choose another."
        )
    return findings, warnings


def _differing_mtus(inventory: Inventory, hosts: Sequence[str]) -> list[str]:
    """Return a sentence for each network on which not all hosts have the first one's MTU."""
    by_address: dict[str, dict[str, int]] = {}
    for host in hosts:
        for address, mtu in inventory.facts(host).get("mtus", {}).items():
            by_address.setdefault(str(address), {})[host] = int(mtu)
    return [
        finding.text
        for address, mtus in by_address.items()
        for host in list(mtus)[:1]
        for finding in differing_mtus(host, address, mtus[host], mtus)
    ]


def _derivable(inventory: Inventory, directors: Sequence[str]) -> list[str]:
    """Return what keeps the roles from deriving services and links, which they would tell late."""
    is_whole = list(directors) == inventory.directors
    findings = []
    for host in directors:
        try:
            derive(inventory, host, _links(inventory, host) if is_whole else None)
        except LvsError as error:
            findings.append(str(error))
    return list(dict.fromkeys(findings))


def _links(inventory: Inventory, host: str) -> list[dict[str, Any]] | None:
    """Return the links that the role heartbeat will derive addresses for, None for none."""
    if inventory.value(host, "heartbeat_config_src"):
        return None
    vips = inventory.value(host, "lvs_vips")
    return inventory.value(host, "heartbeat_links") or [{"interface": vips[0]["interface"]}]


def _namesakes(inventory: Inventory, directors: Sequence[str]) -> list[str]:
    first: dict[str, str] = {}
    return [
        f"lvs_node of {host}: {node} is the name of {first[node]} too; give each director a name "
        "of its own, by lvs_node or by hostnamectl."
        for host in directors
        for node in [inventory.node(host)]
        if first.setdefault(node, host) != host
    ]


def _strangers(inventory: Inventory, directors: Sequence[str]) -> list[str]:
    """Return a sentence for each director that the operator's own ha.cf does not name."""
    findings = []
    for host in directors:
        source = inventory.value(host, "heartbeat_config_src")
        nodes = nodes_of_files(str(source)) if source else ()
        if nodes and inventory.node(host) not in nodes:
            findings.append(
                f"heartbeat_config_src: {source}/ha.cf names the nodes {', '.join(nodes)}, and "
                f"{host} is called {inventory.node(host)}; correct the file, or set lvs_node."
            )
    return findings


def _owners(inventory: Inventory, hosts: Sequence[str]) -> dict[str, str]:
    return {mac: host for host in hosts for mac in inventory.macs(host).values()}


def _answers(inventory: Inventory) -> set[tuple[str, str]]:
    return {
        (address, mac)
        for host in inventory.directors
        for address, macs in inventory.facts(host).get("answers", {}).items()
        for mac in macs
    }


def _path(inventory: Inventory, address: str) -> str:
    vips = inventory.value(inventory.directors[0], "lvs_vips", [])
    for index, vip in enumerate(vips):
        if str(vip["address"]).split("/", 1)[0] == address:
            return f"lvs_vips[{index}].address"
    return "lvs_vips"
