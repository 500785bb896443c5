# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The one operation of a group that the loop is carrying out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from .cluster import Group
from .context import Context
from .events import Event

OPERATION_WITHIN_S = 10.0


class Make(Protocol):
    """The events that name a group and a serial."""

    def __call__(self, group: str, serial: int) -> Event: ...


class Worker:
    """Starts operations, one at a time, and takes in their ends."""

    def __init__(self, config: Group, context: Context, now: float) -> None:
        """Nothing is under way."""
        self.config = config
        self.context = context
        self.serial = 0
        self.started_at = now
        self._then: Callable[[str, float], None] | None = None

    @property
    def name(self) -> str:
        """The group's name."""
        return self.config.name

    def start(self, make: Make, now: float, then: Callable[[str, float], None]) -> None:
        """Begin an operation; ``then(error, now)`` when it ends. One begun before is forgotten."""
        self.serial = self.context.next_serial()
        self.started_at, self._then = now, then
        self.context.emit(make(self.name, self.serial))

    def is_working(self) -> bool:
        """Whether an operation is under way."""
        return self._then is not None

    def finish(self, serial: int, error: str, now: float) -> None:
        """Take in the end of an operation; what is not the one under way is ignored."""
        if serial == self.serial and self._then is not None:
            then, self._then = self._then, None
            then(error, now)

    def bound_operation(self, now: float) -> None:
        """T5: an operation that is not answered in time has failed."""
        ends_at = self.started_at + OPERATION_WITHIN_S
        if now >= ends_at:
            self.finish(self.serial, "no answer to an operation within 10 s.", now)
        else:
            self.context.wake_at(ends_at)
