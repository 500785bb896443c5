# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""haresources of Linux-HA: a line is a group, its preferred node first, then its resources.

Comments end a line anywhere, then lines that end in a backslash are joined. Node names are read in
lower case. The order of the resources does not matter here: a group's table always comes before
its addresses, and those before the rest.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ..core.cluster import Resource
from .ha_links import ip_version
from .problems import Problems, whole_number

DEFAULT_LDIRECTORD_CF = "/etc/ha.d/ldirectord.cf"
DEFAULT_SYNC_DAEMON = ("master", "eth0", "0")
_ADDRESS_AGENTS = ("ipaddr", "ipaddr2", "ipv6addr")
_INTERFACE = re.compile(r"([A-Za-z][A-Za-z0-9_.@-]{0,14})(?::[A-Za-z0-9_.-]+)?")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.@-]*")


@dataclass(frozen=True)
class WantedAddress:
    """An address as written: ``prefix`` None and ``interface`` "" where the line leaves them
    out."""

    address: str
    prefix: int | None
    interface: str
    line: int


@dataclass(frozen=True)
class Row:
    """One line of haresources."""

    line: int
    node: str
    addresses: tuple[WantedAddress, ...]
    resources: tuple[Resource, ...]

    @property
    def name(self) -> str:
        """The group's name: its first address."""
        return self.addresses[0].address


@dataclass(frozen=True)
class Haresources:
    """All rows and what to tell the operator of them. ``is_whole``: each line is a row."""

    rows: tuple[Row, ...]
    warnings: tuple[str, ...] = ()
    is_whole: bool = True


def parse(text: str, path: str, nodes: Sequence[str]) -> Haresources:
    """Read haresources for the cluster of ``nodes`` (lower case); raises ConfigError.

    Resources that are neither addresses, ldirectord nor LVSSyncDaemonSwap get the kind "script":
    whether there is such a script or unit is for ``load`` to see.
    """
    problems = Problems(path)
    result = read(text, problems, nodes)
    problems.raise_if_any()
    return Haresources(result.rows, problems.warnings)


def read(text: str, problems: Problems, nodes: Sequence[str]) -> Haresources:
    """As ``parse``, but what is wrong goes to ``problems`` and the rest is read all the same.
    No ``nodes``: they are not known, and any name will do."""
    rows: list[Row] = []
    is_whole = True
    for number, words in _logical_lines(text):
        row = _read_row(problems, number, words, nodes)
        is_whole = is_whole and bool(row.addresses)
        if row.addresses and not _is_repeated(problems, row, rows):
            rows.append(row)
    return Haresources(tuple(rows), is_whole=is_whole)


def _logical_lines(text: str) -> Iterator[tuple[int, list[str]]]:
    """Lines with the number of their first part; one that ends in a backslash goes on."""
    start, parts = 0, ""
    for number, raw in enumerate(text.splitlines(), 1):
        line = raw.split("#", 1)[0].rstrip()
        start = start or number
        if line.endswith("\\"):
            parts += line[:-1] + " "
            continue
        words = (parts + line).split()
        if words:
            yield start, words
        start, parts = 0, ""
    if parts.split():
        yield start, parts.split()


def _read_row(problems: Problems, number: int, words: list[str], nodes: Sequence[str]) -> Row:
    node = words[0].lower()
    if nodes and node not in nodes:
        problems.add(
            number,
            f"{words[0]} is no node of ha.cf ({', '.join(nodes)}): begin the line with one.",
        )
    addresses: list[WantedAddress] = []
    resources: list[Resource] = []
    for word in words[1:]:
        address = _address_text(word)
        if address is None:
            resources.extend(_read_resource(problems, number, word))
        else:
            addresses.extend(_read_address(problems, number, address))
    _note_order(problems, number, words[1:])
    if not addresses and not any(_address_text(word) is not None for word in words[1:]):
        problems.add(number, "the group has no address, by which it would be named: add one.")
    return Row(number, node, tuple(dict.fromkeys(addresses)), tuple(resources))


def _note_order(problems: Problems, number: int, words: list[str]) -> None:
    """Say that the table comes first where the line reads otherwise."""
    is_table = [word.split("::")[0] == "ldirectord" for word in words]
    if True in is_table and any(
        _address_text(w) is not None for w in words[: is_table.index(True)]
    ):
        problems.warn(
            number,
            "ldirectord stands behind an address: the table is loaded before it all the same.",
        )


def _address_text(word: str) -> str | None:
    """The address part of a resource that is one, else None."""
    name, sep, rest = word.partition("::")
    if name.lower() in _ADDRESS_AGENTS and sep:
        return rest
    return (
        word if ip_version(word.split("/", 1)[0]) or re.match(r"[0-9][0-9.]*(/|$)", word) else None
    )


def _read_address(problems: Problems, number: int, text: str) -> list[WantedAddress]:
    """``ADDRESS[/MASK][/INTERFACE[:ALIAS]][/BROADCAST]``; empty parts say nothing."""
    address, *parts = [part for part in text.split("/") if part] or [""]
    version = ip_version(address)
    if not version or not _can_be_held(address):
        problems.add(number, f"{address or 'nothing'} is no address of a host: correct it.")
        return []
    prefix: int | None = None
    interface = ""
    for part in parts:
        if ip_version(part) and prefix is not None and not part.startswith("255."):
            continue  # the broadcast address, which follows from the mask
        match = _INTERFACE.fullmatch(part)
        if prefix is None and prefix_length(part, version) is not None:
            prefix = prefix_length(part, version)
        elif not interface and match:
            interface = match.group(1)
        else:
            problems.add(number, f"{part} in {text} is neither mask nor interface: correct it.")
    return [WantedAddress(str(ipaddress.ip_address(address)), prefix, interface, number)]


def _can_be_held(text: str) -> bool:
    address = ipaddress.ip_address(text)
    return not (address.is_multicast or address.is_unspecified or address.is_loopback)


def prefix_length(text: str, version: int) -> int | None:
    """A mask as length (24) or dotted (255.255.255.0); None if it is none."""
    if "." not in text:
        return whole_number(text, 1, 32 if version == 4 else 128)
    try:
        network = ipaddress.IPv4Network(f"0.0.0.0/{text}")
    except ValueError:
        return None
    is_mask = version == 4 and str(network.netmask) == text and network.prefixlen > 0
    return network.prefixlen if is_mask else None


def _read_resource(problems: Problems, number: int, word: str) -> list[Resource]:
    name, *arguments = word.split("::")
    if name == "ldirectord":
        return [Resource("ldirectord", _ldirectord_cf(arguments), ())]
    if name == "LVSSyncDaemonSwap":
        return _read_sync_daemon(problems, number, name, arguments)
    if name == "OCF":
        problems.add(number, f"{word}: OCF agents are not supported: use a systemd unit.")
        return []
    if not _NAME.fullmatch(name):
        problems.add(number, f"{word} is no resource: correct or remove it.")
        return []
    return [Resource("script", name, tuple(arguments))]


def _read_sync_daemon(
    problems: Problems, number: int, name: str, arguments: list[str]
) -> list[Resource]:
    """``LVSSyncDaemonSwap[::master|backup[::INTERFACE[::SYNCID]]]`` with its three words filled in.

    The old script's arguments and defaults; ``master``: send while the group is held, receive else.
    """
    role, interface, sync_id = (*arguments, *DEFAULT_SYNC_DAEMON[len(arguments) :])[:3]
    if len(arguments) > 3 or role not in ("master", "backup"):
        problems.add(number, f"write `{name}::master[::INTERFACE[::SYNCID]]`.")
    elif not _INTERFACE.fullmatch(interface) or ":" in interface:
        problems.add(number, f"{interface} of {name} is no interface: write one of `ip link`.")
    elif whole_number(sync_id, 0, 255) is None:
        problems.add(number, f"{sync_id} of {name} is no syncid: write 0 to 255.")
    else:
        return [Resource("syncdaemon", name, (role, interface, str(int(sync_id))))]
    return []


def _ldirectord_cf(arguments: list[str]) -> str:
    """The file of an ldirectord resource; a bare name lies in /etc/ha.d."""
    if not arguments or not arguments[0]:
        return DEFAULT_LDIRECTORD_CF
    return arguments[0] if arguments[0].startswith("/") else f"/etc/ha.d/{arguments[0]}"


def _is_repeated(problems: Problems, row: Row, rows: list[Row]) -> bool:
    """Whether the row is to be left out: it says again, or otherwise, what another row said."""
    mine = {address.address for address in row.addresses}
    for other in rows:
        shared = sorted(mine & {address.address for address in other.addresses})
        if not shared:
            continue
        if (row.node, row.resources) == (other.node, other.resources) and mine == {
            address.address for address in other.addresses
        }:
            problems.warn(row.line, f"the same line as line {other.line}: it is ignored.")
        else:
            problems.add(
                row.line,
                f"{shared[0]} stands in line {other.line} too: an address belongs to one group.",
            )
        return True
    return False
