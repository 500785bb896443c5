# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks of ``lvs_services``, so that what the monitor would refuse is refused before any host.

Values that end up in ldirectord.cf are checked by the monitor's own functions.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Callable

from ansible_collections.laico.lvs.plugins.module_utils._lvs.config import (
    ldirectord_values as values,
)
from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.errors import ConfigError

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
CHECK_METHODS = ("GET", "HEAD")

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


def check_keys(path: str, entry: Mapping[str, Any], known: Sequence[str]) -> Findings:
    """Yield a sentence for each key of ``entry`` that is not one of ``known``."""
    for key in entry:
        if key not in known:
            yield f"{path}.{key}: is not known here; known are {', '.join(known)}."


def check_services(services: Sequence[Any], vips: Sequence[str], inventory: Inventory) -> Findings:
    """Check ``lvs_services`` against the addresses of ``lvs_vips``."""
    seen = set()
    for index, service in enumerate(services):
        path = f"lvs_services[{index}]"
        if not isinstance(service, Mapping):
            yield f"{path}: must be a mapping with vip and port."
            continue
        yield from check_keys(path, service, _SERVICE_KEYS)
        yield from _check_service(path, service, vips)
        yield from _check_check(f"{path}.check", service.get("check", {}))
        yield from _check_udp(f"{path}.check.type", service)
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
        yield from check_choice(f"{path}.{key}", service.get(key), known)
    if service.get("persistence_timeout") is not None:
        yield from check_number(
            f"{path}.persistence_timeout", service["persistence_timeout"], 1, 86400 * 31
        )
    family = 6 if ":" in str(service.get("vip")) else 4
    yield from check_fallback(f"{path}.fallback", service.get("fallback"), family)
    yield from _check_by(
        f"{path}.persistence_netmask",
        service.get("persistence_netmask"),
        lambda text: values.netmask(text, family),
    )


def _check_by(path: str, value: object, parse: Callable[[str], object]) -> Findings:
    """Check a value by the parser that will read it on the hosts."""
    try:
        if value not in (None, ""):
            parse(str(value))
    except ConfigError as error:
        yield f"{path}: {str(error).rstrip('.')}."


def check_fallback(path: str, value: object, family: int | None = None) -> Findings:
    """Check ``address:port`` (of the family; None: of either) by the monitor's own functions."""
    version = family or values.family_of(values.endpoint(str(value)).host) or 4
    yield from _check_by(path, value, lambda text: _fallback(text, version))


def _fallback(text: str, family: int) -> None:
    host, *forward = text.split()
    end = values.endpoint(host)
    values.address(end.host, family, AnyName())
    if end.port:
        values.number("the port", end.port, 1, 65535)
    for word in forward:
        values.forward_of(word)


class AnyName:
    """Knows every name: whether it resolves is for the hosts to say, not for the control node."""

    def addresses(self, name: str, family: int) -> list[str]:
        """Return some address of the family."""
        del name
        return ["192.0.2.1"] if family == 4 else ["2001:db8::1"]

    def port(self, name: str, protocol: str) -> int | None:
        """Return the control node's number for a service's name."""
        try:
            return socket.getservbyname(name, protocol)
        except OSError:
            return None


def check_choice(path: str, value: object, known: Sequence[str]) -> Findings:
    """Yield a sentence unless ``value`` is left out or one of ``known``."""
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
    yield from check_keys(path, check, _CHECK_KEYS)
    kind = check.get("type")
    if kind not in (None, True, False) and not str(kind).isdigit():
        yield from check_choice(f"{path}.type", kind, CHECK_TYPES)
    yield from check_choice(f"{path}.service", check.get("service"), CHECK_SERVICES)
    if check.get("port") is not None:
        yield from check_number(f"{path}.port", check["port"], 1, 65535)
    for key in ("request", "receive", "virtualhost"):
        if set(str(check.get(key, ""))) & set('"\n\r'):
            yield f"{path}.{key}: must be one line without double quotes."
    yield from _check_by(f"{path}.request", check.get("request"), values.request_path)
    yield from _check_by(f"{path}.receive", check.get("receive"), values.pattern)
    yield from _check_by(f"{path}.virtualhost", check.get("virtualhost"), values.host_name)
    yield from check_choice(f"{path}.method", check.get("method"), CHECK_METHODS)


def _check_udp(path: str, service: Mapping[str, Any]) -> Findings:
    check = service.get("check")
    kind = check.get("type") if isinstance(check, Mapping) else None
    if service.get("protocol") == "udp" and kind not in (None, True, False, "on", "off"):
        yield f"{path}: {kind!r} cannot check a udp service; leave it out, or write on or off."


def _check_servers(path: str, service: Mapping[str, Any], inventory: Inventory) -> Findings:
    servers = service.get("real_servers")
    if servers is None:
        if not inventory.realservers:
            yield f"{path}: is not given and the group lvs_realservers is empty."
        return
    if not isinstance(servers, list) or not servers:
        yield f"{path}: must be a list of inventory names or of {{address, port, weight}}."
        return
    seen: list[tuple[str, str]] = []
    for index, server in enumerate(servers):
        yield from _check_server(f"{path}[{index}]", server, service)
        given = server if isinstance(server, Mapping) else {"address": server}
        key = (str(given.get("address")), str(given.get("port", service.get("port"))))
        if key in seen:
            yield f"{path}[{index}]: {key[0]} port {key[1]} stands twice here."
        seen.append(key)


def _check_server(path: str, server: object, service: Mapping[str, Any]) -> Findings:
    if isinstance(server, str) and server:
        return
    if not isinstance(server, Mapping) or not server.get("address"):
        yield f"{path}: must be an inventory name or {{address, port, weight}}."
        return
    yield from check_keys(path, server, _SERVER_KEYS)
    if server.get("weight") is not None:
        yield from check_number(f"{path}.weight", server["weight"], 0, 65535)
    if server.get("port") is not None:
        yield from check_number(f"{path}.port", server["port"], 1, 65535)
        forward = service.get("forward", "direct")
        if forward != "masquerade" and str(server["port"]) != str(service.get("port")):
            yield f"{path}.port: must be the service's own; only forward: masquerade can change it."
