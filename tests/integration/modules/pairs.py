# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Random pairs of IPVS tables; knows no code of the modules.

Values that matter are drawn from decks, each dealt out whole before it begins anew: rare ones come
up early, whatever the seed.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

SCHEDULERS = ["rr", "wrr", "lc", "wlc", "lblc", "lblcr", "sh", "dh", "mh", "sed", "nq", "fo", "ovf"]
SERVERS = {
    4: ["192.0.2.2", "192.0.2.3", "198.51.100.2", "203.0.113.200", "127.0.0.1"],
    6: ["2001:db8::2", "2001:db8::3", "2001:db8:1::a:0:2", "2001:db8:ffff::"],
}
# Kernel fields of 32 bits, of which ipvsadm takes 31.
MAX = 0x7FFFFFFF


@dataclass(frozen=True, order=True)
class Name:
    """What names a service; ``protocol`` is "" for a firewall mark."""

    protocol: str
    family: int
    address: str = ""
    port: int = 0
    mark: int = 0


@dataclass(frozen=True)
class Server:
    """A destination, with the kernel's usual values."""

    address: str
    port: int
    forward: str = "direct"
    weight: int = 1
    upper: int = 0
    lower: int = 0
    tunnel: str = "ipip"
    tunnel_port: int = 0
    checksum: str = "nocsum"

    @property
    def key(self) -> tuple[str, int]:
        return self.address, self.port


@dataclass(frozen=True)
class Virtual:
    """A service; ``timeout`` 0 is not persistent, ``netmask`` None the whole address."""

    name: Name
    scheduler: str = "wlc"
    flags: frozenset[int] = frozenset()
    timeout: int = 0
    netmask: int | None = None
    engine: str = ""
    one_packet: bool = False
    servers: tuple[Server, ...] = ()

    @property
    def settings(self) -> Virtual:
        return replace(self, servers=())

    def find(self, key: tuple[str, int]) -> Server | None:
        return next((each for each in self.servers if each.key == key), None)


Table = dict[Name, Virtual]


class Pair(NamedTuple):
    """``way``: the modules that go from ``before`` to ``after``, and what they purge."""

    seed: str
    way: str
    before: Table
    after: Table


NAMES = [
    *(Name(protocol, 4, "192.0.2.146", 80) for protocol in ("tcp", "udp", "sctp")),
    *(Name(protocol, 6, "2001:db8::146", 80) for protocol in ("tcp", "udp", "sctp")),
    Name("tcp", 4, "192.0.2.147", 0),
    Name("udp", 6, "2001:db8::147", 0),
    Name("tcp", 4, "192.0.2.146", 65535),
    Name("", 4, mark=7),
    Name("", 6, mark=7),
    Name("", 4, mark=MAX),
]
PERSISTENCE: list[dict[str, Any]] = [
    {},
    {},
    {"timeout": 300},
    {"timeout": 1, "netmask": 1},
    {"timeout": 31 * 24 * 3600, "netmask": 24},
    {"timeout": 90, "engine": "sip"},
    {"timeout": 60, "netmask": 31, "engine": "sip"},
]
THRESHOLDS = [(0, 0), (0, 0), (100, 50), (100, 0), (1, 1), (MAX, MAX - 1)]
FLAGS = [(), (), (1,), (2,), (3,), (1, 2), (1, 2, 3)]
TUNNELS: list[dict[str, Any]] = [
    {},
    {"tunnel": "gue", "tunnel_port": 6080},
    {"tunnel": "gue", "tunnel_port": 1, "checksum": "csum"},
    {"tunnel": "gue", "tunnel_port": 65535, "checksum": "remcsum"},
    {"tunnel": "gre"},
    {"tunnel": "gre", "checksum": "csum"},
]
DECKS: dict[str, Sequence[Any]] = {
    "name": NAMES,
    "scheduler": SCHEDULERS,
    "flags": FLAGS,
    "persistence": PERSISTENCE,
    "one_packet": [False, True],
    "forward": ["direct", "masquerade", "tunnel"],
    "weight": [0, 1, 1, 2, 65535],
    "thresholds": THRESHOLDS,
    "tunnel": TUNNELS,
    "is_mixed": [True, False],
    "shape": ["changed"] * 7 + ["same", "to empty", "from empty", "independent"],
    "way": ["all"] * 6 + ["destinations", "none", "each", "each"],
    "fate": ["gone", "same", "changed", "changed", "changed"],
    "server fate": ["gone", "same", "drained", "changed", "changed"],
}


class Dealer:
    """Draws tables and pairs from decks."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self._cards: dict[str, list[Any]] = {}

    def deal(self, deck: str) -> Any:
        cards = self._cards.setdefault(deck, [])
        if not cards:
            cards.extend(self.chance.sample(DECKS[deck], len(DECKS[deck])))
        return cards.pop()

    def table(self, services: int) -> Table:
        names = {self.deal("name") for dummy in range(services)}
        return {name: self.virtual(name) for name in sorted(names)}

    def virtual(self, name: Name) -> Virtual:
        settings = self._settings(name)
        dealt = [self.server(name) for dummy in range(self.chance.randrange(5))]
        return replace(settings, servers=_without_twins(dealt))

    def _settings(self, name: Name) -> Virtual:
        persistence = self.deal("persistence")
        if not name.mark and not name.port and not persistence:
            persistence = {"timeout": 30}
        scheduler = self.deal("scheduler")
        flags = frozenset(self.deal("flags"))
        if scheduler in ("sh", "mh"):
            flags -= {3}  # ipvsadm leaves it out there.
        can_be_one_packet = name.protocol in ("udp", "")
        return Virtual(
            name,
            scheduler=scheduler,
            flags=flags,
            one_packet=can_be_one_packet and self.deal("one_packet"),
            **persistence,
        )

    def server(self, name: Name, key: tuple[str, int] | None = None) -> Server:
        """Any server of the service; with ``key`` one that may stand at that place."""
        address, port = key or (None, None)
        forward = self.deal("forward")
        if port is not None and not name.mark and port != name.port:
            forward = "masquerade"
        if address is not None and _family(address) != name.family:
            forward = "tunnel"
        family = name.family
        if forward == "tunnel" and self.deal("is_mixed"):
            family = 10 - family
        ports = [name.port, 8080] if forward == "masquerade" else [name.port]
        upper, lower = self.deal("thresholds")
        return Server(
            address or self.chance.choice(SERVERS[family]),
            self.chance.choice(ports) if port is None else port,
            forward,
            self.deal("weight"),
            upper,
            lower,
            **(self.deal("tunnel") if forward == "tunnel" else {}),
        )

    def pair(self, seed: str) -> Pair:
        shape = self.deal("shape")
        before = {} if shape == "from empty" else self.table(self.chance.randrange(1, 6))
        if shape == "same":
            after = dict(before)
        elif shape == "to empty":
            after = {}
        elif shape == "changed":
            after = {**self.table(self.chance.randrange(3)), **self._changed(before)}
        else:
            after = self.table(self.chance.randrange(1, 6))
        return Pair(seed, self.deal("way"), before, after)

    def _changed(self, table: Table) -> Table:
        after = {}
        for name, virtual in table.items():
            fate = self.deal("fate")
            if fate != "gone":
                after[name] = self._change(virtual) if fate == "changed" else virtual
        return after

    def _change(self, virtual: Virtual) -> Virtual:
        name = virtual.name
        fates = {server: self.deal("server fate") for server in virtual.servers}
        changed: dict[str, Callable[[Server], Server]] = {
            "same": lambda server: server,
            "drained": lambda server: replace(server, weight=0),
            "changed": lambda server: self.server(name, server.key),
        }
        kept = [changed[fate](server) for server, fate in fates.items() if fate != "gone"]
        new = [self.server(name) for dummy in range(self.chance.randrange(3))]
        settings = self._settings(name) if self.chance.random() < 0.7 else virtual
        return replace(settings, servers=_without_twins([*kept, *new]))


def _without_twins(servers: Iterable[Server]) -> tuple[Server, ...]:
    first: dict[tuple[str, int], Server] = {}
    for server in servers:
        first.setdefault(server.key, server)
    return tuple(first.values())


def _family(address: str) -> int:
    return 6 if ":" in address else 4


def draw(seed: int, count: int) -> list[Pair]:
    dealer = Dealer(seed)
    return [dealer.pair(f"{seed} {index}") for index in range(count)]


def wanted(pair: Pair) -> Table:
    """The table that is to be there at the end, by what is purged."""
    if pair.way in ("all", "each"):
        return pair.after
    if pair.way == "destinations":
        return {**pair.before, **pair.after}
    return {**pair.before, **{name: _joined(pair, name) for name in pair.after}}


def _joined(pair: Pair, name: Name) -> Virtual:
    virtual = pair.after[name]
    there = pair.before[name].servers if name in pair.before else ()
    return replace(virtual, servers=_without_twins([*virtual.servers, *there]))


def fewest_writes(before: Table, after: Table) -> int:
    """Each row that differs once; the rows of a service that goes go with it."""
    count = len(before.keys() - after.keys())
    for name, virtual in after.items():
        held = before.get(name)
        count += held is None or held.settings != virtual.settings
        there = {server.key: server for server in held.servers} if held else {}
        here = {server.key: server for server in virtual.servers}
        count += len(there.keys() - here.keys())
        count += sum(there.get(key) != server for key, server in here.items())
    return count
