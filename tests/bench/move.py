# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Planned moves back and forth: what is lost, what breaks, how long is the longest gap?"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from typing import Any

from ansible_collections.laico.lvs.plugins.module_utils._lvs.witness.holders import (
    find_gaps,
    find_overlaps,
)
from tests.bench.mover import Mover, movers
from tests.bench.outcome import judge, spread
from tests.bench.precedence import precedence
from tests.bench.rig import DIRECTORS, Rig
from tests.integration.story.cluster import VIP

MARGIN_S = 0.5  # of the stretch that counts as the move's, behind its confirmed end
LINGER_S = 2.0  # so long the holder that gave goes on to forward
BETWEEN_S = 5.0
TIMEOUT_MS = 3000.0  # a SYN that is repeated is a delay, not a loss
STREAMS = 50
SPREAD = (
    "took_s",
    "gap_s",
    "on_time_gap_s",
    "linger_gap_s",
    "quiet_gap_s",
    "quiet_on_time_gap_s",
    "wire_gap_s",
    "wire_overlap_s",
)


def moves(cluster: Rig, count: int, rate: float = 200.0) -> dict[str, Any]:
    """So many moves, requests and transfers going on all the while; seconds throughout.

    ``took_s``: from the order to the new holder's word that it holds;
    ``gap_s``: the longest time between two answers from the order until MARGIN_S after that word;
    ``on_time_gap_s``: the same without what the client itself was late;
    ``linger_gap_s``: from there until MARGIN_S after the holder that gave has ceased to forward;
    ``quiet_gap_s``, ``quiet_on_time_gap_s``: both in as long a stretch just before it, when nothing
    happens: what the machine itself costs.
    ``wire_gap_s``: how long nobody answered ARP for the VIP, ``wire_overlap_s``: how long two did.
    """
    client, holder = cluster.client, cluster.holder()
    streams = ["--host", VIP, "--count", str(STREAMS)]
    with (
        client.observer() as wire,
        client.program("tests.bench.streams", streams) as held,
        client.requests(rate, TIMEOUT_MS) as asked,
        movers(cluster.name) as to,
        precedence() as has_precedence,
    ):
        time.sleep(BETWEEN_S)
        told = list(move_back_and_forth(to, holder, count))
        time.sleep(1)
    lines = asked.lines()
    runs = wire.runs()
    each = [_judge_move(at, done_at, lines, runs) for at, done_at in told]
    whole = judge(lines)
    return {
        "moves": each,
        "has_precedence": has_precedence,
        "requests": whole.requests,
        "lost": dict(whole.lost),
        **{name: spread([one[name] for one in each]) for name in SPREAD},
        "streams": held.lines()[-1],
        "broken": [line for line in held.lines() if line["what"] == "broken"],
        "slow_s": [line["ms"] / 1000 for line in lines if line["ms"] > 500],
    }


def move_back_and_forth(
    to: Mapping[str, Mover], holder: str, count: int
) -> Iterator[tuple[float, float]]:
    """Each move goes to the director that does not hold; gives the wall times of each, of the
    order and of its confirmed end."""
    here, there = sorted(DIRECTORS, key=lambda name: name != holder)
    for dummy in range(count):
        here, there = there, here
        told = to[here].move()
        yield told
        time.sleep(max(0.0, told[0] + BETWEEN_S - time.time()))


def _judge_move(
    at: float, done_at: float, lines: list[dict[str, Any]], runs: list[dict[str, Any]]
) -> Any:
    until = done_at + MARGIN_S
    outcome, quiet = judge(lines, at, until), judge(lines, at - (until - at), at)
    gaps = [b - a for a, b in find_gaps(runs, VIP) if at < a < until]
    overlaps = [o.length_s for o in find_overlaps(runs, 0.0) if at < o.first < until]
    return {
        "took_s": done_at - at,
        "gap_s": outcome.gap_s,
        "gap_after_s": outcome.gap_at - at,
        "on_time_gap_s": outcome.on_time_gap_s,
        "linger_gap_s": judge(lines, until, until + LINGER_S).gap_s,
        "quiet_gap_s": quiet.gap_s,
        "quiet_on_time_gap_s": quiet.on_time_gap_s,
        "lost": dict(outcome.lost),
        "wire_gap_s": max(gaps, default=0.0),
        "wire_overlap_s": max(overlaps, default=0.0),
        "client_late_ms": outcome.worst_late_ms,
    }
