# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A host's clock, and the addresses of its kernel with their leases."""

from __future__ import annotations

import random
from collections.abc import Callable

from .clock import Clock

DRIFT = 200e-6
NEVER = -1e9  # a time before all others
EXPIRY_S = 0.001  # by which the kernel is late


class HostClock:
    """A monotonic clock that drifts, and stands still while its host's clock does."""

    def __init__(self, clock: Clock, rng: random.Random) -> None:
        """Any time, and a drift of at most 200 ppm."""
        self._clock = clock
        self.rate = 1 + rng.uniform(-DRIFT, DRIFT)
        self._base, self._since = rng.uniform(0, 1e5), 0.0
        self.is_stopped = False

    def now(self) -> float:
        """What the host's programs read."""
        if self.is_stopped:
            return self._base
        return self._base + (self._clock.now - self._since) * self.rate

    def when(self, local: float) -> float:
        """The true time at which this clock shows ``local``."""
        return self._since + (local - self._base) / self.rate

    def stop(self) -> None:
        """It stands still."""
        self._base, self._since, self.is_stopped = self.now(), self._clock.now, True

    def start(self) -> None:
        """It goes on from where it stood."""
        if self.is_stopped:
            self._since, self.is_stopped = self._clock.now, False


class Kernel:
    """Addresses on the clients' interface and on lo: group -> end of the lease by the host's
    clock."""

    def __init__(
        self, clock: Clock, host_clock: HostClock, lease_s: float, touch: Callable[[], None]
    ) -> None:
        """``touch`` is called when an address comes or goes."""
        self._clock, self._host_clock = clock, host_clock
        self._lease_s, self._touch = lease_s, touch
        self.on_interface: dict[str, float] = {}
        self.on_lo: dict[str, float] = {}

    def has(self, group: str) -> bool:
        """Whether the group's addresses are on the interface."""
        return self.on_interface.get(group, 0.0) > self._host_clock.now()

    def holds(self, group: str) -> bool:
        """Whether they are anywhere."""
        return self.has(group) or self.on_lo.get(group, 0.0) > self._host_clock.now()

    def add(self, group: str) -> None:
        """On the interface, no longer on lo."""
        self.on_lo.pop(group, None)
        self._set(self.on_interface, group)

    def move_to_lo(self, group: str) -> None:
        """On lo, no longer on the interface."""
        self._set(self.on_lo, group)
        self._take_off(group)

    def remove(self, group: str) -> None:
        """Nowhere."""
        self.on_lo.pop(group, None)
        self._take_off(group)

    def renew(self, group: str) -> bool:
        """A new lease where the addresses stand; False when they stand nowhere."""
        for where in (self.on_interface, self.on_lo):
            if where.get(group, 0) > self._host_clock.now():
                self._set(where, group)
                return True
        return False

    def clear(self) -> None:
        """What a start finds (L4), and a boot."""
        self.on_interface, self.on_lo = {}, {}
        self._touch()

    def look_at_ends(self) -> None:
        """After a stopped clock: the leases end at other times than was thought."""
        for ends_at in [*self.on_interface.values(), *self.on_lo.values()]:
            self._clock.at(self._host_clock.when(ends_at) + EXPIRY_S, self._touch)

    def _take_off(self, group: str) -> None:
        if self.on_interface.pop(group, None) is not None:
            self._touch()

    def _set(self, where: dict[str, float], group: str) -> None:
        is_new = group not in where
        where[group] = ends_at = self._host_clock.now() + self._lease_s
        self._clock.at(self._host_clock.when(ends_at) + EXPIRY_S, self._touch)
        if is_new:
            self._touch()
