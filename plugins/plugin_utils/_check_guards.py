# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks of what decides whether a director is fit, and of whom the agent tells: the variables
heartbeat_ping, heartbeat_watch, heartbeat_quorum, heartbeat_notify and the agent's priority.

What becomes a line of lvs.cf is read by the agent's own parser.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator, Mapping
from typing import Any, Callable

from ansible_collections.laico.lvs.plugins.module_utils._lvs.config import lvs_cf
from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.errors import ConfigError

from ._check_services import check_keys, check_number

Findings = Iterator[str]

MAX_PING_NODES = 127  # their count travels in seven bits of a heartbeat
TRUTHS = ("true", "false", "yes", "no", "on", "off")
_PING_KEYS = ("addresses", "name")
_WATCH_KEYS = ("command", "interval", "timeout", "fall", "rise")
_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?")
_LINE = re.compile(r"^:(\d+): (.*)$")


def check_guards(value: Callable[[str], Any]) -> Findings:
    """Check the variables; ``value`` gives one of the role's by its name without the prefix."""
    yield from check_ping(value("ping"))
    yield from check_watch(value("watch"))
    if value("notify"):
        yield from _by_agent("heartbeat_notify", [("", f"notify {value('notify')}")])
    for name in ("quorum", "realtime"):
        if str(value(name)).lower() not in TRUTHS:
            yield f"heartbeat_{name}: {value(name)!r} is not true or false."
    yield from check_number("heartbeat_rtprio", value("rtprio"), 1, 99)


def check_ping(nodes: object) -> Findings:
    """Check ``heartbeat_ping``."""
    if not isinstance(nodes, list):
        yield "heartbeat_ping: must be a list of {addresses} or {name, addresses}."
        return
    if len(nodes) > MAX_PING_NODES:
        yield f"heartbeat_ping: {len(nodes)} are too many, at most {MAX_PING_NODES} are possible."
    seen: list[str] = []
    for index, node in enumerate(nodes):
        path = f"heartbeat_ping[{index}]"
        if not isinstance(node, Mapping) or not _is_list(node.get("addresses")):
            yield f"{path}.addresses: must be a list of one or more addresses."
            continue
        yield from check_keys(path, node, _PING_KEYS)
        yield from _check_ping_node(path, node, seen)


def _is_list(value: object) -> bool:
    return isinstance(value, list) and bool(value)


def _check_ping_node(path: str, node: Mapping[str, Any], seen: list[str]) -> Findings:
    addresses = [str(address) for address in node["addresses"]]
    for position, address in enumerate(addresses):
        if not _is_host(address):
            yield (
                f"{path}.addresses[{position}]: {address!r} is no address of a host outside of "
                "the cluster, such as a router's."
            )
    name = str(node.get("name") or "")
    if not name and len(addresses) > 1:
        yield f"{path}.name: several addresses that stand for one another need a name together."
    if name and not _NAME.fullmatch(name):
        yield f"{path}.name: {name!r} is not one word of letters, digits, dots and hyphens."
    known = name or addresses[0]
    if known in seen:
        yield f"{path}: {known} stands twice in heartbeat_ping."
    seen.append(known)


def _is_host(text: str) -> bool:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        is_numeric = bool(re.fullmatch(r"[0-9.]+", text)) or ":" in text
        return bool(_NAME.fullmatch(text)) and not is_numeric
    return not (address.is_multicast or address.is_unspecified or address.is_loopback)


def check_watch(watches: object) -> Findings:
    """Check ``heartbeat_watch``."""
    if not isinstance(watches, list):
        yield "heartbeat_watch: must be a list of {command, interval, timeout, fall, rise}."
        return
    seen: list[str] = []
    for index, watch in enumerate(watches):
        path = f"heartbeat_watch[{index}]"
        if not isinstance(watch, Mapping) or not str(watch.get("command") or "").strip():
            yield f"{path}.command: must be a command that exits with 0 while this host can serve."
            continue
        yield from check_keys(path, watch, _WATCH_KEYS)
        lines = [("command", f"watch {watch['command']}")]
        lines += [
            (key, f"    {key} {watch[key]}")
            for key in _WATCH_KEYS[1:]
            if watch.get(key) is not None
        ]
        yield from _by_agent(path, lines)
        command = " ".join(str(watch["command"]).split())
        if command in seen:
            yield f"{path}.command: {command} is watched twice."
        seen.append(command)


def _by_agent(path: str, lines: list[tuple[str, str]]) -> Findings:
    """Check lines of lvs.cf, each with the key that it comes from, by the agent's own parser."""
    if any("#" in text or len(text.splitlines()) != 1 for dummy, text in lines):
        yield f"{path}: must be one line without '#'."
        return
    try:
        lvs_cf.parse("\n".join(text for dummy, text in lines), "")
    except ConfigError as error:
        for sentence in str(error).splitlines():
            found = _LINE.match(sentence)
            key = lines[int(found.group(1)) - 1][0] if found else ""
            yield f"{path}.{key}: {found.group(2)}" if found and key else f"{path}: {sentence}"
