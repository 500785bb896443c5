# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The ping lines of ha.cf: hosts outside of the cluster that tell whether this node is reached."""

from __future__ import annotations

import ipaddress
import re

from .ha_draft import Draft, PingLine
from .ha_links import ip_version, looks_numeric

MAX_PING_NODES = 127  # the count travels in seven bits of each heartbeat
_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?")


def read_ping(draft: Draft, number: int, name: str, arguments: list[str]) -> None:
    """``ping ADDRESS...``: a ping node for each."""
    for word in arguments:
        host = _host(draft, number, name, word)
        if host:
            _take(draft, PingLine(host, (host,), number))


def read_ping_group(draft: Draft, number: int, name: str, arguments: list[str]) -> None:
    """``ping_group NAME ADDRESS...``: one ping node, reached while one of the addresses is."""
    group, *words = arguments
    if not words or not _NAME.fullmatch(group):
        draft.refuse(number, name, "write `ping_group NAME ADDRESS...`, the group's name first.")
        return
    hosts = tuple(filter(None, (_host(draft, number, name, word) for word in words)))
    if hosts:
        _take(draft, PingLine(group, tuple(dict.fromkeys(hosts)), number))


def _take(draft: Draft, found: PingLine) -> None:
    same = next((each for each in draft.pings if each.name == found.name), None)
    if same is None:
        draft.pings.append(found)
        if len(draft.pings) == MAX_PING_NODES + 1:
            draft.refuse(
                found.line,
                "ping",
                f"at most {MAX_PING_NODES} ping nodes are possible: remove some, or join them in "
                "a ping_group.",
            )
    elif same.hosts == found.hosts:
        draft.problems.warn(
            found.line, f"the ping node {found.name} stands in line {same.line}: it counts once."
        )
    else:
        draft.refuse(
            found.line,
            "ping_group",
            f"the ping node {found.name} stands in line {same.line} too: name each otherwise.",
        )


def _is_of_a_host(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    """Link-local ones of IPv6 are left out: a ping line cannot say on which interface they are."""
    if address.is_multicast or address.is_unspecified or address.is_loopback:
        return False
    return not (address.is_reserved if address.version == 4 else address.is_link_local)


def _host(draft: Draft, number: int, name: str, word: str) -> str:
    """The address in canonical form, or a host name; "" where it is neither."""
    if ip_version(word):
        address = ipaddress.ip_address(word)
        if _is_of_a_host(address):
            return str(address)
        sentence = f"{word} is no host outside of the cluster: name a router by its own address."
    elif looks_numeric(word):
        sentence = f"{word} is no address: correct it."
    elif _NAME.fullmatch(word):
        return word.lower()
    else:
        sentence = f"{word} is neither an address nor a host name: correct it."
    draft.refuse(number, name, sentence)
    return ""
