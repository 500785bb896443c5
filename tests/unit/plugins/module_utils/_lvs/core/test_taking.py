# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""T1 and T4: when a group is taken, and what is asked before. T5: in what order."""

from __future__ import annotations

import pytest

from ansible_collections.laico.lvs.plugins.module_utils._lvs.core import events as ev
from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.wire import MAX_TERM
from ansible_collections.laico.lvs.tests.unit.plugins.module_utils._lvs.core.heartbeat_bench import (  # noqa: E501
    DEADTIME_S,
    INITDEAD_S,
    KEEPALIVE_S,
    LEASE_S,
    MACS,
    VIP,
    Bench,
    gaps,
)


def both_up(**changes: object) -> Bench:
    bench = Bench(**changes)  # type: ignore[arg-type]
    bench.start("a", "b")
    bench.run(2.0)
    assert (bench.state("a"), bench.state("b")) == ("holding", "standby")
    return bench


def answer(bench: Bench, name: str, of: str, seconds: float) -> None:
    """Somebody answers a node's probes for a while."""
    until = bench.now + seconds
    while bench.now < until:
        bench.see(name, ev.WireAnswer(VIP, of))
        bench.run(0.1)


@pytest.mark.parametrize("is_auto_failback", [True, False])
@pytest.mark.parametrize("order", ["ab", "ba"])
def test_b3_the_first_in_the_order_takes_when_both_start(
    order: str, is_auto_failback: bool
) -> None:
    bench = Bench(is_auto_failback=is_auto_failback)
    for name in order:
        bench.start(name)
        bench.run(0.05)
    bench.run(1.0)
    assert (bench.state("a"), bench.state("b")) == ("holding", "standby")


def test_t1_the_grace_does_not_end_before_i_know_whether_i_am_fit() -> None:
    bench = Bench()
    bench.start("a", "b")
    bench.group("a").table = None
    bench.run(1.0)
    assert bench.state("b") == "standby"
    bench.see("a", ev.TableState(VIP, b"12345678", 3, is_loaded=True))
    bench.run(0.1)
    assert (bench.state("a"), bench.state("b")) == ("holding", "standby")


def test_t1_an_unfit_node_is_passed_by() -> None:
    bench = Bench()
    bench.start("a", "b")
    bench.see("a", ev.TableState(VIP, b"", 0, is_loaded=False, error="the monitor is away."))
    bench.run(1.0)
    assert (bench.state("a"), bench.state("b")) == ("standby", "holding")


def test_t1_the_term_is_one_above_the_highest_seen_and_said_at_once() -> None:
    bench = both_up()
    bench.group("b").highest = 40
    bench.kill("a")
    bench.run(DEADTIME_S + 0.1)
    assert bench.group("b").term == 41
    taken_at = bench.times("b", ev.LoadTable)[-1]
    bench.start("a")
    bench.run(0.1)
    assert bench.group("a").highest == 41
    assert taken_at > 2.0


def test_t1_nobody_takes_while_a_living_node_releases() -> None:
    bench = both_up()
    bench.unanswered.add(ev.RemoveAddresses)
    bench.see("a", ev.LinkState("eth0", is_up=False))
    bench.run(3.0)
    assert (bench.state("a"), bench.state("b")) == ("releasing", "standby")


def test_t1_a_node_in_its_grace_holds_nobody_back_for_longer_than_deadtime() -> None:
    bench = Bench("abc")
    bench.start("b")
    bench.run(INITDEAD_S - 0.1)  # b is past its grace soon; a knows nothing of c and is not
    bench.start("a")
    bench.run(0.09)
    life = bench.nodes["b"].context.peers["a"].life
    assert life is not None
    bench.cut("ba")  # a does not learn that b is past its grace
    bench.run(0.5)
    assert (bench.state("b"), bench.group("b").is_past_grace) == ("standby", True)
    bench.run(3.0)
    assert bench.state("b") == "holding"
    taken_at = bench.times("b", ev.LoadTable)[0]
    held_back_s = taken_at - max(life.since, INITDEAD_S)
    assert held_back_s == pytest.approx(DEADTIME_S, abs=2 * KEEPALIVE_S + 0.01)


def test_t1_when_all_graces_end_together_the_first_takes() -> None:
    bench = Bench("abc")
    bench.start("a", "b")
    bench.run(2.5)
    bench.start("c")
    bench.run(0.5)
    assert [bench.state(name) for name in "abc"] == ["holding", "standby", "standby"]
    assert bench.times("b", ev.LoadTable) == []


def test_t4_a_dead_holder_is_replaced_at_deadtime() -> None:
    bench = both_up()
    heard_at = bench.nodes["b"].context.peers["a"].life.heard_at  # type: ignore[union-attr]
    bench.kill("a")
    bench.run(3.0)
    assert bench.times("b", ev.LoadTable)[-1] == pytest.approx(heard_at + DEADTIME_S, abs=0.22)
    probes = bench.times("b", ev.Probe)
    assert len([at for at in probes if at <= bench.times("b", ev.LoadTable)[-1]]) >= 3


def test_t4_an_answer_on_the_wire_is_contested_and_never_taken() -> None:
    bench = both_up()
    bench.kill("a")
    answer(bench, "b", MACS["a"], 10.0)
    assert bench.state("b") == "contested"
    assert any("answers on the wire" in reason for reason in bench.alarms("b"))
    bench.run(2 * KEEPALIVE_S + 0.3)
    assert bench.state("b") == "holding"


def test_t4_contested_ends_when_the_other_agent_is_heard_again() -> None:
    bench = both_up()
    bench.cut("ab", "ba")
    answer(bench, "b", MACS["a"], 3.0)
    assert bench.state("b") == "contested"
    bench.cut()
    bench.run(0.5)
    assert (bench.state("a"), bench.state("b")) == ("holding", "standby")


def test_t4_the_later_in_the_order_waits_longer_at_start() -> None:
    bench = Bench()
    bench.cut("ab", "ba")
    bench.start("a", "b")
    bench.run(INITDEAD_S + 1.5)
    a, b = bench.times("a", ev.LoadTable)[0], bench.times("b", ev.LoadTable)[0]
    assert a == pytest.approx(INITDEAD_S, abs=0.01)
    assert b == pytest.approx(INITDEAD_S + 2 * KEEPALIVE_S, abs=0.01)


def test_t4_a_directors_probe_counts_for_the_later_only() -> None:
    bench = Bench()
    bench.cut("ab", "ba")
    bench.start("a", "b")
    macs = ev.KnownMacs((("a", (MACS["a"],)), ("b", (MACS["b"],))))
    bench.see("a", macs)
    bench.see("b", macs)
    while bench.now < INITDEAD_S + 2:
        bench.see("a", ev.WireProbe(VIP, MACS["b"]))
        bench.see("b", ev.WireProbe(VIP, MACS["a"]))
        bench.see("b", ev.WireProbe(VIP, "02:00:00:00:00:99"))
        bench.run(0.1)
    assert (bench.state("a"), bench.state("b")) == ("holding", "contested")


def test_t4_an_answer_of_no_director_is_an_alarm_and_blocks_nothing() -> None:
    bench = both_up()
    bench.kill("a")
    answer(bench, "b", "02:00:00:00:00:99", 2.0)
    assert bench.state("b") == "holding"
    assert [reason for reason in bench.alarms("b") if "arp_ignore" in reason] != []


def test_t4_while_no_macs_are_known_every_answer_blocks() -> None:
    bench = Bench()
    bench.start("b")
    bench.run(INITDEAD_S - 1)
    answer(bench, "b", "02:00:00:00:00:99", 4.0)
    assert bench.state("b") == "contested"


def test_t4_fencing_ends_the_wait() -> None:
    bench = both_up(fence_command=("fence", "{node}"))
    bench.unanswered.add(ev.Fence)
    bench.kill("a")
    answer(bench, "b", MACS["a"], 2.0)
    assert bench.state("b") == "contested"
    fences = [event for *_rest, event in bench.log if isinstance(event, ev.Fence)]
    assert [fence.node for fence in fences] == ["a"]
    bench.see("b", ev.OperationDone(fences[0].serial))
    bench.run(0.01)
    assert bench.state("b") == "holding"


def test_t4_fencing_that_fails_ends_nothing() -> None:
    bench = both_up(fence_command=("fence",))
    bench.refusals[ev.Fence] = "the power switch does not answer."
    bench.kill("a")
    answer(bench, "b", MACS["a"], 3.0)
    assert bench.state("b") == "contested"
    assert "the power switch does not answer." in bench.alarms("b")


def test_t5_table_address_announcements_five_times() -> None:
    bench = both_up()
    assert bench.kinds("a") == [ev.LoadTable, ev.AddAddresses, *[ev.Announce] * 5]
    times = bench.times("a", ev.Announce)
    assert gaps(times) == pytest.approx([0.2] * 4, abs=1e-4)


def test_t5_release_is_address_then_table() -> None:
    bench = both_up()
    begun = bench.now
    bench.see("a", ev.LinkState("eth0", is_up=False))
    bench.run(0.1)
    assert bench.kinds("a", begun) == [ev.RemoveAddresses, ev.UnloadTable]
    assert bench.state("b") == "holding"


@pytest.mark.parametrize("kind", [ev.LoadTable, ev.AddAddresses])
def test_t5_a_take_that_fails_lets_the_other_take(kind: type) -> None:
    bench = both_up()
    bench.kill("b")
    bench.see("a", ev.LinkState("eth0", is_up=False))
    bench.run(1.0)
    bench.start("b")
    bench.run(1.0)
    assert bench.state("b") == "holding"
    bench.kill("b")
    bench.see("a", ev.LinkState("eth0", is_up=True))
    bench.refusals[kind] = "the kernel refused."
    bench.run(2.0)
    assert bench.state("a") != "holding"
    assert "the kernel refused." in bench.alarms("a")
    bench.refusals.clear()
    bench.start("b")
    bench.run(1.5)
    assert bench.state("b") == "holding"


def test_an_operation_that_is_never_answered_has_failed() -> None:
    bench = Bench()
    bench.unanswered.add(ev.LoadTable)
    bench.start("a", "b")
    bench.run(13.0)
    assert any("within 10 s" in reason for reason in bench.alarms("a"))


def test_t5_a_monitor_that_hangs_does_not_keep_a_released_group_from_the_other() -> None:
    bench = Bench()
    bench.start("a", "b")
    bench.run(2.0)
    begun = bench.now
    bench.unanswered.add(ev.UnloadTable)
    bench.see("a", ev.LinkState("eth0", is_up=False))
    bench.run(3.0)
    assert bench.times("b", ev.AddAddresses, begun)[0] - begun < 0.1
    assert bench.times("a", ev.UnloadTable, begun)


def test_t5_what_the_kernel_does_not_remove_is_held_until_its_lease_has_ended() -> None:
    bench = Bench()
    bench.start("a", "b")
    bench.run(2.0)
    renewed = bench.times("a", ev.RenewLease)[-1]
    begun = bench.now
    bench.refusals[ev.RemoveAddresses] = "no."
    bench.see("a", ev.LinkState("eth0", is_up=False))
    bench.run(4.0)
    assert len(bench.times("a", ev.RemoveAddresses, begun)) > 1
    assert 0 <= bench.times("b", ev.AddAddresses, begun)[0] - renewed - LEASE_S < 0.6


def test_f4_the_highest_term_of_the_wire_is_not_exceeded() -> None:
    bench = both_up()
    bench.group("b").highest = MAX_TERM  # a holder of the key may say so
    bench.run(0.5)
    bench.see("b", ev.Command(1, "takeover"))
    bench.run(4.0)
    assert (bench.state("a"), bench.state("b")) == ("standby", "holding")
    assert bench.nodes["a"].dropped["malformed"] == 0
