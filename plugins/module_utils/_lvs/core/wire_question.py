# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Asking the wire who answers for an address (T4, L3, M4): when to probe, and what silence is."""

from __future__ import annotations

MIN_PROBES = 3


class WireQuestion:
    """One question to the wire, for one group. Times are monotonic seconds."""

    def __init__(self) -> None:
        """Not asking."""
        self.is_asking = False
        self.is_answered = False
        self.answered_by = ""
        self.quiet_since = 0.0
        self.probe_at = 0.0
        self.probes = 0

    def begin(self, now: float) -> None:
        """Ask, if not asking already."""
        if not self.is_asking:
            self.ask_anew(now)

    def ask_anew(self, now: float) -> None:
        """Ask, and forget the answers that came before."""
        self.is_asking = True
        self.is_answered = False
        self.answered_by = ""
        self.quiet_since = self.probe_at = now
        self.probes = 0

    def end(self) -> None:
        """Ask no more."""
        self.is_asking = False
        self.is_answered = False

    def answer(self, now: float, by: str = "") -> None:
        """Somebody answered (``by``: the node whose MAC it is, if known): silence starts anew."""
        if self.is_asking:
            self.is_answered = True
            self.answered_by = by
            self.quiet_since = now
            self.probes = 0

    def is_probe_due(self, now: float, spacing_s: float) -> bool:
        """Whether to send a probe now; the next is then due after ``spacing_s``."""
        if not self.is_asking or now < self.probe_at:
            return False
        self.probe_at = now + spacing_s
        self.probes += 1
        return True

    def is_silent(self, now: float, for_s: float) -> bool:
        """T4: no answer for so long, over at least three probes."""
        return (
            self.is_asking and self.probes >= MIN_PROBES and now - self.quiet_since >= for_s - 1e-9
        )
