# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How long faults cost, at a slow and a fast timing: at most what a first model of these rules
measured, or what the rules bound. `pytest -s` shows the figures."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import pytest

from tests.sim.cluster import Cluster
from tests.sim.setup import Setup

SLOW = Setup(keepalive_s=0.2, deadtime_s=1.0)
FAST = Setup(keepalive_s=0.05, deadtime_s=0.25)
SEEDS = range(8)
BOTH = [("a", "b"), ("b", "a")]
LINKS = ["ucast:eth0"]


def start(setup: Setup, seed: int) -> Cluster:
    cluster = Cluster(setup, seed)
    for host in cluster.hosts.values():
        host.power_on()
    cluster.clock.run(5.0 + seed / 37)
    return cluster


def pass_time(cluster: Cluster, for_s: float) -> None:
    cluster.clock.run(cluster.clock.now + for_s)


def longest(cluster: Cluster, holders: int, since: float) -> float:
    """For how long this many answered, at most, after a time."""
    changes = [*cluster.judge.changes, (cluster.clock.now, "", ())]
    spans = pairwise(changes)
    return max(
        [
            end[0] - max(begin[0], since)
            for begin, end in spans
            if len(begin[2]) == holders and end[0] > since
        ],
        default=0.0,
    )


def cut_both(cluster: Cluster, by: int = 1) -> None:
    cluster.lan.cut(BOTH, by)
    cluster.network.cut(LINKS, BOTH, by)
    cluster.change("LAN and links are cut" if by > 0 else "LAN and links heal")


def partition(cluster: Cluster) -> float:
    cut_both(cluster)
    pass_time(cluster, 2 * cluster.setup.deadtime_s + 1)
    cut_both(cluster, -1)
    healed_at = cluster.clock.now
    pass_time(cluster, 3)
    return longest(cluster, 2, healed_at)


def partition_lan_first(cluster: Cluster) -> float:
    cut_both(cluster)
    pass_time(cluster, 2 * cluster.setup.deadtime_s + 1)
    cluster.lan.cut(BOTH, -1)
    cluster.change("the LAN heals")
    healed_at = cluster.clock.now
    pass_time(cluster, 3)
    return longest(cluster, 2, healed_at)


def freeze(cluster: Cluster, is_clock_stopped: bool) -> float:
    cluster.hosts["a"].freeze(is_clock_stopped)
    cluster.change("freeze a")
    pass_time(cluster, cluster.setup.deadtime_s + 0.6)
    cluster.hosts["a"].thaw()
    cluster.change("thaw a")
    thawed_at = cluster.clock.now
    pass_time(cluster, 3)
    return longest(cluster, 2, thawed_at)


def freeze_and_cut_links(cluster: Cluster) -> float:
    """The later in the order holds, and thaws without having heard that it lost the group."""
    move(cluster)
    cluster.hosts["b"].freeze(is_clock_stopped=True)
    cluster.change("freeze b")
    cluster.network.cut(LINKS, BOTH, 1)
    cluster.change("links are cut")
    pass_time(cluster, cluster.setup.deadtime_s + 0.6)
    assert cluster.judge.holders == {cluster.groups[0].name: ("a",)}
    cluster.hosts["b"].thaw()
    cluster.change("thaw b")
    thawed_at = cluster.clock.now
    pass_time(cluster, 4)
    assert cluster.judge.holders == {cluster.groups[0].name: ("a",)}
    return longest(cluster, 2, thawed_at)


def stop_agent(cluster: Cluster) -> float:
    cluster.hosts["a"].stop_agent()
    cluster.change("SIGSTOP a")
    stopped_at = cluster.clock.now
    pass_time(cluster, cluster.setup.lease_s + 2)
    assert cluster.judge.holders == {cluster.groups[0].name: ("b",)}
    return longest(cluster, 0, stopped_at)


def power_off(cluster: Cluster) -> float:
    cluster.hosts["a"].power_off()
    cluster.change("power off a")
    cut_at = cluster.clock.now
    pass_time(cluster, cluster.setup.deadtime_s + 1)
    return longest(cluster, 0, cut_at)


def move(cluster: Cluster) -> float:
    cluster.command("b", "takeover")
    asked_at = cluster.clock.now
    pass_time(cluster, 5)
    assert cluster.judge.holders == {cluster.groups[0].name: ("b",)}
    assert longest(cluster, 2, asked_at) == 0.0
    return longest(cluster, 0, asked_at)


CASES = {
    "nobody after a power-off": (power_off, 1.037, 0.275),
    "nobody after SIGSTOP": (stop_agent, 0.42, 0.12),
    "nobody in a planned move": (move, 0.03, 0.03),
    "two after a partition heals": (partition, 0.21, 0.06),
    "two where the LAN heals first": (partition_lan_first, 0.85, 0.22),
    "two after a thaw, clock stopped": (lambda c: freeze(c, True), 0.21, 0.06),
    "two after a thaw, clock stopped, links cut": (freeze_and_cut_links, 2.23, 0.58),
    "two after a thaw, clock running": (lambda c: freeze(c, False), 0.015, 0.015),
}


@pytest.mark.parametrize("what", CASES)
@pytest.mark.parametrize("setup", [SLOW, FAST], ids=["slow", "fast"])
def test_a_fault_costs_at_most_its_yardstick(what: str, setup: Setup) -> None:
    act: Callable[[Cluster], float]
    act, slow_s, fast_s = CASES[what]
    worst_s = max(act(start(setup, seed)) for seed in SEEDS)
    print(f"{what}, keepalive {setup.keepalive_s} s: {worst_s:.3f} s")
    assert 0 < worst_s <= (slow_s if setup is SLOW else fast_s)
