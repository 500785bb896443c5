# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The health of servers: verdicts from results, and when each check is due. Knows no service.

A server is down after ``Check.fall`` failures in a row and up after one success; before the first
verdict it is neither. A check never overlaps itself and never waits for another one.
"""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Iterable
from dataclasses import dataclass, field

from .services import CONNECT, Check

# A first round is spread over at most this long, so that a start is soon over.
FIRST_ROUND_S = 1.0


@dataclass(frozen=True)
class Probe:
    """One run of a check: ``kind`` is the check's own, or connect for the cheap of checktype N."""

    check: Check
    kind: str

    @property
    def timeout_s(self) -> float:
        """How long the whole run may take."""
        is_cheap = self.kind == CONNECT and self.check.kind != CONNECT
        return self.check.connect_timeout_s if is_cheap else self.check.timeout_s


@dataclass(frozen=True)
class Result:
    """How a probe ended: ``reason`` is a few words for people, ``took_s`` its length.

    ``is_ok`` None: this host could not ask (no file descriptors, no ports); that is no verdict.
    """

    is_ok: bool | None
    reason: str
    took_s: float = 0.0


@dataclass(frozen=True)
class Outcome:
    """What a result did to a verdict: ``was_up`` -> ``is_up`` (None = not yet known)."""

    check: Check
    was_up: bool | None
    is_up: bool | None
    failures: int
    had_failures: int
    reason: str
    is_return: bool = False  # the check that a server waited for, which an operator enabled

    @property
    def is_news(self) -> bool:
        """Does it ask for a new look at the table?"""
        return self.is_change or self.is_return

    @property
    def is_change(self) -> bool:
        """Did the verdict change?"""
        return self.was_up is not self.is_up

    @property
    def is_soft_failure(self) -> bool:
        """Did the check fail without having failed often enough to count?"""
        return self.failures > 0 and self.is_up is not False


@dataclass
class CheckState:
    """What is known of one check. Times are monotonic seconds, None = never."""

    due: float
    second_gap_s: float | None
    entry: int = 0
    is_running: bool = False
    is_up: bool | None = None
    failures: int = 0
    connects_left: int = 0
    reason: str = "not checked yet"
    since: float | None = None
    last_took_s: float = 0.0
    runs: int = 0
    checked_at: float | None = None
    good_at: float | None = None


@dataclass
class Health:
    """All checks of a monitor."""

    _states: dict[Check, CheckState] = field(default_factory=dict)
    _heap: list[tuple[float, int, Check]] = field(default_factory=list)
    _entries: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    def set_checks(self, checks: Iterable[Check], now: float) -> None:
        """Check exactly these from now on; what is known of those that stay is kept."""
        wanted = dict.fromkeys(checks)
        self._states = {check: state for check, state in self._states.items() if check in wanted}
        new = [check for check in wanted if check not in self._states]
        for index, check in enumerate(new):
            self._add(check, index / len(new), now)

    def _add(self, check: Check, phase: float, now: float) -> None:
        due = now + min(check.interval_s, FIRST_ROUND_S) * phase
        state = CheckState(due=due, second_gap_s=check.interval_s * (0.5 + phase / 2))
        self._states[check] = state
        self._push(check, state)

    def _push(self, check: Check, state: CheckState) -> None:
        state.entry = next(self._entries)
        heapq.heappush(self._heap, (state.due, state.entry, check))

    def _drop_stale(self) -> None:
        while self._heap:
            _due, entry, check = self._heap[0]
            state = self._states.get(check)
            if state is not None and state.entry == entry and not state.is_running:
                return
            heapq.heappop(self._heap)

    def get_timer(self) -> float | None:
        """When the next check is due, None when none waits."""
        self._drop_stale()
        return self._heap[0][0] if self._heap else None

    def start_due(self, now: float) -> list[Probe]:
        """The probes to start now; each must be answered by ``record`` once."""
        probes: list[Probe] = []
        while True:
            timer = self.get_timer()
            if timer is None or timer > now:
                return probes
            check = heapq.heappop(self._heap)[2]
            self._states[check].is_running = True
            probes.append(Probe(check, _kind_of_run(check, self._states[check])))

    def hasten(self, checks: Iterable[Check], now: float) -> None:
        """Have those of ``checks`` that nothing is known of run now."""
        self.advance([check for check in checks if self.is_up(check) is None], now)

    def advance(self, checks: Iterable[Check], now: float) -> None:
        """Have these checks run now; one that runs already is that run."""
        for check in checks:
            state = self._states.get(check)
            if state and not state.is_running and state.due > now:
                state.due = now
                self._push(check, state)

    def record(self, probe: Probe, result: Result, now: float) -> Outcome | None:
        """Take the result of a probe; None when it decides nothing."""
        state = self._states.get(probe.check)
        if state is None or not state.is_running:
            return None
        self._reschedule(probe.check, state, now)
        if result.is_ok is None:
            return None
        _count_connects(probe, result, state)
        was_up, had_failures = state.is_up, state.failures
        _judge(probe.check, result, state, now)
        if state.is_up is not was_up:
            state.since = now
        return Outcome(
            probe.check, was_up, state.is_up, state.failures, had_failures, result.reason
        )

    def _reschedule(self, check: Check, state: CheckState, now: float) -> None:
        gap = check.interval_s if state.second_gap_s is None else state.second_gap_s
        state.second_gap_s = None
        state.due = max(state.due + gap, now)
        state.is_running = False
        self._push(check, state)

    def is_up(self, check: Check) -> bool | None:
        """The verdict: None before the first one."""
        state = self._states.get(check)
        return None if state is None else state.is_up

    def state(self, check: Check) -> CheckState | None:
        """What is known of a check, for the status."""
        return self._states.get(check)

    def __len__(self) -> int:
        """How many servers are checked."""
        return len(self._states)


def _kind_of_run(check: Check, state: CheckState) -> str:
    return CONNECT if state.connects_left > 0 else check.kind


def _count_connects(probe: Probe, result: Result, state: CheckState) -> None:
    if not result.is_ok:
        state.connects_left = 0
    elif probe.kind == CONNECT and probe.check.kind != CONNECT:
        state.connects_left -= 1
    else:
        state.connects_left = probe.check.connects_between


def _judge(check: Check, result: Result, state: CheckState, now: float) -> None:
    state.runs += 1
    state.checked_at = now
    state.reason = result.reason
    state.last_took_s = result.took_s
    if result.is_ok:
        state.good_at = now
        state.failures = 0
        state.is_up = True
        return
    state.failures += 1
    if state.failures >= check.fall:
        state.is_up = False
