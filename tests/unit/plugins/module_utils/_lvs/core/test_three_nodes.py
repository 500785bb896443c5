# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Three directors: majority (T1), moves between two of them seen by the third (M, O3), fencing."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ansible_collections.laico.lvs.plugins.module_utils._lvs.core import events as ev
from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.wire import short_id
from ansible_collections.laico.lvs.tests.unit.plugins.module_utils._lvs.core.heartbeat_bench import (  # noqa: E501
    DEADTIME_S,
    KEEPALIVE_S,
    MACS,
    VIP,
    Bench,
)


def all_up(names: str = "abc", **changes: object) -> Bench:
    bench = Bench(names, **changes)
    bench.start(*names)
    bench.run(2.0)
    assert states(bench) == ["holding", *["standby"] * (len(names) - 1)]
    return bench


def states(bench: Bench) -> list[str]:
    return [bench.state(name) for name in bench.nodes]


def isolate(bench: Bench, name: str) -> None:
    others = [other for other in bench.names if other != name]
    bench.cut(*(f"{name}{other}" for other in others), *(f"{other}{name}" for other in others))


def test_t1_a_majority_takes_over_and_asks_the_wire_first() -> None:
    bench = all_up()
    bench.kill("a")
    begun = bench.now
    bench.run(DEADTIME_S + 0.1)
    assert states(bench) == ["holding", "standby"]
    assert len(bench.times("b", ev.Probe, begun)) >= 3
    assert bench.times("c", ev.LoadTable) == []


def test_t1_a_minority_takes_nothing_and_says_why() -> None:
    bench = all_up()
    bench.kill("a")
    bench.run(2.0)
    bench.kill("b")
    bench.run(30.0)
    assert states(bench) == ["standby"]
    assert "1 of 3 nodes living, 2 needed" in bench.alarms("c")[-1]
    assert len(bench.alarms("c")) == 1
    bench.start("a")
    bench.run(1.5)
    assert "holding" in states(bench)


def test_t1_a_node_that_starts_alone_of_three_takes_nothing() -> None:
    bench = Bench("abc")
    bench.start("a")
    bench.run(20.0)
    assert states(bench) == ["standby"]
    bench.start("b")
    bench.run(1.0)
    assert states(bench) == ["holding", "standby"]


def test_t1_half_of_four_is_no_majority() -> None:
    MACS["d"] = "02:00:00:00:00:04"
    bench = all_up("abcd")
    bench.kill("a")
    bench.run(2.0)
    assert states(bench)[0] == "holding"
    bench.kill("b")
    bench.run(5.0)
    assert states(bench) == ["standby", "standby"]


def test_t1_with_quorum_off_the_last_one_takes() -> None:
    bench = all_up(needs_majority=False)
    bench.kill("a")
    bench.run(2.0)
    bench.kill("b")
    bench.run(3.0)
    assert states(bench) == ["holding"]


def test_t1_a_holder_without_majority_keeps_it() -> None:
    bench = all_up()
    bench.kill("b")
    bench.kill("c")
    bench.run(30.0)
    assert states(bench) == ["holding"]


def test_t1_t4_a_cut_off_holder_that_answers_on_the_wire_is_contested() -> None:
    bench = all_up()
    isolate(bench, "a")
    until = bench.now + 5.0
    while bench.now < until:
        bench.see("b", ev.WireAnswer(VIP, MACS["a"]))
        bench.run(0.1)
    assert states(bench) == ["holding", "contested", "standby"]
    bench.cut()
    bench.run(1.0)
    assert states(bench) == ["holding", "standby", "standby"]


def test_t1_losing_the_majority_ends_contested() -> None:
    bench = all_up()
    isolate(bench, "a")
    for dummy in range(20):
        bench.see("b", ev.WireAnswer(VIP, MACS["a"]))
        bench.run(0.1)
    bench.kill("c")
    for dummy in range(20):
        bench.see("b", ev.WireAnswer(VIP, MACS["a"]))
        bench.run(0.1)
    assert bench.state("b") == "standby"
    assert "no majority" in bench.group("b").reason or "majority" in bench.alarms("b")[-1]


def test_t2_after_a_heal_the_taker_of_the_majority_keeps_it() -> None:
    bench = all_up()
    isolate(bench, "a")
    bench.run(3.0)
    assert states(bench) == ["holding", "holding", "standby"]  # clients' LAN cut too: no answer
    bench.cut()
    bench.run(0.5)
    assert states(bench) == ["standby", "holding", "standby"]


@pytest.mark.parametrize("dead", ["b", "c"])
def test_m_a_planned_move_with_one_of_three_dead(dead: str) -> None:
    bench = all_up()
    bench.kill(dead)
    bench.run(2.0)
    target = "c" if dead == "b" else "b"
    begun = bench.now
    bench.see(target, ev.Command(1, "takeover"))
    bench.run(4.0)
    assert states(bench) == ["standby", "holding"]
    assert bench.answers(target) == [ev.CommandDone(1)]
    assert bench.kinds("a", begun).count(ev.MoveToLo) == 1
    assert bench.alarms("a") == bench.alarms(target) == []


def test_t1_a_third_node_that_missed_the_claim_does_not_take_from_a_lingering_giver() -> None:
    bench = all_up("cab", is_auto_failback=False)
    bench.see("a", ev.Command(1, "takeover"))
    bench.run(4.0)
    assert [bench.state(name) for name in "cab"] == ["standby", "holding", "standby"]
    bench.see("b", ev.Command(2, "takeover"))
    bench.cut("bc")  # c, the first in the order, hears the giver only
    bench.run(0.3)
    bench.cut()
    bench.run(3.0)
    assert [bench.state(name) for name in "cab"] == ["standby", "standby", "holding"]
    assert bench.times("c", ev.LoadTable, 1.0) == []


def test_b2_the_first_that_is_fit_gets_it_back() -> None:
    bench = all_up(is_auto_failback=True)
    bench.kill("a")
    bench.run(2.0)
    bench.kill("b")
    bench.start("a")
    bench.run(6.0)
    bench.start("b")
    bench.run(6.0)
    assert [bench.state(name) for name in "abc"] == ["holding", "standby", "standby"]


@pytest.mark.parametrize(("asked", "state"), [("a", "giving"), ("c", "holding")])
def test_b2_only_the_holder_that_is_asked_gives(asked: str, state: str) -> None:
    bench = all_up()
    node = bench.nodes["a"]
    machine, life = node.groups[VIP], node.context.peers["b"].life
    assert life is not None
    word = replace(life.groups[machine.group_id], is_asking=True, target=short_id(asked))
    life.groups = {machine.group_id: word}
    node.handle(ev.Macs(node.context.macs), bench.now)
    assert machine.state == state


def test_o3_a_node_that_was_passed_by_does_not_fetch_it_back() -> None:
    bench = all_up(is_auto_failback=True)
    bench.run(10.0)
    bench.see("a", ev.Command(1, "give", (), "c"))
    bench.run(20.0)
    assert states(bench) == ["standby", "standby", "holding"]
    bench.see("b", ev.Command(2, "takeover"))
    bench.run(20.0)
    assert states(bench) == ["standby", "holding", "standby"]


def contested_by_both(bench: Bench, seconds: float, *macs: str) -> None:
    until = bench.now + seconds
    while bench.now < until:
        for mac in macs:
            bench.see("c", ev.WireAnswer(VIP, mac))
        bench.run(0.1)


def test_t4_the_node_that_answers_is_fenced_and_the_other_only_when_it_answers_too() -> None:
    bench = all_up(fence_command=("/bin/fence",), needs_majority=False)
    bench.see("b", ev.Command(1, "takeover"))
    bench.run(4.0)
    bench.unanswered.add(ev.Fence)
    bench.cut("ac", "bc", "ca", "cb")
    contested_by_both(bench, 2.0, MACS["a"])
    fences = [event for *dummy, event in bench.log if isinstance(event, ev.Fence)]
    assert [fence.node for fence in fences] == ["a"]
    bench.see("c", ev.OperationDone(fences[0].serial))
    bench.run(0.1)
    assert bench.state("c") == "contested"  # b may hold it
    contested_by_both(bench, 1.0, MACS["b"])
    fences = [event for *dummy, event in bench.log if isinstance(event, ev.Fence)]
    assert [fence.node for fence in fences] == ["a", "b"]
    bench.see("c", ev.OperationDone(fences[1].serial))
    bench.run(0.01)
    assert bench.state("c") == "holding"


def test_t4_after_fencing_one_of_two_silence_on_the_wire_ends_the_wait() -> None:
    bench = all_up(fence_command=("/bin/fence",), needs_majority=False)
    bench.cut("ac", "bc", "ca", "cb")
    contested_by_both(bench, 2.0, MACS["a"])
    fenced_at = bench.times("c", ev.Fence)[0]
    bench.kill("a")
    bench.kill("b")
    bench.run(6 * KEEPALIVE_S)
    assert bench.state("c") == "holding"
    assert len(bench.times("c", ev.Fence)) == 1
    assert fenced_at
