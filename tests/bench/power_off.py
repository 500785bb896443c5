# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The active director loses its power: how long are the clients without service?"""

from __future__ import annotations

import time
from typing import Any

from ansible_collections.laico.lvs.plugins.module_utils._lvs.witness.holders import (
    find_gaps,
    find_overlaps,
)
from tests.bench.outcome import judge, spread
from tests.bench.rig import DIRECTORS, Rig
from tests.integration.story.cluster import VIP

# A request that falls into the gap is lost: its SYN would be repeated only after a second.
TIMEOUT_MS = 250.0
STEADY_S = 1.5
AFTER_S = 3.0


def power_offs(cluster: Rig, runs: int, rate: float = 200.0) -> dict[str, Any]:
    """So many power cuts, each of the director that holds then; seconds throughout."""
    found = [power_off(cluster, rate) for dummy in range(runs)]
    return {
        "runs": found,
        "outage_s": spread([run["outage_s"] for run in found]),
        "nobody_answered_s": spread([run["nobody_answered_s"] for run in found]),
        "two_holders": sum(run["two_holders"] for run in found),
    }


def power_off(cluster: Rig, rate: float = 200.0) -> dict[str, Any]:
    """One power cut. ``outage_s``: the longest time between two answers to the client;
    ``nobody_answered_s``: the same for the observer's ARP probes."""
    holder = cluster.holder()
    other = next(name for name in DIRECTORS if name != holder)
    client = cluster.client
    with client.observer() as wire, client.requests(rate, TIMEOUT_MS) as asked:
        time.sleep(STEADY_S)
        cluster.lab("power-off", holder)
        time.sleep(AFTER_S)
    outcome = judge(asked.lines())
    gaps = [later - earlier for earlier, later in find_gaps(wire.runs(), VIP)]
    cluster.lab("power-on", holder)
    cluster.wait_stable()
    if cluster.holder() != other:
        raise AssertionError(f"{other} took nothing over; {cluster.holder()} holds.")
    return {
        "holder": holder,
        "outage_s": outcome.gap_s,
        "nobody_answered_s": max(gaps, default=0.0),
        "two_holders": len(find_overlaps(wire.runs())),
        "requests": outcome.requests,
        "lost": dict(outcome.lost),
        "client_late_ms": outcome.worst_late_ms,
    }
