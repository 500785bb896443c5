# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The topology file: YAML in, frozen dataclasses out, one sentence for what is wrong in it."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import yaml

from lab.errors import LabError
from lab.image import HOST, KINDS, Kind

GROUPS = {"director": "lvs_directors", "realserver": "lvs_realservers"}
DEFAULT_MEMORY = "192M"
CLIENT = "client"
# An interface name has at most 15 bytes (IFNAMSIZ in linux/if.h); a tap is "<host>-<number>".
_NAME = re.compile(r"[a-z][a-z0-9]{0,11}")
_MEMORY = re.compile(r"[1-9][0-9]*[MG]")

Interface: TypeAlias = "ipaddress.IPv4Interface | ipaddress.IPv6Interface"


@dataclass(frozen=True)
class Network:
    """One bridge."""

    name: str
    subnet: ipaddress.IPv4Network | ipaddress.IPv6Network
    mac: str


@dataclass(frozen=True)
class Nic:
    """One interface of a host: ``eth<index>`` in the guest, the tap ``tap`` outside."""

    name: str
    network: str
    address: Interface
    tap: str
    mac: str


@dataclass(frozen=True)
class Host:
    """One guest. ``group`` is a key of :data:`GROUPS`, or None for a host of no role."""

    name: str
    group: str | None
    nics: tuple[Nic, ...]
    memory: str
    vars: Mapping[str, Any]

    @property
    def address(self) -> str:
        """The address by which the host is reached: its first one."""
        return str(self.nics[0].address.ip)

    def nic(self, name: str) -> Nic:
        """The interface of that name; :class:`LabError` names those there are."""
        for nic in self.nics:
            if nic.name == name:
                return nic
        names = ", ".join(nic.name for nic in self.nics)
        raise LabError(f"{self.name} has no interface {name!r}; it has {names}")


@dataclass(frozen=True)
class Topology:
    """A whole lab. ``client`` holds the addresses of the namespace itself, by network."""

    name: str
    image: Kind
    networks: tuple[Network, ...]
    hosts: tuple[Host, ...]
    client: tuple[tuple[str, Interface], ...]
    vars: Mapping[str, Any]

    def client_mac(self, network: str) -> str:
        """The hardware address of the bridge, with which the client speaks on that network."""
        return next(entry.mac for entry in self.networks if entry.name == network)

    def host(self, name: str) -> Host:
        """The host of that name; :class:`LabError` names those there are."""
        for host in self.hosts:
            if host.name == name:
                return host
        names = ", ".join(host.name for host in self.hosts)
        raise LabError(f"the lab {self.name} has no host {name!r}; it has {names}")


def load_topology(path: Path) -> Topology:
    """Read and check a topology file."""
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise LabError(f"cannot read the topology {path}: {error.strerror}") from error
    except yaml.YAMLError as error:
        text = " ".join(str(error).split())
        raise LabError(f"the topology {path} is not YAML: {text}") from error
    return parse_topology(data, str(path))


def parse_topology(data: object, where: str) -> Topology:
    """Check parsed YAML; ``where`` opens every error sentence."""
    top = _Reader(data, where, {"name", "image", "networks", "hosts", "client", "vars"})
    networks = tuple(_networks(top))
    hosts = tuple(_hosts(top, networks))
    client = tuple(_client(top, networks))
    _refuse_duplicates(hosts, client, where)
    return Topology(top.name("name"), _image(top), networks, hosts, client, top.mapping("vars", {}))


class _Reader:
    """A mapping that knows where it stands, so that each complaint names the place."""

    def __init__(self, data: object, where: str, known: set[str]) -> None:
        if not isinstance(data, Mapping):
            raise LabError(f"{where}: expected a mapping, found {data!r}")
        self.data: Mapping[str, Any] = data
        self.where = where
        unknown = sorted(str(key) for key in data if key not in known)
        if unknown:
            raise LabError(
                f"{where}: unknown key {unknown[0]!r}; known are {', '.join(sorted(known))}"
            )

    def mapping(self, key: str, default: Mapping[str, Any] | None = None) -> Mapping[str, Any]:
        value = self.data.get(key, default)
        if not isinstance(value, Mapping):
            raise LabError(f"{self.where}: {key} must be a mapping, found {value!r}")
        return value

    def name(self, key: str) -> str:
        return check_name(self.data.get(key), f"{self.where}: {key}")

    def items(self, key: str) -> list[object]:
        value = self.data.get(key)
        if not isinstance(value, list) or not value:
            raise LabError(f"{self.where}: {key} must be a list of at least one entry")
        return value


def check_name(value: object, where: str) -> str:
    """A lab, host or network name: a letter, then letters and digits, at most 12."""
    if not isinstance(value, str) or not _NAME.fullmatch(value):
        raise LabError(
            f"{where} must be a name of 1 to 12 lower-case letters and digits, found {value!r}"
        )
    return value


def _image(top: _Reader) -> Kind:
    name = top.data.get("image", HOST.name)
    if not isinstance(name, str) or name not in KINDS:
        raise LabError(f"{top.where}: image must be one of {', '.join(KINDS)}, found {name!r}")
    return KINDS[name]


def _networks(top: _Reader) -> Iterator[Network]:
    for number, (name, data) in enumerate(top.mapping("networks").items()):
        where = f"{top.where}: networks.{name}"
        entry = _Reader(data, where, {"subnet"})
        try:
            subnet = ipaddress.ip_network(str(entry.data.get("subnet")))
        except ValueError as error:
            raise LabError(f"{where}.subnet: {error}") from error
        yield Network(check_name(name, where), subnet, f"02:4c:56:53:ff:{number:02x}")


def _hosts(top: _Reader, networks: tuple[Network, ...]) -> Iterator[Host]:
    hosts = top.mapping("hosts")
    if not 1 <= len(hosts) <= 200:
        raise LabError(f"{top.where}: hosts must name 1 to 200 hosts, found {len(hosts)}")
    for number, (name, data) in enumerate(hosts.items(), start=1):
        where = f"{top.where}: hosts.{name}"
        check_name(name, where)
        if name == CLIENT:
            raise LabError(f"{where}: this name belongs to the lab's own namespace; choose another")
        entry = _Reader(data, where, {"group", "interfaces", "memory", "vars"})
        nics = tuple(
            Nic(f"eth{i}", network, address, f"{name}-{i}", f"02:4c:56:53:{i:02x}:{number:02x}")
            for i, (network, address) in enumerate(_interfaces(entry, networks))
        )
        yield Host(name, _group(entry), nics, _memory(entry), entry.mapping("vars", {}))


def _group(entry: _Reader) -> str | None:
    group = entry.data.get("group")
    if group is None:
        return None
    if group not in GROUPS:
        raise LabError(f"{entry.where}.group must be one of {', '.join(GROUPS)}, found {group!r}")
    return str(group)


def _memory(entry: _Reader) -> str:
    memory = str(entry.data.get("memory", DEFAULT_MEMORY))
    if not _MEMORY.fullmatch(memory):
        raise LabError(f"{entry.where}.memory must look like 192M or 1G, found {memory!r}")
    return memory


def _client(top: _Reader, networks: tuple[Network, ...]) -> Iterator[tuple[str, Interface]]:
    entry = _Reader(top.mapping("client"), f"{top.where}: client", {"interfaces"})
    yield from _interfaces(entry, networks)


def _interfaces(entry: _Reader, networks: tuple[Network, ...]) -> Iterator[tuple[str, Interface]]:
    by_name = {network.name: network for network in networks}
    for i, data in enumerate(entry.items("interfaces")):
        where = f"{entry.where}.interfaces[{i}]"
        item = _Reader(data, where, {"network", "address"})
        network = by_name.get(str(item.data.get("network")))
        if network is None:
            raise LabError(
                f"{where}.network {item.data.get('network')!r} is not among the networks "
                f"{', '.join(by_name)}"
            )
        yield network.name, _address(item, network)


def _address(item: _Reader, network: Network) -> Interface:
    text = str(item.data.get("address"))
    try:
        address = ipaddress.ip_address(text)
    except ValueError as error:
        raise LabError(f"{item.where}.address: {error}") from error
    if address not in network.subnet:
        raise LabError(f"{item.where}.address {text} is not in {network.name}'s {network.subnet}")
    return ipaddress.ip_interface(f"{address}/{network.subnet.prefixlen}")


def _refuse_duplicates(
    hosts: tuple[Host, ...], client: tuple[tuple[str, Interface], ...], where: str
) -> None:
    seen: dict[str, str] = {}
    holders = [(CLIENT, str(address.ip)) for _network, address in client]
    holders += [(host.name, str(nic.address.ip)) for host in hosts for nic in host.nics]
    for name, address in holders:
        if address in seen:
            raise LabError(f"{where}: {seen[address]} and {name} both have the address {address}")
        seen[address] = name
