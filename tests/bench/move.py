# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Planned moves back and forth: what is lost, what breaks, how long is the longest gap?"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

from ansible_collections.laico.lvs.plugins.module_utils._lvs.witness.holders import (
    find_gaps,
    find_overlaps,
)
from tests.bench.mover import movers
from tests.bench.outcome import judge, spread
from tests.bench.rig import DIRECTORS, Rig
from tests.integration.story.cluster import VIP

STRETCH_S = 2.5  # the holder that gave lingers for two seconds
BETWEEN_S = 2 * STRETCH_S
TIMEOUT_MS = 3000.0  # a SYN that is repeated is a delay, not a loss
STREAMS = 50
SPREAD = (
    "gap_s",
    "on_time_gap_s",
    "quiet_gap_s",
    "quiet_on_time_gap_s",
    "wire_gap_s",
    "wire_overlap_s",
)


def moves(cluster: Rig, count: int, rate: float = 200.0) -> dict[str, Any]:
    """So many moves, requests and transfers going on all the while; seconds throughout.

    ``gap_s``: the longest time between two answers in the stretch that begins with the move;
    ``on_time_gap_s``: the same without what the client itself was late;
    ``quiet_gap_s``, ``quiet_on_time_gap_s``: both in as long a stretch just before it, when nothing
    happens: what the machine itself costs.
    ``wire_gap_s``: how long nobody answered ARP for the VIP, ``wire_overlap_s``: how long two did.
    """
    client = cluster.client
    streams = ["--host", VIP, "--count", str(STREAMS)]
    with (
        client.observer() as wire,
        client.program("tests.bench.streams", streams) as held,
        client.requests(rate, TIMEOUT_MS) as asked,
    ):
        time.sleep(1)
        asked_at = list(move_back_and_forth(cluster, count))
        time.sleep(1)
    lines = asked.lines()
    runs = wire.runs()
    each = [_judge_move(at, lines, runs) for at in asked_at]
    whole = judge(lines)
    return {
        "moves": each,
        "requests": whole.requests,
        "lost": dict(whole.lost),
        **{name: spread([one[name] for one in each]) for name in SPREAD},
        "streams": held.lines()[-1],
        "broken": [line for line in held.lines() if line["what"] == "broken"],
        "slow_s": [line["ms"] / 1000 for line in lines if line["ms"] > 500],
    }


def move_back_and_forth(cluster: Rig, count: int) -> Iterator[float]:
    """Each move goes to the director that does not hold; gives the wall time of each."""
    here, there = sorted(DIRECTORS, key=lambda name: name != cluster.holder())
    with movers(cluster.name) as to:
        time.sleep(STRETCH_S)
        for dummy in range(count):
            here, there = there, here
            at = to[here].move()
            time.sleep(max(0.0, at + BETWEEN_S - time.time()))
            yield at


def _judge_move(at: float, lines: list[dict[str, Any]], runs: list[dict[str, Any]]) -> Any:
    until = at + STRETCH_S
    outcome, quiet = judge(lines, at, until), judge(lines, at - STRETCH_S, at)
    gaps = [b - a for a, b in find_gaps(runs, VIP) if at < a < until]
    overlaps = [o.length_s for o in find_overlaps(runs, 0.0) if at < o.first < until]
    return {
        "gap_s": outcome.gap_s,
        "gap_after_s": outcome.gap_at - at,
        "on_time_gap_s": outcome.on_time_gap_s,
        "quiet_gap_s": quiet.gap_s,
        "quiet_on_time_gap_s": quiet.on_time_gap_s,
        "lost": dict(outcome.lost),
        "wire_gap_s": max(gaps, default=0.0),
        "wire_overlap_s": max(overlaps, default=0.0),
        "client_late_ms": outcome.worst_late_ms,
    }
