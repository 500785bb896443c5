# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The processes of this machine that are the lab's guests, and what they take of it."""

from __future__ import annotations

import json
from pathlib import Path

from tests.bench.rig import NAME
from tests.integration.story.cluster import ROOT


def guest_kernels() -> dict[str, int]:
    """The kernel of each guest of the lab that is on: its process here."""
    state = json.loads((ROOT / ".lab" / NAME / "state.json").read_text(encoding="utf-8"))
    return {host: int(one["main"]["pid"]) for host, one in state["guests"].items() if one["main"]}


def family(pid: int, parents: dict[int, int] | None = None) -> set[int]:
    """A process and all that came of it."""
    parents = parents or look()[0]
    found = {pid}
    while more := {one for one, parent in parents.items() if parent in found} - found:
        found |= more
    return found


def look() -> tuple[dict[int, int], dict[int, int]]:
    """Parents, and ticks taken by each process and its children that have ended (proc(5))."""
    parents, ticks = {}, {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                text = (entry / "stat").read_text(encoding="ascii", errors="replace")
            except OSError:  # it has ended
                continue
            fields = text.rpartition(")")[2].split()
            parents[int(entry.name)] = int(fields[1])
            ticks[int(entry.name)] = sum(map(int, fields[11:15]))
    return parents, ticks
