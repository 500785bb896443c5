# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A server that an operator enables comes back after a check of its own: which, and since when."""

from __future__ import annotations

from .draining import Word
from .monitor import Monitor
from .services import Check


def checks_of(monitor: Monitor, word: Word) -> list[Check]:
    """The checks of the servers that the word is of."""
    uses = (use for key, found in monitor.servers().items() if word.covers(key) for use in found)
    return [real.check for dummy, real in uses if real.check is not None]


def check_now(monitor: Monitor, word: Word, now: float) -> None:
    """Have them run now."""
    monitor.health.advance(checks_of(monitor, word), now)


def is_checked(monitor: Monitor, word: Word) -> bool:
    """Have all of them run since the word was said?"""
    states = [monitor.health.state(check) for check in checks_of(monitor, word)]
    return all(state and (state.checked_at or 0.0) > word.since for state in states)


def check_limit_s(monitor: Monitor, word: Word) -> float:
    """How long their runs take at most; one that runs already has to end first."""
    return max((2 * check.timeout_s for check in checks_of(monitor, word)), default=0.0) + 1.0
