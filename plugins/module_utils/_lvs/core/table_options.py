# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ipvs_table's options as the planner's table; every error begins with the option's path. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from .errors import ConfigError
from .model import Destination, DestKey, Service, ServiceKey, Table, VirtualService
from .options import destination_changes, service_changes, service_key
from .plan_rules import check_destination, check_service, settle_destination, settle_service
from .plan_text import dest_words, key_words

PURGES = ("none", "destinations", "all")
_SERVICE = dict.fromkeys(
    (
        "address",
        "port",
        "fwmark",
        "family",
        "scheduler",
        "scheduler_flags",
        "persistence_timeout",
        "persistence_netmask",
        "persistence_engine",
        "one_packet",
        "destinations",
    )
)
_DESTINATION = dict.fromkeys(
    (
        "destination_port",
        "forward",
        "weight",
        "upper_threshold",
        "lower_threshold",
        "tunnel_type",
        "tunnel_port",
        "tunnel_flags",
    )
)


class Names(Protocol):
    """What gives numbers for names, on the host; ``where`` begins its errors."""

    def address(self, text: str, where: str, family: str | None) -> str:
        """The one address of ``text``; ``family`` is ipv4, ipv6 or None for either."""

    def port(self, text: str, where: str, protocol: str) -> int:
        """The port."""


def read_table(services: Sequence[Mapping[str, Any]], names: Names) -> Table:
    """The wanted table. What an entry leaves out has the kernel's usual value.

    Raises ConfigError; its sentence begins with the path: ``services[3].destinations[1].weight``.
    """
    table: Table = {}
    places: dict[ServiceKey, str] = {}
    for index, entry in enumerate(services):
        where = f"services[{index}]"
        virtual = _read_virtual({**_SERVICE, "protocol": "tcp", **entry}, where, names)
        key = virtual.service.key
        if key in places:
            raise ConfigError(
                f"{where}: {key_words(key)} is {places[key]} too: write each service once."
            )
        places[key] = where
        table[key] = virtual
    return table


def _read_virtual(entry: Mapping[str, Any], where: str, names: Names) -> VirtualService:
    service = _read_service(entry, where, names)
    destinations: dict[DestKey, Destination] = {}
    for index, row in enumerate(entry["destinations"] or ()):
        place = f"{where}.destinations[{index}]"
        dest = _read_destination({**_DESTINATION, **row}, service, place, names)
        if dest.key in destinations:
            raise ConfigError(
                f"{place}: {dest_words(dest.key)} stands in this service twice: write it once."
            )
        destinations[dest.key] = dest
    return VirtualService(service, destinations)


def _read_service(entry: Mapping[str, Any], where: str, names: Names) -> Service:
    key = read_key(entry, f"{where}.", names)
    prefix = f"{where}."
    try:
        changes = service_changes(entry, key)
        prefix = f"{where}: "
        service = settle_service(Service(key, **changes), changes)
        check_service(service)
    except ConfigError as error:
        raise ConfigError(f"{prefix}{error}") from error
    return service


def read_key(entry: Mapping[str, Any], where: str, names: Names) -> ServiceKey:
    """The service that the identity options name. ``where`` stands before the option's name."""
    if (entry["fwmark"] is None) == (entry["address"] is None):
        raise ConfigError(f"{where}address: name a service by address and port, or by fwmark.")
    if (entry["address"] is None) != (entry["port"] is None):
        raise ConfigError(f"{where}port: it belongs to an address, and an address needs it.")
    address, port = "", 0
    if entry["fwmark"] is None:
        address = names.address(entry["address"], f"{where}address", entry["family"])
        port = names.port(entry["port"], f"{where}port", entry["protocol"])
    try:
        return service_key(entry, address, port)
    except ConfigError as error:
        raise ConfigError(f"{where}{error}") from error


def _read_destination(
    row: Mapping[str, Any], service: Service, where: str, names: Names
) -> Destination:
    key = read_dest_key(row, service.key, f"{where}.", names)
    prefix = f"{where}."
    try:
        changes = destination_changes(row)
        prefix = f"{where}: "
        dest = settle_destination(Destination(key, **changes), changes)
        check_destination(service, dest)
    except ConfigError as error:
        raise ConfigError(f"{prefix}{error}") from error
    return dest


def read_dest_key(row: Mapping[str, Any], key: ServiceKey, where: str, names: Names) -> DestKey:
    """The destination that the options name; its port is the service's unless given."""
    address = names.address(row["destination"], f"{where}destination", None)
    port = row["destination_port"]
    if port is None:
        return DestKey(address, key.port)
    return DestKey(address, names.port(port, f"{where}destination_port", key.protocol or "tcp"))
