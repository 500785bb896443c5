# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Traces by hand: what chance meets rarely, and figures that are worth their own sentence."""

from __future__ import annotations

import pytest

from tests.sim.broken import BrokenError
from tests.sim.clock import Clock
from tests.sim.cluster import Cluster
from tests.sim.setup import VIPS, GroupSetup, Setup


def start(setup: Setup, seed: int = 1, until: float = 6.0) -> Cluster:
    cluster = Cluster(setup, seed)
    for host in cluster.hosts.values():
        host.power_on()
    cluster.clock.run(until)
    return cluster


def holders(cluster: Cluster, group: str = VIPS[0]) -> tuple[str, ...]:
    return cluster.judge.holders.get(group, ())


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("is_auto_failback", [True, False])
@pytest.mark.parametrize("nodes", [("a", "b"), ("a", "b", "c")])
def test_without_faults_there_is_one_take(
    seed: int, is_auto_failback: bool, nodes: tuple[str, ...]
) -> None:
    group = GroupSetup(order=nodes, is_auto_failback=is_auto_failback)
    cluster = start(Setup(nodes=nodes, links=2, groups=(group,)), seed, 30.0)
    assert [take[1] for take in cluster.judge.takes] == ["a"]
    assert not [what for what in cluster.judge.worst if "two" in what]


def test_of_three_that_start_together_the_first_in_the_order_takes() -> None:
    """T1, B3: a word that a grace is over may outrun the first one's word that it is fit."""
    group = GroupSetup(order=("a", "b", "c"))
    for seed in range(25):
        cluster = start(Setup(nodes=("a", "b", "c"), groups=(group,)), seed, 1.5)
        assert [take[1] for take in cluster.judge.takes] == ["a"], f"seed {seed}"


def test_two_directors_are_active_for_a_group_each() -> None:
    groups = (GroupSetup(VIPS[0], ("a", "b")), GroupSetup(VIPS[1], ("b", "a")))
    cluster = start(Setup(groups=groups))
    assert holders(cluster, VIPS[0]) == ("a",)
    assert holders(cluster, VIPS[1]) == ("b",)
    cluster.hosts["b"].power_off()
    cluster.clock.run(12.0)
    assert holders(cluster, VIPS[0]) == holders(cluster, VIPS[1]) == ("a",)


@pytest.mark.parametrize(("keepalive_s", "deadtime_s"), [(0.2, 1.0), (0.05, 0.25)])
def test_a_power_cut_costs_deadtime_and_the_takes_own_time(
    keepalive_s: float, deadtime_s: float
) -> None:
    for seed in range(10):
        setup = Setup(keepalive_s=keepalive_s, deadtime_s=deadtime_s)
        cluster = start(setup, seed, 5.0 + seed / 100)
        cut_at = cluster.clock.now
        cluster.hosts["a"].power_off()
        cluster.clock.run(cut_at + 3)
        taken_at = next(at for at, dummy, names in cluster.judge.changes if names == ("b",))
        assert taken_at - cut_at <= deadtime_s + 0.05


def test_a_kernel_without_leases_is_found_by_a_stopped_agent() -> None:
    cluster = start(Setup(keeps_leases=False))
    cluster.hosts["a"].stop_agent()
    with pytest.raises(BrokenError, match="6: a answers though its agent is away"):
        cluster.clock.run(10.0)


def test_a_timer_that_never_passes_is_found() -> None:
    clock = Clock()

    def again() -> None:
        clock.at(clock.now, again)

    clock.at(1.0, again)
    with pytest.raises(RuntimeError, match="time stands still at 1"):
        clock.run(2.0)
