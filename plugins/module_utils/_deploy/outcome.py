# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What one deployment step did or would do, as the modules return it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar


@dataclass
class Outcome:
    """``is_changed``, the differences for ``--diff`` and further return values.

    ``journal`` has the differences of all outcomes of this process in their order, those of a step
    that did not come to its end too.
    """

    journal: ClassVar[list[dict[str, str]]] = []

    is_changed: bool = False
    diff: list[dict[str, str]] = field(default_factory=list)
    values: dict[str, object] = field(default_factory=dict)

    def note(self, header: str, before: str, after: str) -> None:
        """Record one difference, after it was made; it counts as a change."""
        self.is_changed = True
        entry = {
            "before_header": header,
            "after_header": header,
            "before": before,
            "after": after,
        }
        self.diff.append(entry)
        self.journal.append(entry)

    def add(self, other: Outcome) -> None:
        """Take in what a further part of the same step did."""
        self.is_changed |= other.is_changed
        self.diff += other.diff
