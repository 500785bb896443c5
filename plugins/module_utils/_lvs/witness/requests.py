# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the client's lines say: losses, gaps, who answered, rounds. Pure.

A line is ``{"t", "ms", "late_ms", "server" | "error"}`` as client.py writes it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

Lines = Sequence[Mapping[str, Any]]


def in_time(lines: Lines, from_s: float, to_s: float) -> list[Mapping[str, Any]]:
    """Give the requests that began in this time, in the order in which they began."""
    found = [line for line in lines if from_s <= line["t"] < to_s]
    return sorted(found, key=lambda line: float(line["t"]))


def count_lost(lines: Lines) -> int:
    """Count the requests without a whole answer in time."""
    return sum("error" in line for line in lines)


def count_servers(lines: Lines) -> dict[str, int]:
    """Count the answers of each server, by name."""
    return dict(sorted(Counter(str(line["server"]) for line in lines if "server" in line).items()))


def count_errors(lines: Lines) -> dict[str, int]:
    """Count the losses by their cause."""
    return dict(sorted(Counter(str(line["error"]) for line in lines if "error" in line).items()))


def longest_gap_s(lines: Lines) -> float:
    """Give the longest time without a whole answer, from the first request to the last."""
    if not lines:
        return 0.0
    times = sorted(_end(line) for line in lines if "server" in line)
    edges = [float(lines[0]["t"]), *times, max(_end(line) for line in lines)]
    return max(after - before for before, after in zip(edges, edges[1:]))


def max_late_ms(lines: Iterable[Mapping[str, Any]]) -> float:
    """Give how late the client itself was at worst: beyond some 50 ms it measures itself."""
    return max((float(line.get("late_ms", 0.0)) for line in lines), default=0.0)


def find_round(lines: Lines, size: int) -> list[Mapping[str, Any]] | None:
    """Give the first ``size`` requests in a row, all answered, with clean ends.

    The request before had ended when the round began, and the round's last when the next began:
    then it is known which requests the director saw as these.
    """
    for start in range(1, len(lines) - size):
        window = list(lines[start : start + size])
        is_answered = all("server" in line for line in window)
        begins_clean = _end(lines[start - 1]) <= window[0]["t"]
        ends_clean = _end(window[-1]) <= lines[start + size]["t"]
        if is_answered and begins_clean and ends_clean:
            return window
    return None


def _end(line: Mapping[str, Any]) -> float:
    return float(line["t"]) + float(line["ms"]) / 1000
