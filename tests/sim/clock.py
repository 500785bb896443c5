# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Virtual time."""

from __future__ import annotations

import heapq
from collections.abc import Callable

MOST_AT_ONCE = 20_000


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
        heap = self._heap
        count = 0
        while heap and heap[0][0] <= until:
            count = 0 if heap[0][0] > self.now else count + 1
            if count > MOST_AT_ONCE:
                raise RuntimeError(f"time stands still at {self.now:.6f} s: a timer without end")
            self.now, dummy, action = heapq.heappop(heap)
            action()
        self.now = until
