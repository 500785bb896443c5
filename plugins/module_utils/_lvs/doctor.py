# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The doctor of one host: finds out what the host is supposed to be, reads it, judges it."""

from __future__ import annotations

import os
import platform
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Callable, TypeVar

from .config.ldirectord_load import load_config
from .config.load import load_groups
from .core.cluster import Group
from .core.doctor import judge
from .core.doctor_facts import (
    DIRECTOR,
    LOADED,
    REALSERVER,
    Agent,
    AgentPeer,
    Wanted,
    WantedServer,
    WantedService,
    WantedVip,
)
from .core.doctor_kinds import ERROR
from .core.doctor_options import host_values, peers_of, services_of, vips_of
from .core.errors import ConfigError, ControlError, KernelError, NoIpvsError
from .core.model import Table
from .core.services import Virtual
from .host import macs
from .host.addresses import Addresses
from .host.ask import ask
from .host.doctor import Reader, read_facts
from .host.ipvs import Ipvs
from .host.names import SystemNames
from .host.vip_unit import DIRECTORY
from .places import Places

Value = TypeVar("Value")
_NO_VIPS: tuple[WantedVip, ...] = ()
_NO_GROUPS: tuple[Group, ...] = ()
_FILES = ("ha.cf", "haresources", "ldirectord.cf")
# What vip_address made persistent: lvs-vip-lo-192.0.2.146-32.service
_UNIT = re.compile(r"lvs-vip-(?P<interface>.+)-(?P<address>[0-9a-fA-F.:]+)-\d+\.service")
_PLACE = re.compile(r"^(\S+?(?::\d+)?): ")
_ANSWER_S = 5.0


def examine(
    params: Mapping[str, Any], places: Places | None = None, root: str = "/"
) -> dict[str, Any]:
    """The return values of lvs_doctor_info. ``places`` and ``root`` (of systemd's files) are other
    than the host's own in tests. Raises ConfigError for options that cannot be right."""
    places = places or Places()
    reader = Reader()
    wanted = _find_out(params, places, reader, root)
    facts = read_facts(wanted, root)
    if wanted.is_director:
        facts = replace(
            facts,
            agent=_ask_agent(places, reader),
            known_macs=dict(macs.read(places.macs).by_node),
            # Asked for its IPVS, the kernel loads the module, and a look changes nothing.
            table=reader.read("its IPVS table", {}, _read_table)
            if facts.modules.get("ip_vs") == LOADED
            else {},
        )
    facts = replace(facts, unread={**facts.unread, **reader.unread})
    found = judge(wanted, facts)
    return {
        "findings": [each.values() for each in found],
        "lines": [f"{each.kind.severity} {each.id}: {each.text}" for each in found],
        "is_sound": not any(each.kind.severity == ERROR for each in found),
        "host": host_values(wanted, facts),
    }


def _find_out(params: Mapping[str, Any], places: Places, reader: Reader, root: str) -> Wanted:
    """What is given, and for what is not, what the host's own files and addresses say."""
    name = str(params["name"] or platform.node())
    quiet = str(params["realserver_interface"])
    has_files = any(os.path.exists(os.path.join(places.config, each)) for each in _FILES)
    held = reader.read("its addresses", _NO_VIPS, lambda: _held_quietly(quiet, root))
    roles = params["roles"]
    if roles is None:
        roles = [DIRECTOR] if has_files else [REALSERVER] if held else []
    is_director = DIRECTOR in roles
    if params["vips"] is not None:
        vips = vips_of(params["vips"], is_director)
    else:
        vips = _vips_of_files(places, reader) if is_director else held
    if params["services"] is not None:
        services = services_of(params["services"], _resolve)
    else:
        services = _services_of_files(places, reader) if is_director else ()
    peers = peers_of(params["peers"] or (), name)
    return Wanted(name, frozenset(roles), vips, services, peers, quiet)


def _resolve(name: str) -> list[str]:
    names = SystemNames()
    return [address for family in (4, 6) for address in names.addresses(name, family)]


def _held_quietly(quiet: str, root: str) -> tuple[WantedVip, ...]:
    """The addresses that a real server has on ``lo``, and those that it gets at each boot."""
    with Addresses() as kernel:
        found = {
            held.address
            for held in kernel.list()
            if held.interface == quiet and held.scope in ("global", "site")
        }
    folder = os.path.join(root, DIRECTORY.lstrip("/"))
    for name in os.listdir(folder) if os.path.isdir(folder) else []:
        match = _UNIT.fullmatch(name)
        if match and match["interface"] == quiet:
            found.add(match["address"])
    return tuple(WantedVip(address) for address in sorted(found))


def _vips_of_files(places: Places, reader: Reader) -> tuple[WantedVip, ...]:
    groups = reader.read(
        f"{places.config}/haresources",
        _NO_GROUPS,
        lambda: _guarded(lambda: load_groups(places.config)),
    )
    return tuple(
        WantedVip(address.address, address.interface)
        for group in groups
        for address in group.addresses
    )


def _services_of_files(places: Places, reader: Reader) -> tuple[WantedService, ...]:
    path = os.path.join(places.config, "ldirectord.cf")
    if not os.path.exists(path):
        return ()
    return reader.read(
        path,
        (),
        lambda: _guarded(
            lambda: tuple(
                _service(each)
                for each in load_config(path, SystemNames()).virtuals
                if each.service.key.port
            )
        ),
    )


def _guarded(read: Callable[[], Value]) -> Value:
    """A file that is wrong may be quoted in the error, a password with it: only places are told."""
    try:
        return read()
    except ConfigError as error:
        where = (_PLACE.match(line) for line in str(error).splitlines())
        named = ", ".join(dict.fromkeys(match.group(1) for match in where if match))
        raise ConfigError(f"wrong at {named or 'some line'}; `lvsctl check` says why") from None


def _service(virtual: Virtual) -> WantedService:
    key = virtual.service.key
    rows = [real.destination for real in virtual.reals]
    return WantedService(
        vip=key.address,
        port=key.port,
        protocol=key.protocol,
        scheduler=virtual.service.scheduler,
        forward=rows[0].forward if rows else "direct",
        servers=tuple(WantedServer(row.key.address, row.key.port) for row in rows),
    )


def _ask_agent(places: Places, reader: Reader) -> Agent | None:
    """None where nobody set an agent up."""
    path = places.control_socket
    if not os.path.exists(os.path.join(places.config, "ha.cf")):
        return None
    if os.path.exists(path) and not os.access(path, os.W_OK, effective_ids=True):
        reader.unread["its heartbeat agent's status"] = "Permission denied"
        return Agent()
    try:
        status = ask(path, "status", _ANSWER_S).get("status", {})
    except ControlError as error:
        return Agent(error=str(error).split(": see", 1)[0].rstrip("."))
    return Agent(peers={name: _peer(each) for name, each in status.get("nodes", {}).items()})


def _peer(values: Mapping[str, Any]) -> AgentPeer:
    """``heard_s`` None: never heard since its start, which says nothing about its configuration."""
    is_heard = values.get("heard_s") is not None
    links = values.get("links", {})
    return AgentPeer(
        macs=tuple(values.get("macs", ())),
        has_same_config=bool(values.get("config_digest_ok")) if is_heard else None,
        silent_links=tuple(sorted(name for name, link in links.items() if not link.get("is_up"))),
    )


def _read_table() -> Table:
    try:
        with Ipvs() as kernel:
            return kernel.read_table()
    except NoIpvsError:
        return {}
    except KernelError as error:
        raise ConfigError(str(error)) from error
