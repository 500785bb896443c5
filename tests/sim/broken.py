# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a run says when an invariant does not hold."""

from __future__ import annotations


class BrokenError(AssertionError):
    """An invariant does not hold. ``invariant`` is its number (docs/protocol.md, "What the
    simulator holds true"), ``seed`` that of the run when it is known, ``at_s`` virtual time."""

    def __init__(
        self, invariant: int, sentence: str, seed: int | None = None, at_s: float = 0.0
    ) -> None:
        """``args`` are all of it, so that it goes from one process to another."""
        super().__init__(invariant, sentence, seed, at_s)
        self.invariant, self.sentence, self.seed, self.at_s = invariant, sentence, seed, at_s

    def __str__(self) -> str:
        """One line, with how to see it again."""
        where = "" if self.seed is None else f" (seed {self.seed}: make sim SEED={self.seed})"
        return f"{self.invariant}: {self.sentence}{where}"
