# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Virtual time, and two kinds of wire: the heartbeat links and the clients' LAN, apart."""

from __future__ import annotations

import heapq
import random
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial

from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.cluster import Auth
from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.wire import decode, encode


class Clock:
    """A heap of things to do, in virtual seconds."""

    def __init__(self) -> None:
        """Time starts at zero."""
        self.now = 0.0
        self._heap: list[tuple[float, int, Callable[[], None]]] = []
        self._count = 0

    def at(self, when: float, action: Callable[[], None]) -> None:
        """Do something then, or now when that is past."""
        self._count += 1
        heapq.heappush(self._heap, (max(when, self.now), self._count, action))

    def after(self, delay_s: float, action: Callable[[], None]) -> None:
        """Do something after a while."""
        self.at(self.now + delay_s, action)

    def run(self, until: float) -> None:
        """Let virtual time pass."""
        while self._heap and self._heap[0][0] <= until:
            self.now, dummy, action = heapq.heappop(self._heap)
            action()
        self.now = until


@dataclass
class Quality:
    """How a link treats datagrams; probabilities of 0 to 1, times in seconds."""

    loss: float = 0.0
    duplication: float = 0.0
    delay_s: tuple[float, float] = (0.0002, 0.003)
    cuts: set[tuple[str, str]] = field(default_factory=set)
    is_withholding: bool = False

    @property
    def is_calm(self) -> bool:
        """Whether everything sent between any two hosts arrives once and soon."""
        return not (self.loss or self.cuts or self.is_withholding or self.delay_s[1] > 0.01)


Deliver = Callable[[str, str, bytes], None]  # host, link, datagram


class Network:
    """The heartbeat links between hosts. What passed is recorded, to be replayed."""

    def __init__(
        self, clock: Clock, rng: random.Random, hosts: list[str], links: list[str], deliver: Deliver
    ) -> None:
        """``deliver(host, link, data)`` is called at the receiver's time."""
        self.clock, self.rng, self.hosts, self.deliver = clock, rng, hosts, deliver
        self.links = {name: Quality() for name in links}
        self.recorded: dict[str, list[bytes]] = {name: [] for name in hosts}
        self._withheld: list[tuple[str, str, bytes]] = []

    def send(self, sender: str, link: str, data: bytes) -> None:
        """A datagram leaves a host on a link, to all others there."""
        quality = self.links[link]
        self.recorded[sender].append(data)
        for host in self.hosts:
            if host == sender:
                continue
            if quality.is_withholding:
                self._withheld.append((host, link, data))
            elif (sender, host) not in quality.cuts:
                self._pass(host, link, data, quality)

    def _pass(self, host: str, link: str, data: bytes, quality: Quality) -> None:
        copies = 2 if self.rng.random() < quality.duplication else 1
        for dummy in range(copies):
            if self.rng.random() >= quality.loss:
                delay_s = self.rng.uniform(*quality.delay_s)
                self.clock.after(delay_s, lambda: self.deliver(host, link, data))

    def deliver_withheld(self, every_s: float) -> None:
        """What a link kept back comes late: in order and slowly, or all at once in any order."""
        withheld, self._withheld = self._withheld, []
        if not every_s:
            self.rng.shuffle(withheld)
        for number, (host, link, data) in enumerate(withheld):
            self.clock.after(number * every_s, partial(self.deliver, host, link, data))

    def speak_for_others(self, auth: Auth, own: str) -> None:
        """Another pair on the same wire, with our names and our key, holds with a high term."""
        for recorded in self.recorded.values():
            for data in recorded[-1:]:
                message = decode(data, auth, own)
                words = {
                    group_id: replace(word, state="holding", term=99, highest=99)
                    for group_id, word in (message.groups or {}).items()
                }
                foreign = replace(
                    message, cluster="other", groups=words, counter=message.counter + 9
                )
                for host in self.hosts:
                    self.deliver(host, next(iter(self.links)), encode(foreign, auth))

    def replay(self, sender: str, count: int, every_s: float) -> None:
        """Recorded datagrams of a host, of whatever life of it, come again on any link."""
        recorded = self.recorded[sender]
        for number in range(count if recorded else 0):
            data, link = self.rng.choice(recorded), self.rng.choice(list(self.links))
            for host in self.hosts:
                if host != sender:
                    when = partial(self.deliver, host, link, data)
                    self.clock.after(number * every_s, when)


class Lan:
    """The clients' network: who reaches whom there, for ARP."""

    def __init__(self) -> None:
        """Everybody reaches everybody."""
        self.cuts: set[tuple[str, str]] = set()

    def reaches(self, sender: str, receiver: str) -> bool:
        """One way."""
        return (sender, receiver) not in self.cuts

    def is_shared(self, one: str, other: str) -> bool:
        """Both ways: a question gets its answer."""
        return self.reaches(one, other) and self.reaches(other, one)
