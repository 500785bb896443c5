# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the observer wrote down, measured."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


def read_runs(output: Path) -> list[dict[str, Any]]:
    lines = [json.loads(line) for line in output.read_text(encoding="utf-8").splitlines()]
    return sorted((line for line in lines if "first" in line), key=lambda run: run["first"])


def overlap_s(runs: list[dict[str, Any]]) -> float:
    """For how long, at most, two MACs answered for one address at a time."""
    longest = 0.0
    for one in runs:
        for other in runs:
            if one["mac"] < other["mac"] and one["address"] == other["address"]:
                both = min(one["last"], other["last"]) - max(one["first"], other["first"])
                longest = max(longest, both)
    return longest


def longest_gap_s(runs: list[dict[str, Any]]) -> float:
    """For how long, at most, nobody answered between the first answer and the last."""
    longest, until = 0.0, runs[0]["last"]
    for run in runs[1:]:
        longest = max(longest, run["first"] - until)
        until = max(until, run["last"])
    return longest
