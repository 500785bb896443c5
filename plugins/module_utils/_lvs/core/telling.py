# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a group says of itself: one line per decision, with state, reason, and how long the state
before lasted."""

from __future__ import annotations

from .cluster import Group
from .context import Context
from .events import Decision
from .worker import Worker

ALARM_AGAIN_S = 60.0
MAX_ALARMS = 16


class Teller(Worker):
    """Keeps ``state`` and what operators read of it: ``shown``, ``reason``, and ``since`` when."""

    def __init__(self, config: Group, context: Context, now: float) -> None:
        """Just started."""
        super().__init__(config, context, now)
        self.state = "standby"
        self.shown = "starting"
        self.reason = "the agent has just started."
        self.since = now
        self._alarmed_at: dict[str, float] = {}

    def shown_state(self, now: float) -> str:
        """The operator's word for the state."""
        raise NotImplementedError

    def why_idle(self, now: float) -> str:
        """The reason of a state in which nothing is held and nothing is under way."""
        raise NotImplementedError

    def enter(self, state: str, reason: str, now: float, is_alarm: bool = False) -> None:
        """Change the state and say why, in one sentence."""
        self.state = state
        self.say(self.shown_state(now), reason, now, is_alarm)

    def say(self, shown: str, reason: str, now: float, is_alarm: bool = False) -> None:
        """Keep and emit the operator's word on the state."""
        was, lasted_s = ("", 0.0) if shown == self.shown else (self.shown, now - self.since)
        if was:
            self.since = now
        self.shown, self.reason = shown, reason
        self.context.emit(Decision(self.name, shown, reason, is_alarm, was, round(lasted_s, 3)))

    def alarm(self, reason: str, now: float) -> None:
        """An alarm about what may go on for long: not repeated within a minute, and at most
        ``MAX_ALARMS`` different ones in it (a forger of MACs fills neither memory nor the log)."""
        since = now - ALARM_AGAIN_S
        self._alarmed_at = {said: at for said, at in self._alarmed_at.items() if at > since}
        if reason not in self._alarmed_at and len(self._alarmed_at) < MAX_ALARMS:
            self._alarmed_at[reason] = now
            self.say(self.shown, reason, now, is_alarm=True)

    def show(self, now: float) -> None:
        """Say what time or fitness changed: the word, or why this node is not fit."""
        shown = self.shown_state(now)
        if shown == self.shown and shown != "unfit":
            return
        reason = self.why_idle(now)
        if shown != self.shown or reason != self.reason:
            self.say(shown, reason, now)
