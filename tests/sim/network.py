# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Two kinds of wire: the heartbeat links and the clients' LAN, apart."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial

from .clock import Clock

Pair = tuple[str, str]  # from, to

DELIVERY_S = 0.003  # the longest on a link that is well


@dataclass(eq=False)
class Weather:
    """How a link treats datagrams while it lasts; probabilities of 0 to 1, times in seconds."""

    loss: float = 0.0
    duplication: float = 0.0
    delay_s: tuple[float, float] = (0.0002, DELIVERY_S)
    is_withholding: bool = False


FAIR = Weather()


@dataclass
class Link:
    """One heartbeat link. ``cuts`` counts the cuts of each pair, the last ``weather`` counts."""

    cuts: Counter[Pair] = field(default_factory=Counter)
    weather: list[Weather] = field(default_factory=list)

    def passes(self, pair: Pair) -> bool:
        """Whether anything comes through."""
        return not self.cuts[pair]

    def is_well(self, one: str, other: str) -> bool:
        """Whether everything that one says to the other and back arrives once and soon."""
        return not (self.weather or self.cuts[one, other] or self.cuts[other, one])


@dataclass(frozen=True)
class Record:
    """A datagram that a host sent, with the life of its agent."""

    link: str
    data: bytes
    life: int


Deliver = Callable[[str, str, bytes], None]  # host, link, datagram


class Network:
    """The heartbeat links between hosts. What passed is recorded, to be replayed."""

    def __init__(
        self, clock: Clock, rng: random.Random, hosts: list[str], links: list[str], deliver: Deliver
    ) -> None:
        """``deliver(host, link, data)`` is called at the receiver's time."""
        self.clock, self.rng, self.hosts, self.deliver = clock, rng, hosts, deliver
        self.links = {name: Link() for name in links}
        self.recorded: dict[str, list[Record]] = {name: [] for name in hosts}
        self._withheld: list[tuple[str, str, bytes]] = []

    def send(self, sender: str, link_name: str, data: bytes, life: int) -> None:
        """A datagram leaves a host on a link, to all others there."""
        link = self.links[link_name]
        self.recorded[sender].append(Record(link_name, data, life))
        weather = link.weather[-1] if link.weather else FAIR
        for host in self.hosts:
            if host == sender:
                continue
            if weather.is_withholding:
                self._withheld.append((host, link_name, data))
            elif link.passes((sender, host)):
                self._pass(host, link_name, data, weather)

    def _pass(self, host: str, link: str, data: bytes, weather: Weather) -> None:
        copies = 2 if weather.duplication and self.rng.random() < weather.duplication else 1
        least_s, most_s = weather.delay_s
        for dummy in range(copies):
            if not weather.loss or self.rng.random() >= weather.loss:
                delay_s = least_s + (most_s - least_s) * self.rng.random()
                self.clock.after(delay_s, partial(self.deliver, host, link, data))

    # ---- what a judge asks ----------------------------------------------------------------------

    def is_well(self, one: str, other: str) -> bool:
        """Whether some link carries everything between the two, both ways."""
        return any(link.is_well(one, other) for link in self.links.values())

    def is_deaf(self, sender: str, receiver: str) -> bool:
        """Whether nothing at all passes that way."""
        return all(not link.passes((sender, receiver)) for link in self.links.values())

    def is_certain(self, one: str, other: str) -> bool:
        """Whether it is no matter of chance what passes between the two."""
        return self.is_well(one, other) or not any(link.weather for link in self.links.values())

    # ---- faults ---------------------------------------------------------------------------------

    def cut(self, names: Iterable[str], pairs: Iterable[Pair], by: int = 1) -> None:
        """Cut pairs on links, or mend them with ``by`` -1."""
        chosen = list(pairs)
        for name in names:
            for pair in chosen:
                self.links[name].cuts[pair] += by

    def deliver_withheld(self, every_s: float) -> float:
        """What a link kept back comes late: in order and slowly, or all at once in any order.
        Returns how long it takes."""
        withheld, self._withheld = self._withheld, []
        if not every_s:
            self.rng.shuffle(withheld)
        for number, (host, link, data) in enumerate(withheld):
            self.clock.after(number * every_s, partial(self.deliver, host, link, data))
        return len(withheld) * every_s

    def replay(self, sender: str, records: list[Record], count: int, every_s: float) -> None:
        """Recorded datagrams come again, to everybody else, on any link."""
        for number in range(count if records else 0):
            record = self.rng.choice(records)
            link = self.rng.choice(list(self.links))
            for host in self.hosts:
                if host != sender:
                    when = partial(self.deliver, host, link, record.data)
                    self.clock.after(number * every_s, when)


class Lan:
    """The clients' network: who reaches whom there, for ARP."""

    def __init__(self) -> None:
        """Everybody reaches everybody."""
        self.cuts: Counter[Pair] = Counter()

    def reaches(self, sender: str, receiver: str) -> bool:
        """One way."""
        return not self.cuts[sender, receiver]

    def is_shared(self, one: str, other: str) -> bool:
        """Both ways: a question gets its answer."""
        return self.reaches(one, other) and self.reaches(other, one)

    def cut(self, pairs: Iterable[Pair], by: int = 1) -> None:
        """Cut pairs, or mend them with ``by`` -1."""
        for pair in pairs:
            self.cuts[pair] += by
