# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a client's lines say of an outage: who was answered, what was lost, for how long. Pure.

A line is ``{"t", "ms", "late_ms", "server" | "error"}`` as the witness's client writes it.
"""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Line = Mapping[str, Any]


@dataclass(frozen=True)
class Outcome:
    """One stretch of requests. ``gap_s`` is the longest time between two answers that came
    whole, the time a client was without service; ``on_time_gap_s`` the same as if each request had
    begun when it was due, without what the client itself was late; ``lost`` counts by reason."""

    requests: int
    answered: int
    gap_s: float
    gap_at: float
    on_time_gap_s: float
    lost: Mapping[str, int]
    worst_late_ms: float
    worst_ms: float

    @property
    def lost_count(self) -> int:
        return sum(self.lost.values())


def judge(lines: Sequence[Line], since: float = -math.inf, until: float = math.inf) -> Outcome:
    """Judge the requests that began from ``since`` to ``until`` (wall seconds)."""
    some = [line for line in lines if since <= float(line["t"]) <= until]
    whole = [line for line in some if is_whole(line)]
    ends = sorted(_end(line) for line in whole)
    gap_s, gap_at = longest_gap(ends)
    on_time = sorted(_end(line) - float(line["late_ms"]) / 1000 for line in whole)
    return Outcome(
        requests=len(some),
        answered=len(ends),
        gap_s=gap_s,
        gap_at=gap_at,
        on_time_gap_s=longest_gap(on_time)[0],
        lost=Counter(str(line["error"]) for line in some if not is_whole(line)),
        worst_late_ms=max((float(line["late_ms"]) for line in some), default=0.0),
        worst_ms=max((float(line["ms"]) for line in whole), default=0.0),
    )


def _end(line: Line) -> float:
    return float(line["t"]) + float(line["ms"]) / 1000


def is_whole(line: Line) -> bool:
    """Whether the request was answered, all of it and in time."""
    return "error" not in line


def longest_gap(times: Sequence[float]) -> tuple[float, float]:
    """The longest time between two neighbours, and when it began; (inf, 0) for fewer than two."""
    gaps = [(later - earlier, earlier) for earlier, later in itertools.pairwise(times)]
    return max(gaps, default=(math.inf, 0.0))


def spread(values: Sequence[float]) -> dict[str, float]:
    """Least, median and greatest, as the reports have them."""
    ordered = sorted(values)
    middle = len(ordered) // 2
    median = ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2
    return {"least": ordered[0], "median": median, "worst": ordered[-1]}
