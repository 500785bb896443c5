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

from ._inventory import Inventory

Findings = Iterator[str]

SCHEDULERS = (
    "rr",
    "wrr",
    "lc",
    "wlc",
    "lblc",
    "lblcr",
    "sh",
    "dh",
    "mh",
    "sed",
    "nq",
    "fo",
    "ovf",
    "twos",
)
PROTOCOLS = ("tcp", "udp")
FORWARDS = ("direct", "masquerade", "tunnel")
CHECK_TYPES = ("negotiate", "connect", "on", "off")
CHECK_SERVICES = ("http", "https", "none")

_VIP_KEYS = ("address", "interface", "primary", "group")
_SERVICE_KEYS = (
    "vip",
    "port",
    "protocol",
    "scheduler",
    "forward",
    "check",
    "real_servers",
    "fallback",
    "persistence_timeout",
    "persistence_netmask",
)
_CHECK_KEYS = ("type", "service", "port", "request", "receive", "method", "virtualhost")
_SERVER_KEYS = ("address", "port", "weight")
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
        yield from _check_services(services, _addresses(vips), inventory)
    yield from _check_weights(inventory)
    yield from _check_host_addresses(inventory)


def _check_name(name: object) -> Findings:
    if not isinstance(name, str) or not _CLUSTER_NAME.fullmatch(name):
        yield "lvs_cluster_name: must be 1 to 32 letters, digits, dots, dashes or underscores."


def _check_keys(path: str, entry: Mapping[str, Any], known: Sequence[str]) -> Findings:
    for key in entry:
        if key not in known:
            yield f"{path}.{key}: is not known here; known are {', '.join(known)}."


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
        yield from _check_keys(path, vip, _VIP_KEYS)
        yield from _check_vip(path, vip, inventory)
        address = str(vip.get("address", "")).split("/", 1)[0]
        if address in seen:
            yield f"{path}.address: {address} stands twice in lvs_vips."
        seen.append(address)


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


def _check_services(services: Sequence[Any], vips: Sequence[str], inventory: Inventory) -> Findings:
    seen = set()
    for index, service in enumerate(services):
        path = f"lvs_services[{index}]"
        if not isinstance(service, Mapping):
            yield f"{path}: must be a mapping with vip and port."
            continue
        yield from _check_keys(path, service, _SERVICE_KEYS)
        yield from _check_service(path, service, vips)
        yield from _check_check(f"{path}.check", service.get("check", {}))
        yield from _check_servers(f"{path}.real_servers", service, inventory)
        key = (str(service.get("vip")), str(service.get("port")), service.get("protocol", "tcp"))
        if key in seen:
            yield f"{path}: {key[2]} {key[0]} port {key[1]} stands twice in lvs_services."
        seen.add(key)


def _check_service(path: str, service: Mapping[str, Any], vips: Sequence[str]) -> Findings:
    if str(service.get("vip")) not in vips:
        yield f"{path}.vip: {service.get('vip')!r} is no address of lvs_vips ({', '.join(vips)})."
    yield from check_number(f"{path}.port", service.get("port"), 1, 65535)
    for key, known in (("protocol", PROTOCOLS), ("scheduler", SCHEDULERS), ("forward", FORWARDS)):
        yield from _check_choice(f"{path}.{key}", service.get(key), known)
    if service.get("persistence_timeout") is not None:
        yield from check_number(
            f"{path}.persistence_timeout", service["persistence_timeout"], 1, 86400 * 31
        )


def _check_choice(path: str, value: object, known: Sequence[str]) -> Findings:
    if value is not None and value not in known:
        yield f"{path}: {value!r} is not one of {', '.join(known)}."


def check_number(path: str, value: object, least: int, most: int) -> Findings:
    """Yield a sentence unless ``value`` is a whole number from ``least`` to ``most``."""
    text = str(value)
    if isinstance(value, bool) or not text.isdigit() or not least <= int(text) <= most:
        yield f"{path}: {value!r} is not a whole number from {least} to {most}."


def _check_check(path: str, check: object) -> Findings:
    if not isinstance(check, Mapping):
        yield f"{path}: must be a mapping such as {{type: negotiate, request: /, receive: OK}}."
        return
    yield from _check_keys(path, check, _CHECK_KEYS)
    kind = check.get("type")
    if kind not in (None, True, False) and not str(kind).isdigit():
        yield from _check_choice(f"{path}.type", kind, CHECK_TYPES)
    yield from _check_choice(f"{path}.service", check.get("service"), CHECK_SERVICES)
    if check.get("port") is not None:
        yield from check_number(f"{path}.port", check["port"], 1, 65535)
    for key in ("request", "receive", "virtualhost"):
        if set(str(check.get(key, ""))) & set('"\n\r'):
            yield f"{path}.{key}: must be one line without double quotes."
    if " " in str(check.get("request", "")):
        yield f"{path}.request: must have no blanks, write %20."


def _check_servers(path: str, service: Mapping[str, Any], inventory: Inventory) -> Findings:
    servers = service.get("real_servers")
    if servers is None:
        if not inventory.realservers:
            yield f"{path}: is not given and the group lvs_realservers is empty."
        return
    if not isinstance(servers, list) or not servers:
        yield f"{path}: must be a list of inventory names or of {{address, port, weight}}."
        return
    for index, server in enumerate(servers):
        yield from _check_server(f"{path}[{index}]", server, service)


def _check_server(path: str, server: object, service: Mapping[str, Any]) -> Findings:
    if isinstance(server, str) and server:
        return
    if not isinstance(server, Mapping) or not server.get("address"):
        yield f"{path}: must be an inventory name or {{address, port, weight}}."
        return
    yield from _check_keys(path, server, _SERVER_KEYS)
    if server.get("weight") is not None:
        yield from check_number(f"{path}.weight", server["weight"], 0, 65535)
    if server.get("port") is not None:
        yield from check_number(f"{path}.port", server["port"], 1, 65535)
        if service.get("forward", "direct") == "direct" and str(server["port"]) != str(
            service.get("port")
        ):
            yield f"{path}.port: must be the service's own, direct routing cannot change it."


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
