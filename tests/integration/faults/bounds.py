# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a story may cost, and the record of what it cost."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.integration.faults.pair import DEADTIME_S, KEEPALIVE_S, LEASE_S
from tests.integration.faults.table import OUTPUT
from tests.integration.faults.watch import Seen

KEEPALIVE_MS, DEADTIME_MS, LEASE_MS = 1000 * KEEPALIVE_S, 1000 * DEADTIME_S, 1000 * LEASE_S
# What issue and protocol promise of two holders.
NEVER_MS = 0.0
AFTER_LEASE_MS = 20.0
AFTER_HEAL_MS = KEEPALIVE_MS + 100
LAN_BEFORE_LINKS_MS = 5 * KEEPALIVE_MS


@dataclass(frozen=True)
class Bound:
    """``holders`` are all that answer for the address, in their order; () is not looked at, save
    that ``last`` must be the one at the end (either may be, if ""). Times in milliseconds, None
    is not looked at."""

    last: str
    holders: tuple[str, ...] = ()
    two_ms: float = NEVER_MS
    outage_ms: float | None = None
    lost: int | None = None

    def check(self, story: str, seen: Seen) -> None:
        """AssertionError with all that is out of bounds."""
        wrong = []
        if seen.two_ms > self.two_ms:
            wrong.append(f"two holders for {seen.two_ms:.1f} ms, at most {self.two_ms:g} ms")
        if self.outage_ms is not None and seen.outage_ms > self.outage_ms:
            wrong.append(f"no answer for {seen.outage_ms:.0f} ms, at most {self.outage_ms:g} ms")
        if self.lost is not None and seen.lost > self.lost:
            wrong.append(f"{seen.lost} of {seen.requests} requests lost, at most {self.lost}")
        if self.holders and tuple(seen.holders) != self.holders:
            wrong.append(f"held by {seen.holders}, not by {list(self.holders)}")
        if not seen.last or self.last not in ("", seen.last):
            wrong.append(f"held by {seen.last or 'nobody'} at last: it must be {self.last}")
        assert not wrong, f"{story}: {'; '.join(wrong)} ({seen.figures()})"

    def figures(self) -> dict[str, Any]:
        return {"two_holders_ms": self.two_ms, "outage_ms": self.outage_ms, "lost": self.lost}


def stays(holder: str) -> Bound:
    """Nothing happens: the holder answers all the time and no request is lost."""
    return Bound(holder, (holder,), lost=0)


def write_down(story: str, bound: Bound, seen: Seen, path: Path = OUTPUT) -> None:
    """Put the story's figures into the record, from which the table of the docs is made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    record = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    record[story] = {"bound": bound.figures(), "measured": seen.figures()}
    path.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
