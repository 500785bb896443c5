# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a holder owes: T2, T3, T6 and the leases L1 to L3."""

from __future__ import annotations

import pytest

from ansible_collections.laico.lvs.plugins.module_utils._lvs.core import events as ev
from ansible_collections.laico.lvs.tests.unit.plugins.module_utils._lvs.core.heartbeat_bench import (  # noqa: E501
    KEEPALIVE_S,
    LEASE_S,
    MACS,
    VIP,
    Bench,
    gaps,
)


def both_up(holder: str = "a") -> Bench:
    bench = Bench()
    bench.start(holder)
    bench.run(6.0)
    bench.start(*({"a", "b"} - {holder}))
    bench.run(2.0)
    assert bench.state(holder) == "holding"
    return bench


def both_hold(first: str) -> Bench:
    """A partition of links and LAN: the second takes too, with the higher term."""
    bench = both_up(first)
    bench.cut("ab", "ba")
    bench.run(4.0)
    assert (bench.state("a"), bench.state("b")) == ("holding", "holding")
    return bench


@pytest.mark.parametrize(("first", "second"), ["ab", "ba"])
def test_t2_the_lower_term_releases_whatever_the_order(first: str, second: str) -> None:
    bench = both_hold(first)
    assert bench.group(second).term > bench.group(first).term
    bench.cut()
    bench.run(KEEPALIVE_S + 0.01)
    assert bench.state(second) == "holding"
    assert bench.state(first) in ("releasing", "standby")


def test_t2_with_equal_terms_the_later_in_the_order_releases() -> None:
    bench = both_hold("a")
    bench.group("a").term = bench.group("a").highest = bench.group("b").term
    bench.cut()
    bench.run(KEEPALIVE_S + 0.01)
    assert bench.state("a") == "holding"
    assert bench.state("b") in ("releasing", "standby")


def test_t3_the_keeper_announces_three_times_when_it_meets_another() -> None:
    bench = both_hold("a")
    bench.run(5.0)
    healed_at = bench.now
    bench.cut()
    bench.run(1.5)
    assert len(bench.times("b", ev.Announce, healed_at)) in (3, 4)
    assert bench.times("b", ev.Announce, healed_at)[0] < healed_at + KEEPALIVE_S + 0.01


def test_t3_a_new_life_of_a_peer_is_announced_to() -> None:
    bench = both_up()
    bench.run(2.0)
    begun = bench.now
    bench.start("b")  # killed and back before anybody called it silent
    bench.run(1.5)
    assert len(bench.times("a", ev.Announce, begun)) == 3


def test_t3_while_a_node_is_silent_it_announces_every_two_seconds() -> None:
    bench = both_up()
    bench.kill("b")
    bench.run(5.0)
    begun = bench.now
    bench.run(10.0)
    times = bench.times("a", ev.Announce, begun)
    assert len(times) in (4, 5)
    assert gaps(times) == pytest.approx([2.2] * (len(times) - 1), abs=0.25)


def test_t6_a_holder_that_hears_nobody_probes_every_two_keepalives() -> None:
    bench = both_up()
    assert bench.times("a", ev.Probe, bench.now - 1) == []
    bench.kill("b")
    bench.run(2.0)
    begun = bench.now
    bench.run(4.0)
    assert len(bench.times("a", ev.Probe, begun)) == pytest.approx(4.0 / (2 * KEEPALIVE_S), abs=1)


def test_t6_a_holder_that_is_heard_by_nobody_probes_too() -> None:
    bench = both_up()
    bench.cut("ab")
    for dummy in range(30):  # b does not hear a, but a answers it on the wire
        bench.run(0.1)
        bench.see("b", ev.WireAnswer(VIP, MACS["a"]))
    assert (bench.state("a"), bench.state("b")) == ("holding", "contested")
    assert bench.nodes["a"].context.peers["b"].is_living(bench.now)
    assert bench.times("a", ev.Probe, bench.now - 1) != []


def test_t6_the_first_in_the_order_announces_at_the_first_answer() -> None:
    bench = both_hold("a")
    bench.run(1.0)
    begun = bench.now
    bench.see("a", ev.WireAnswer(VIP, MACS["b"]))
    bench.run(0.7)
    assert len(bench.times("a", ev.Announce, begun)) >= 3
    assert bench.state("a") == "holding"


def test_t6_the_later_releases_after_two_answers_and_is_contested() -> None:
    bench = both_hold("a")
    bench.run(1.0)
    bench.see("b", ev.WireAnswer(VIP, MACS["a"]))
    bench.run(0.05)
    bench.see("b", ev.WireAnswer(VIP, MACS["a"]))  # the same answer, so to say
    assert bench.state("b") == "holding"
    bench.run(0.4)
    bench.see("b", ev.WireAnswer(VIP, MACS["a"]))
    bench.run(0.05)
    assert bench.state("b") == "contested"


def test_l1_the_lease_is_renewed_once_a_second() -> None:
    bench = both_up()
    begun = bench.now
    bench.run(10.0)
    assert len(bench.times("a", ev.RenewLease, begun)) == pytest.approx(10, abs=1)


def test_l2_an_address_that_was_deleted_is_put_back_at_once() -> None:
    bench = both_up()
    begun = bench.now
    bench.see("a", ev.AddressGone(VIP))
    bench.run(0.01)
    assert bench.kinds("a", begun) == [ev.AddAddresses, ev.Announce]
    assert any("putting it back" in reason for reason in bench.alarms("a"))


def test_l2_not_renewed_for_a_whole_lease_is_lost() -> None:
    bench = both_up()
    bench.unanswered.add(ev.RenewLease)
    begun, term = bench.now, bench.group("a").term
    bench.run(LEASE_S - 1.1)
    assert bench.state("a") == "holding"
    bench.run(1.2)
    assert ev.RemoveAddresses in bench.kinds("a", begun)
    assert any("lease" in reason for reason in bench.alarms("a"))
    assert max(bench.group("a").term, bench.group("b").term) > term


def freeze(bench: Bench, name: str, seconds: float) -> None:
    """A loop that is not called for a while; what is sent to it waits."""
    node = bench.nodes.pop(name)
    bench.run(seconds)
    bench.nodes[name] = node
    node.handle_timer(bench.now)
    bench._settle(name)


def test_l3_a_late_wake_goes_to_lo_first_and_comes_back_after_two_keepalives() -> None:
    bench = both_up()
    bench.kill("b")
    bench.run(0.9)  # a lease renewed just now
    bench.see("a", ev.LeaseRenewed(VIP))
    freeze(bench, "a", 1.3)
    begun = bench.now
    assert bench.kinds("a", begun)[0] is ev.MoveToLo
    bench.run(1.0)
    assert bench.state("a") == "holding"
    back_at = bench.times("a", ev.AddAddresses, begun)[0]
    assert back_at - begun == pytest.approx(2 * KEEPALIVE_S, abs=0.02)
    assert len([at for at in bench.times("a", ev.Probe, begun) if at < back_at]) >= 3


def test_l3_a_late_node_reads_before_it_speaks() -> None:
    bench = both_up()
    freeze(bench, "a", 1.3)
    before = [who for who, dummy in bench.sent].count("a")
    bench.run(0.015)
    assert [who for who, dummy in bench.sent].count("a") == before
    bench.run(0.01)
    assert [who for who, dummy in bench.sent].count("a") > before


def test_l3_an_answer_on_the_wire_after_a_late_wake_is_yielded_to() -> None:
    bench = both_up()
    bench.kill("b")
    bench.see("a", ev.LeaseRenewed(VIP))
    freeze(bench, "a", 1.3)
    bench.run(0.1)
    bench.see("a", ev.WireAnswer(VIP, MACS["b"]))
    bench.run(0.2)
    assert bench.state("a") in ("standby", "contested")


def test_l3_a_wake_after_the_lease_has_lost_the_group() -> None:
    bench = both_up()
    bench.kill("b")
    freeze(bench, "a", LEASE_S + 0.1)
    begun = bench.now
    bench.run(0.01)
    assert bench.kinds("a", begun)[:2] == [ev.RemoveAddresses, ev.UnloadTable]


def test_l3_nothing_is_taken_until_peers_are_heard_anew_or_deadtime_has_passed() -> None:
    bench = both_up("a")
    freeze(bench, "b", 3.0)
    bench.kill("a")  # dies at the moment of the thaw: what waits would make it living
    thawed_at = bench.now
    bench.run(3.0)
    taken_at = bench.times("b", ev.LoadTable)[-1]
    assert 1.0 <= taken_at - thawed_at <= 1.0 + 3 * KEEPALIVE_S


def test_a_stall_shorter_than_deadtime_moves_nothing() -> None:
    bench = both_up()
    freeze(bench, "a", 0.8)
    bench.run(2.0)
    assert (bench.state("a"), bench.state("b")) == ("holding", "standby")
    assert ev.MoveToLo not in bench.kinds("a")


def test_t4_a_forger_of_macs_fills_neither_the_log_nor_memory() -> None:
    bench = both_up()
    for number in range(500):
        mac = f"06:00:00:00:{number >> 8:02x}:{number & 255:02x}"
        bench.see("a", ev.WireAnswer(VIP, mac))
    assert 0 < len(bench.alarms("a")) <= 16
    bench.run(61.0)
    bench.see("a", ev.WireAnswer(VIP, "06:00:00:00:00:01"))
    assert len(bench.alarms("a")) <= 17
    assert bench.state("a") == "holding"
