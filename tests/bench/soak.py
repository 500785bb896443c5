# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Is a director taken for dead that is not? Nothing happens to the cluster but load beside it."""

from __future__ import annotations

import contextlib
import time
from typing import Any

from tests.bench.client import busy_cores
from tests.bench.outcome import judge
from tests.bench.power_off import power_offs
from tests.bench.rig import DIRECTORS, Rig
from tests.integration.story.cluster import VIP

# Keepalive and deadtime in milliseconds.
LADDER = ((10, 50), (15, 75), (20, 100), (30, 150), (40, 200), (50, 250), (100, 500), (200, 1000))
_JOURNAL = "journalctl -u lvs-heartbeat -o short-unix --since @{since:.0f} --no-pager"


def soak(cluster: Rig, seconds: float, is_busy: bool = True, rate: float = 0.0) -> dict[str, Any]:
    """Wait so long, with a loop on each core of this machine if so wished, and read what the
    agents decided meanwhile. ``said``: all that they logged."""
    holder, term = cluster.holder(), _term(cluster)
    since = time.time()
    with contextlib.ExitStack() as stack:
        asked = stack.enter_context(cluster.client.requests(rate)) if rate else None
        if is_busy:
            stack.enter_context(busy_cores())
        time.sleep(seconds)
    said = {host: cluster.run(host, _JOURNAL.format(since=since)) for host in DIRECTORS}
    lines = {host: _own_lines(text) for host, text in said.items()}
    found = {
        "seconds": seconds,
        "is_busy": is_busy,
        "is_held_throughout": (cluster.holder(), _term(cluster)) == (holder, term),
        "silences": sum("is silent" in line or ": silent:" in line for line in _all(lines)),
        "late": sum(": late:" in line for line in _all(lines)),
        "said": lines,
    }
    if asked is not None:
        outcome = judge(asked.lines())
        found.update(requests=outcome.requests, lost=dict(outcome.lost), gap_s=outcome.gap_s)
    return found


def find_fastest(
    cluster: Rig, seconds: float, short_s: float, runs: int, is_busy: bool = True
) -> dict[str, Any]:
    """The fastest times of LADDER at which nobody is taken for dead within ``seconds`` with all
    cores busy, and so many power cuts at them. Each is tried for ``short_s`` first."""
    tried = []
    for times in LADDER:
        cluster.retime(*times)
        for length in (short_s, seconds):
            found = soak(cluster, length, is_busy)
            tried.append({"keepalive_ms": times[0], "deadtime_ms": times[1], **found})
            if not found["is_held_throughout"]:
                cluster.wait_stable()
                break
        else:
            cuts = power_offs(cluster, runs) if runs else {}
            return {"fastest_ms": times, "power_off": cuts, "tried": tried}
    return {"fastest_ms": None, "tried": tried}


def _term(cluster: Rig) -> int:
    return int(cluster.status(DIRECTORS[0])["groups"][VIP]["term"])


def _own_lines(text: str) -> list[str]:
    return [line for line in text.splitlines() if "group " in line or "node " in line]


def _all(lines: dict[str, list[str]]) -> list[str]:
    return [line for some in lines.values() for line in some]
