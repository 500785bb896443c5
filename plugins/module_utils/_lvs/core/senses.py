# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a node finds out by asking beyond the cluster: ping nodes and watch commands (U)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from .cluster import PingNode, Watch
from .wire import MAX_REACHED


class Pings:
    """Which ping nodes answer. Times are monotonic seconds."""

    def __init__(self, nodes: tuple[PingNode, ...], deadping_s: float, now: float) -> None:
        """None has answered; none is judged before ``deadping_s`` has passed."""
        self._deadping_s = deadping_s
        self._answered_at: dict[str, float] = {}
        self._judged_from: dict[str, float] = {}
        self.use(nodes, deadping_s, now)

    def use(self, nodes: tuple[PingNode, ...], deadping_s: float, now: float) -> None:
        """Take a new configuration; what is known of nodes that stay is kept."""
        names = [node.name for node in nodes]
        self._deadping_s = deadping_s
        self._answered_at = {n: at for n, at in self._answered_at.items() if n in names}
        self._judged_from = {n: self._judged_from.get(n, now + deadping_s) for n in names}

    def answer(self, name: str, now: float) -> None:
        """A ping node answered; one that is not configured is ignored."""
        if name in self._judged_from:
            self._answered_at[name] = now

    def start_anew(self, now: float) -> None:
        """L3: nobody is judged for an absence that was this node's own."""
        self._judged_from = dict.fromkeys(self._judged_from, now + self._deadping_s)

    def reached(self, now: float) -> dict[str, bool]:
        """Who answered within ``deadping_s``: what this node says of itself."""
        return {name: now < self._until(name) for name in self._judged_from}

    def count(self, now: float) -> int:
        """How many answered, as the heartbeat says it."""
        return min(sum(self.reached(now).values()), MAX_REACHED)

    def missing(self, now: float) -> list[str]:
        """Who is judged not to answer: not before there was time to."""
        return [n for n, at in self._judged_from.items() if now >= max(at, self._until(n))]

    def turns(self) -> list[float]:
        """The times at which the passage of time alone changes the answers above."""
        return [*self._judged_from.values(), *map(self._until, self._answered_at)]

    def _until(self, name: str) -> float:
        at = self._answered_at.get(name)
        return float("-inf") if at is None else at + self._deadping_s


@dataclass
class WatchState:
    """One watch command: ``streak`` counts results in a row that speak against ``is_failing``;
    ``error`` is the last result's, ``failed_with`` the one that made it fail."""

    watch: Watch
    since: float
    is_known: bool = False
    is_failing: bool = False
    streak: int = 0
    error: str = ""
    failed_with: str = ""

    @property
    def name(self) -> str:
        """The command's path."""
        return self.watch.command[0]

    def take(self, error: str) -> None:
        """A result: the first counts alone, later ones ``fall`` or ``rise`` in a row."""
        self.error = error
        self.streak = self.streak + 1 if bool(error) != self.is_failing else 0
        needed = self.watch.fall if error else self.watch.rise
        if not self.is_known or self.streak >= max(needed, 1):
            self.is_known = True
            self.is_failing, self.streak, self.failed_with = bool(error), 0, error


class Watches:
    """All watch commands of this node."""

    def __init__(self, watches: tuple[Watch, ...], now: float) -> None:
        """None has spoken."""
        self.states = [WatchState(watch, now) for watch in watches]

    def use(self, watches: tuple[Watch, ...], now: float) -> None:
        """Take a new configuration; what is known of watches that stay as they are is kept."""
        old = {state.watch: state for state in self.states}
        self.states = [old.get(watch) or WatchState(watch, now) for watch in watches]

    def take(self, index: int, error: str) -> None:
        """A command ended; one that a reload removed is ignored."""
        if 0 <= index < len(self.states):
            self.states[index].take(error)

    def have_spoken(self, now: float) -> bool:
        """Whether each has spoken, or had its time to."""
        return all(state.is_known or now >= _late_at(state) for state in self.states)

    def reason(self, now: float) -> str:
        """Why this node is not fit, "" when no watch is against it."""
        failing = [state for state in self.states if state.is_failing]
        if failing:
            said = "; ".join(f"{state.name}: {state.failed_with}" for state in failing)
            return f"watch commands fail: {said}"
        late = [s.name for s in self.states if not s.is_known and now >= _late_at(s)]
        return f"watch commands have not ended yet: {', '.join(late)}." if late else ""

    def turns(self) -> list[float]:
        """The times at which the passage of time alone changes the answers above."""
        return [_late_at(state) for state in self.states if not state.is_known]


def _late_at(state: WatchState) -> float:
    return state.since + state.watch.timeout_s


def wake_at_turns(senses: tuple[Pings, Watches], wake_at: Callable[[float], None]) -> None:
    """Ask to be evaluated when time alone changes an answer."""
    for sense in senses:
        for at in sense.turns():
            wake_at(at)
