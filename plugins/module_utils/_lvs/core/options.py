# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The IPVS modules' options and return values, to and from the planner's own types. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import IPv4Network, ip_address
from typing import Any

from .errors import ConfigError
from .model import (
    FLAG_SCHED_1,
    FLAG_SCHED_2,
    FLAG_SCHED_3,
    Destination,
    ServiceKey,
    VirtualService,
)
from .plan_text import scheduler_flag_names

SCHEDULER_FLAGS = {
    "sh-fallback": FLAG_SCHED_1,
    "sh-port": FLAG_SCHED_2,
    "mh-fallback": FLAG_SCHED_1,
    "mh-port": FLAG_SCHED_2,
    "flag-1": FLAG_SCHED_1,
    "flag-2": FLAG_SCHED_2,
    "flag-3": FLAG_SCHED_3,
}
TUNNEL_FLAGS = {"nocsum": 0, "csum": 1, "remcsum": 2}
_TUNNEL_FLAG_NAMES = {number: name for name, number in TUNNEL_FLAGS.items()}
MAX_PERSISTENCE_S = 31 * 24 * 3600  # ipvsadm's bound
_MAX_MARK = 0xFFFFFFFF


def is_address(text: str) -> bool:
    """Whether this is an IPv4 or IPv6 address, not a name or a network."""
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def service_key(params: Mapping[str, Any], address: str, port: int) -> ServiceKey:
    """The key that the identity options name; address and port as they were resolved."""
    mark = params["fwmark"]
    if mark is None:
        family = 6 if ":" in address else 4
        if params["family"] not in (None, f"ipv{family}"):
            raise ConfigError(f"family: {address} is an IPv{family} address: leave family out.")
        return ServiceKey(family, params["protocol"], address, port)
    if not 0 < mark <= _MAX_MARK:
        raise ConfigError(f"fwmark: {mark} is not within 1 and {_MAX_MARK}.")
    return ServiceKey(6 if params["family"] == "ipv6" else 4, fwmark=mark)


def service_changes(params: Mapping[str, Any], key: ServiceKey) -> dict[str, Any]:
    """The fields of ``Service`` that were given. Raises ConfigError naming the option."""
    changes: dict[str, Any] = {}
    for name in ("scheduler", "persistence_engine", "one_packet"):
        if params[name] is not None:
            changes[name] = params[name]
    if params["scheduler_flags"] is not None:
        changes["scheduler_flags"] = _flags(params["scheduler_flags"])
    if params["persistence_timeout"] is not None:
        changes["persistence_timeout_s"] = _timeout(params["persistence_timeout"])
    if params["persistence_netmask"] is not None:
        changes["persistence_netmask"] = parse_netmask(params["persistence_netmask"], key.family)
    return changes


def _flags(names: list[str]) -> int:
    flags = 0
    for name in names:
        flags |= SCHEDULER_FLAGS[name]
    return flags


def _timeout(seconds: int) -> int | None:
    if not 0 <= seconds <= MAX_PERSISTENCE_S:
        raise ConfigError(
            f"persistence_timeout: {seconds} is not within 0 (not persistent) "
            f"and {MAX_PERSISTENCE_S} seconds."
        )
    return seconds or None


def parse_netmask(text: str, family: int) -> int | None:
    """A prefix length for ``24``, ``/24`` or ``255.255.255.0``; None for the whole address."""
    whole = 128 if family == 6 else 32
    bare = text.strip().lstrip("/")
    try:
        is_mask = "." in bare and family == 4
        prefix = IPv4Network(f"0.0.0.0/{bare}").prefixlen if is_mask else int(bare)
    except ValueError:
        prefix = -1
    if not 1 <= prefix <= whole:
        form = "a prefix length up to 128" if family == 6 else "a netmask or a prefix length"
        raise ConfigError(f"persistence_netmask: {text} is not {form}.")
    return None if prefix == whole else prefix


def destination_changes(params: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of ``Destination`` that were given. Raises ConfigError naming the option."""
    names = ("forward", "weight", "upper_threshold", "lower_threshold", "tunnel_type")
    changes = {name: params[name] for name in names if params[name] is not None}
    for name in ("upper_threshold", "lower_threshold"):
        if not 0 <= changes.get(name, 0) <= _MAX_MARK:
            raise ConfigError(f"{name}: {changes[name]} is not within 0 and {_MAX_MARK}.")
    if params["tunnel_port"] is not None:
        if not 0 <= params["tunnel_port"] <= 65535:
            raise ConfigError(f"tunnel_port: {params['tunnel_port']} is no port.")
        changes["tunnel_port"] = params["tunnel_port"]
    if params["tunnel_flags"] is not None:
        changes["tunnel_flags"] = TUNNEL_FLAGS[params["tunnel_flags"]]
    return changes


def values_of_virtual(virtual: VirtualService) -> dict[str, Any]:
    """A service with its destinations as the modules return it, named as the options are."""
    service, key = virtual.service, virtual.service.key
    whole = 128 if key.family == 6 else 32
    netmask = service.persistence_netmask
    return {
        "family": f"ipv{key.family}",
        "protocol": key.protocol or None,
        "address": key.address or None,
        "port": None if key.fwmark else key.port,
        "fwmark": key.fwmark or None,
        "scheduler": service.scheduler,
        "scheduler_flags": list(scheduler_flag_names(service)),
        "persistence_timeout": service.persistence_timeout_s or 0,
        "persistence_netmask": whole if netmask is None else netmask,
        "persistence_engine": service.persistence_engine,
        "one_packet": service.one_packet,
        "destinations": [
            values_of_dest(virtual.destinations[dest_key])
            for dest_key in sorted(virtual.destinations)
        ],
    }


def values_of_dest(dest: Destination) -> dict[str, Any]:
    """A destination as the modules return it, named as the options of ipvs_dest are."""
    is_tunnel = dest.forward == "tunnel"
    flags = _TUNNEL_FLAG_NAMES.get(dest.tunnel_flags, str(dest.tunnel_flags))
    return {
        "destination": dest.key.address,
        "destination_port": dest.key.port,
        "forward": dest.forward,
        "weight": dest.weight,
        "upper_threshold": dest.upper_threshold,
        "lower_threshold": dest.lower_threshold,
        "tunnel_type": dest.tunnel_type if is_tunnel else None,
        "tunnel_port": dest.tunnel_port if is_tunnel else None,
        "tunnel_flags": flags if is_tunnel else None,
        "active_connections": dest.active_connections,
        "inactive_connections": dest.inactive_connections,
    }
