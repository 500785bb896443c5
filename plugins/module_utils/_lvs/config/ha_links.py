# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The link lines of ha.cf (ucast, ucast6, mcast, mcast6, bcast) as ``Link`` values."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Sequence

from ..core.cluster import Link
from .problems import Problems, whole_number

DEFAULT_PORT = 694
KINDS = ("ucast", "ucast6", "mcast", "mcast6", "bcast")
_INTERFACE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.@-]{0,14}")
_LOOKS_NUMERIC = re.compile(r"[0-9.]+|.*[:/%].*")
_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?")

# A link line: (line number, kind, words behind the kind), then with the udpport that counts there.
RawLink = tuple[int, str, "list[str]"]
LinkLine = tuple[int, str, "list[str]", int]


def read_links(lines: Sequence[LinkLine], problems: Problems) -> tuple[Link, ...]:
    """One link for each interface, port and kind; the ucast lines of one become its peers."""
    found: dict[str, Link] = {}
    for number, kind, words, port in lines:
        for link in _READERS[kind](problems, number, kind, words, port):
            name = link.name
            if name in found and found[name].port != link.port:
                name = f"{name}:{link.port}"
            peers = found[name].peers if name in found else ()
            new = tuple(peer for peer in link.peers if peer not in peers)
            found[name] = Link(**{**link.__dict__, "name": name, "peers": (*peers, *new)})
    return tuple(found.values())


def port_number(text: str) -> int | None:
    """A UDP port, or None."""
    return whole_number(text, 1, 65535)


def ip_version(text: str) -> int:
    """4 or 6 for an address (without a zone), else 0."""
    try:
        return 0 if "%" in text else ipaddress.ip_address(text).version
    except ValueError:
        return 0


def looks_numeric(text: str) -> bool:
    """Whether a word was meant as an address rather than as a host name."""
    return bool(_LOOKS_NUMERIC.fullmatch(text))


def _read_bcast(
    problems: Problems, number: int, kind: str, words: list[str], port: int
) -> list[Link]:
    return [
        Link(f"{kind}:{interface}", kind, interface, port)
        for interface in words
        if _is_interface(problems, number, interface)
    ]


def _read_ucast(
    problems: Problems, number: int, kind: str, words: list[str], port: int
) -> list[Link]:
    if len(words) != 2:
        problems.add(number, f"write `{kind} INTERFACE ADDRESS`, one peer a line.")
        return []
    interface, peer = words
    version = 6 if kind == "ucast6" else 4
    if not _is_interface(problems, number, interface):
        return []
    if looks_numeric(peer) and ip_version(peer) != version:
        problems.add(number, f"{peer} is no IPv{version} address: correct it.")
        return []
    if ip_version(peer) != version and not _HOST.fullmatch(peer):
        problems.add(number, f"{peer} is neither an address nor a host name: correct it.")
        return []
    peer = str(ipaddress.ip_address(peer)) if ip_version(peer) else peer.lower()
    return [Link(f"{kind}:{interface}", kind, interface, port, peers=(peer,))]


def _read_mcast(
    problems: Problems, number: int, kind: str, words: list[str], port: int
) -> list[Link]:
    if not 2 <= len(words) <= 5:
        problems.add(number, f"write `{kind} INTERFACE GROUP [PORT [TTL]]`.")
        return []
    interface, group = words[:2]
    version = 6 if kind == "mcast6" else 4
    if not _is_interface(problems, number, interface):
        return []
    if ip_version(group) != version or not ipaddress.ip_address(group).is_multicast:
        problems.add(number, f"{group} is no IPv{version} multicast group: correct it.")
        return []
    own_port = port_number(words[2]) if len(words) > 2 else port
    ttl = whole_number(words[3], 0, 255) if len(words) > 3 else 1
    if own_port is None or ttl is None:
        problems.add(number, f"{kind} wants a port (1 to 65535) and a TTL (0 to 255) as numbers.")
        return []
    group = str(ipaddress.ip_address(group))
    name = f"{kind}:{interface}:{group}"
    return [Link(name, kind, interface, own_port, group=group, ttl=ttl)]


def _is_interface(problems: Problems, number: int, name: str) -> bool:
    if _INTERFACE.fullmatch(name):
        return True
    problems.add(number, f"{name} is no interface: write one that `ip link` shows.")
    return False


_READERS: dict[str, Callable[[Problems, int, str, list[str], int], list[Link]]] = {
    "bcast": _read_bcast,
    "ucast": _read_ucast,
    "ucast6": _read_ucast,
    "mcast": _read_mcast,
    "mcast6": _read_mcast,
}
