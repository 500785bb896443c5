# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From single answers to runs: who answered for an address, from when to when. Pure.

A run is ended by probes that nobody answered, never by time alone: an observer that was itself
held up for half a second has asked nobody, and must not report that nobody was there.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

MAX_GAP_S = 0.06
MAX_MISSED = 6


@dataclass(frozen=True, order=True)
class Run:
    """``mac`` answered for ``address`` from ``first`` to ``last`` (wall seconds), ``answers``
    times."""

    first: float
    last: float
    address: str
    mac: str
    answers: int


@dataclass
class _Open:
    first: float
    last: float
    answers: int = 1
    missed: int = 0


@dataclass
class Runs:
    """The runs that are open, and those that have ended since they were last taken."""

    max_gap_s: float = MAX_GAP_S
    max_missed: int = MAX_MISSED
    _open: dict[tuple[str, str], _Open] = field(default_factory=dict)
    _ended: list[Run] = field(default_factory=list)

    def probed(self, address: str, at: float) -> None:
        """A probe for ``address`` was sent at ``at``: whoever missed too many has stopped."""
        for key in [key for key in self._open if key[0] == address]:
            run = self._open[key]
            run.missed += 1
            if run.missed > self.max_missed and at - run.last > self.max_gap_s:
                self._end(key)

    def answered(self, address: str, mac: str, at: float) -> None:
        """``mac`` answered for ``address`` at ``at``."""
        run = self._open.get((address, mac))
        if run is None:
            self._open[address, mac] = _Open(at, at)
            return
        run.last = max(run.last, at)
        run.answers += 1
        run.missed = 0

    def end_all(self) -> None:
        """End what is open, since the observation ends."""
        for key in list(self._open):
            self._end(key)

    def take_ended(self) -> Iterable[Run]:
        """Give the runs that have ended since the last call."""
        ended, self._ended = self._ended, []
        return ended

    def _end(self, key: tuple[str, str]) -> None:
        run = self._open.pop(key)
        self._ended.append(Run(run.first, run.last, key[0], key[1], run.answers))
