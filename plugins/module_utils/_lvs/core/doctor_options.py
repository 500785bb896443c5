# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of lvs_doctor_info, to the doctor's own types and back. Pure."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Callable

from .doctor_facts import Facts, Peer, Wanted, WantedServer, WantedService, WantedVip
from .errors import ConfigError
from .options import is_address

Resolve = Callable[[str], Sequence[str]]


def vips_of(given: Sequence[Mapping[str, Any]], is_director: bool) -> tuple[WantedVip, ...]:
    """As ``lvs_vips``; their interface is the directors', so of no use to others. ConfigError."""
    return tuple(
        WantedVip(
            _address(f"vips[{index}].address", vip.get("address")),
            str(vip.get("interface") or "") if is_director else "",
        )
        for index, vip in enumerate(given)
    )


def services_of(given: Sequence[Mapping[str, Any]], resolve: Resolve) -> tuple[WantedService, ...]:
    """As ``lvs_services``; ``resolve`` gives the addresses of a name. Raises ConfigError."""
    return tuple(
        _service(f"services[{index}]", service, resolve) for index, service in enumerate(given)
    )


def _service(path: str, given: Mapping[str, Any], resolve: Resolve) -> WantedService:
    port = _port(f"{path}.port", given.get("port"))
    servers = given.get("real_servers") or ()
    return WantedService(
        vip=_address(f"{path}.vip", given.get("vip")),
        port=port,
        protocol=str(given.get("protocol") or "tcp"),
        scheduler=str(given.get("scheduler") or ""),
        forward=str(given.get("forward") or "direct"),
        servers=tuple(
            server
            for index, each in enumerate(servers)
            for server in _servers(f"{path}.real_servers[{index}]", each, port, resolve)
        ),
    )


def _servers(path: str, given: object, port: int, resolve: Resolve) -> Iterator[WantedServer]:
    """A name that does not resolve is no server that could be judged."""
    fields = given if isinstance(given, Mapping) else {"address": given}
    text = str(fields.get("address") or "")
    own_port = _port(f"{path}.port", fields.get("port") or port)
    for address in [text] if is_address(text) else resolve(text):
        yield WantedServer(_address(path, address), own_port, str(fields.get("name") or text))


def peers_of(given: Sequence[Mapping[str, Any]], name: str) -> tuple[Peer, ...]:
    """As the module returns ``host``; the host itself is left out."""
    return tuple(
        Peer(
            name=str(each.get("name")),
            roles=frozenset(map(str, each.get("roles") or ())),
            macs=tuple(str(mac).lower() for mac in each.get("macs") or ()),
            mtus={str(vip): int(mtu) for vip, mtu in (each.get("mtus") or {}).items()},
        )
        for each in given
        if str(each.get("name")) != name
    )


def host_values(wanted: Wanted, facts: Facts) -> dict[str, Any]:
    """What other hosts are compared with: see ``peers_of``."""
    names = sorted({name for vip in wanted.vips for name in facts.lan_interfaces(vip)})
    return {
        "name": wanted.name,
        "roles": sorted(wanted.roles),
        "macs": sorted({facts.links[name].mac for name in names if name in facts.links}),
        "mtus": {
            vip.address: min(mtus) for vip in wanted.vips for mtus in [facts.mtus(vip)] if mtus
        },
    }


def _address(path: str, value: object) -> str:
    try:
        return str(ipaddress.ip_interface(str(value)).ip)
    except ValueError as error:
        raise ConfigError(f"{path}: {value!r} is no address.") from error


def _port(path: str, value: object) -> int:
    text = str(value)
    if text.isascii() and text.isdigit() and 0 < int(text) <= 65535:
        return int(text)
    raise ConfigError(f"{path}: {value!r} is no port, which is a number from 1 to 65535.")
