# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the observer's runs say: who held an address, two at once, nobody. Pure.

A run is ``{"address", "mac", "first", "last", "answers"}`` as observer.py writes it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

# A probe answered by the old holder and the next one by the new is a move, not two holders.
PROBE_S = 0.01
Runs = Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class Overlap:
    """Two MACs answered for one address from ``first`` to ``last``."""

    address: str
    macs: tuple[str, str]
    first: float
    last: float

    @property
    def length_s(self) -> float:
        """How long."""
        return self.last - self.first


def find_overlaps(runs: Runs, longer_than_s: float = PROBE_S) -> list[Overlap]:
    """Give every time in which two MACs answered for one address, the earlier one first."""
    found = []
    ordered = sorted(runs, key=_first)
    for number, one in enumerate(ordered):
        for other in ordered[number + 1 :]:
            if one["address"] == other["address"] and one["mac"] != other["mac"]:
                first = max(one["first"], other["first"])
                last = min(one["last"], other["last"])
                macs = (str(one["mac"]), str(other["mac"]))
                found.append(Overlap(str(one["address"]), macs, first, last))
    return [overlap for overlap in found if overlap.length_s > longer_than_s]


def find_gaps(runs: Runs, address: str) -> Iterator[tuple[float, float]]:
    """Give every time in which nobody answered for the address, between its first and last run."""
    until: float | None = None
    for run in sorted((run for run in runs if run["address"] == address), key=_first):
        if until is not None and run["first"] > until:
            yield until, float(run["first"])
        until = max(float(run["last"]), until or 0.0)


def first_and_last(runs: Runs, address: str) -> tuple[str, str]:
    """Give the MAC that answered first, and the one that answered last ("" for nobody)."""
    mine = sorted((run for run in runs if run["address"] == address), key=_first)
    if not mine:
        return "", ""
    return str(mine[0]["mac"]), str(max(mine, key=lambda run: float(run["last"]))["mac"])


def _first(run: Mapping[str, Any]) -> float:
    return float(run["first"])
