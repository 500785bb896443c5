# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Seeded runs hold the invariants, and cores with one rule broken do not."""

from __future__ import annotations

import time

import pytest

from tests.sim.broken import BrokenError
from tests.sim.cluster import Cluster, Setup
from tests.sim.mutants import MUTANTS
from tests.sim.run import find_broken, run_seed

SEEDS_IN_CHECK = 40
SEEDS_FOR_A_MUTANT = 40
# Those that a short search finds; the others need more runs than `make check` has time for.
QUICK_MUTANTS = [
    "T1 takes what another holds",
    "T1 the term is not raised",
    "T2 claims are not heard",
    "T2 preference beats term",
    "T4 the wire is not asked",
    "L1 leases are not renewed",
    "M2 the giver keeps the address",
    "B2 nobody asks",
    "B2 the primary grabs",
]


@pytest.mark.parametrize("first", range(1, SEEDS_IN_CHECK, 10))
def test_seeded_runs_hold_the_invariants(first: int) -> None:
    seed, error = find_broken(range(first, first + 10))
    assert seed is None, error


@pytest.mark.parametrize("name", QUICK_MUTANTS)
def test_a_core_with_a_broken_rule_is_found(name: str) -> None:
    with MUTANTS[name]():
        seed, dummy = find_broken(range(1, SEEDS_FOR_A_MUTANT))
    assert seed is not None, f"{name}: lived through {SEEDS_FOR_A_MUTANT} runs"


def test_a_run_is_its_seed() -> None:
    transcripts: list[list[str]] = [[], []]
    for lines in transcripts:
        run_seed(7, lines.append)
    assert transcripts[0] == transcripts[1]


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("is_auto_failback", [True, False])
@pytest.mark.parametrize("nodes", [("a", "b"), ("a", "b", "c")])
def test_without_faults_there_is_one_take(
    seed: int, is_auto_failback: bool, nodes: tuple[str, ...]
) -> None:
    cluster = Cluster(Setup(nodes=nodes, links=2, is_auto_failback=is_auto_failback), seed)
    for host in cluster.hosts.values():
        host.power_on()
    cluster.clock.run(60.0)
    assert [name for dummy, name in cluster.judge.takes] == ["a"]
    assert cluster.judge.worst.get("two") is None


@pytest.mark.parametrize(("keepalive_s", "deadtime_s"), [(0.2, 1.0), (0.05, 0.25)])
def test_a_power_cut_costs_deadtime_and_the_takes_own_time(
    keepalive_s: float, deadtime_s: float
) -> None:
    for seed in range(10):
        cluster = Cluster(Setup(keepalive_s=keepalive_s, deadtime_s=deadtime_s), seed)
        for host in cluster.hosts.values():
            host.power_on()
        cluster.clock.run(5.0 + seed / 100)
        cut_at = cluster.clock.now
        cluster.hosts["a"].power_off()
        cluster.clock.run(cut_at + 10)
        taken_at = next(at for at, holders in cluster.judge.changes if holders == {"b"})
        assert taken_at - cut_at <= deadtime_s + 0.05


def test_a_kernel_without_leases_is_found_by_a_stopped_agent() -> None:
    setup = Setup(keeps_leases=False)
    cluster = Cluster(setup, 1)
    for host in cluster.hosts.values():
        host.power_on()
    cluster.clock.run(5.0)
    cluster.hosts["a"].stop_agent()
    with pytest.raises(BrokenError, match="6: a answers though its agent is away"):
        cluster.clock.run(10.0)


def test_a_run_is_quick_enough_to_be_useful() -> None:
    begun = time.process_time()
    run_seed(3)
    assert time.process_time() - begun < 5.0
