# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Planned moves M1 to M4, failback B1 and B2, operators' commands, and the graceful end."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ansible_collections.laico.lvs.plugins.module_utils._lvs.core import events as ev
from ansible_collections.laico.lvs.tests.unit.plugins.module_utils._lvs.core.heartbeat_bench import (  # noqa: E501
    KEEPALIVE_S,
    MACS,
    VIP,
    Bench,
    make_config,
)

OTHER_TABLE = ev.TableState(VIP, b"87654321", 2, is_loaded=True)
SAME_TABLE = ev.TableState(VIP, b"12345678", 3, is_loaded=True)


def both_up(**changes: object) -> Bench:
    bench = Bench(**changes)  # type: ignore[arg-type]
    bench.start("a", "b")
    bench.run(2.0)
    return bench


def returned_primary(**changes: object) -> Bench:
    """a held, died, and is back; b holds."""
    bench = both_up(**changes)
    bench.kill("a")
    bench.run(2.0)
    assert bench.state("b") == "holding"
    bench.start("a")
    return bench


def states(bench: Bench) -> tuple[str, str]:
    return bench.state("a"), bench.state("b")


def test_m_a_move_in_the_order_of_the_rules() -> None:
    bench = both_up()
    begun = bench.now
    bench.see("b", ev.Command(7, "takeover"))
    bench.run(4.0)
    assert states(bench) == ("standby", "holding")
    assert bench.kinds("a", begun) == [ev.MoveToLo, ev.RemoveAddresses, ev.UnloadTable]
    assert bench.kinds("b", begun)[:4] == [
        ev.LoadTable,
        ev.ReadLinks,
        ev.AddAddresses,
        ev.Announce,
    ]
    loaded, to_lo = bench.times("b", ev.LoadTable, begun)[0], bench.times("a", ev.MoveToLo)[0]
    added = bench.times("b", ev.AddAddresses, begun)[0]
    assert loaded < to_lo < added
    assert bench.answers("b") == [ev.CommandDone(7)]
    assert bench.alarms("a") == bench.alarms("b") == []


def test_m1_nothing_moves_while_the_tables_differ() -> None:
    bench = both_up()
    bench.see("b", OTHER_TABLE)
    bench.see("b", ev.Command(1, "takeover"))
    bench.run(3.0)
    assert bench.state("a") == "giving"
    assert ev.MoveToLo not in bench.kinds("a")
    bench.see("b", SAME_TABLE)
    bench.run(0.1)
    assert bench.state("b") == "holding"


def test_m1_a_move_that_does_not_get_ready_is_called_off_and_not_tried_for_10_s() -> None:
    bench = both_up()
    bench.see("b", OTHER_TABLE)
    bench.see("b", ev.Command(1, "takeover"))
    bench.run(10.5)
    assert bench.state("a") == "holding"
    assert any("table differs" in reason for reason in bench.alarms("a"))
    bench.see("b", SAME_TABLE)
    bench.run(3.0)
    assert states(bench)[0] == "holding"
    bench.run(8.0)
    assert bench.answers("b")[0].error != ""


def test_m3_an_offer_that_was_withdrawn_while_the_links_were_read_is_not_taken() -> None:
    bench = both_up()
    bench.unanswered.add(ev.ReadLinks)
    bench.see("b", ev.Command(1, "takeover"))
    bench.run(2.5)
    assert bench.state("a") == "holding"  # gone back: M4
    reads = [event for *_rest, event in bench.log if isinstance(event, ev.ReadLinks)]
    bench.see("b", ev.OperationDone(reads[0].serial))
    bench.run(0.5)
    assert states(bench)[0] == "holding"
    assert ev.AddAddresses not in bench.kinds("b")


def lose_target_in_m2(bench: Bench) -> float:
    """The target dies when the address is on lo; returns when it went there."""
    bench.unanswered.add(ev.ReadLinks)
    bench.see("b", ev.Command(1, "takeover"))
    bench.run(0.05)
    assert bench.state("a") == "offering"
    bench.kill("b")
    return bench.times("a", ev.MoveToLo)[0]


def test_m4_without_a_confirmation_the_wire_is_asked_and_the_holder_goes_back() -> None:
    bench = both_up()
    term = bench.group("a").term
    on_lo_at = lose_target_in_m2(bench)
    bench.run(2.0)
    assert bench.state("a") == "holding"
    assert bench.group("a").term == term + 2
    back_at = bench.times("a", ev.AddAddresses, on_lo_at)[0]
    assert back_at - on_lo_at == pytest.approx(1.0, abs=0.05)
    assert len([at for at in bench.times("a", ev.Probe, on_lo_at) if at < back_at]) >= 3
    assert any("did not confirm" in reason for reason in bench.alarms("a"))


def test_m4_a_giver_that_was_away_for_the_second_asks_the_wire_all_the_same() -> None:
    bench = both_up()
    lose_target_in_m2(bench)
    node = bench.nodes.pop("a")
    bench.run(1.2)
    bench.nodes["a"] = node
    woke_at = bench.now
    bench.run(1.0)
    back_at = bench.times("a", ev.AddAddresses, woke_at)[0]
    assert back_at - woke_at == pytest.approx(2 * KEEPALIVE_S, abs=0.02)
    assert len([at for at in bench.times("a", ev.Probe, woke_at) if at < back_at]) >= 3


def test_m4_a_target_that_answers_on_the_wire_has_it() -> None:
    bench = both_up()
    lose_target_in_m2(bench)
    while bench.state("a") == "offering":
        bench.run(0.05)
        bench.see("a", ev.WireAnswer(VIP, MACS["b"]))
    assert bench.state("a") == "lingering"
    for dummy in range(20):  # its last heard word is "ready", but the wire knows better
        bench.see("a", ev.WireAnswer(VIP, MACS["b"]))
        bench.run(0.05)
        assert bench.state("a") == "lingering"


def test_m4_the_offer_is_withdrawn_before_the_wire_is_asked() -> None:
    bench = both_up()
    on_lo_at = lose_target_in_m2(bench)
    bench.run(on_lo_at + 0.7 - bench.now)
    assert bench.group("a").said(bench.now).state == "leaving"


def test_m4_a_failed_add_is_given_back_within_a_second() -> None:
    bench = both_up()
    bench.refusals[ev.AddAddresses] = "the kernel refused."
    bench.see("b", ev.Command(1, "takeover"))
    bench.run(0.2)
    bench.refusals.clear()
    bench.run(1.0)
    assert bench.state("a") == "holding"
    assert "the kernel refused." in bench.alarms("b")


def test_m4_the_giver_lingers_two_seconds_and_takes_again_if_the_target_dies() -> None:
    bench = both_up()
    bench.see("b", ev.Command(1, "takeover"))
    bench.run(0.1)
    assert states(bench) == ("lingering", "holding")
    bench.kill("b")
    bench.run(1.9)
    assert bench.state("a") == "holding"


def test_b1_with_nice_failback_the_primary_stands_by() -> None:
    bench = returned_primary(is_auto_failback=False)
    bench.run(30.0)
    assert states(bench) == ("standby", "holding")


def test_b2_without_it_the_primary_gets_it_back_after_failback_delay() -> None:
    bench = returned_primary(is_auto_failback=True)
    bench.run(1.9)
    assert states(bench) == ("standby", "holding")
    bench.run(0.3)
    assert bench.state("a") == "holding"
    assert ev.MoveToLo in bench.kinds("b")  # asked for, not grabbed


def test_b2_not_while_it_sees_fewer_healthy_servers() -> None:
    bench = returned_primary(is_auto_failback=True)
    bench.see("a", ev.TableState(VIP, b"12345678", 2, is_loaded=True))
    bench.run(6.0)
    assert states(bench) == ("standby", "holding")
    bench.see("a", SAME_TABLE)
    bench.run(0.5)
    assert bench.state("a") == "holding"


def test_b2_what_an_operator_moved_is_not_fetched_back() -> None:
    bench = both_up(is_auto_failback=True)
    bench.see("b", ev.Command(1, "takeover"))
    bench.run(20.0)
    assert states(bench) == ("standby", "holding")
    bench.see("a", ev.Command(2, "takeover"))
    bench.run(1.0)
    assert states(bench)[0] == "holding"


def test_u_standby_parks_until_takeover() -> None:
    bench = both_up(is_auto_failback=True)
    bench.see("a", ev.Command(1, "standby"))
    bench.run(20.0)
    assert states(bench) == ("standby", "holding")
    assert bench.group("a").shown == "parked"
    assert bench.answers("a") == [ev.CommandDone(1)]
    bench.see("a", ev.Command(2, "takeover", (VIP,)))
    bench.run(0.5)
    assert bench.state("a") == "holding"


def test_u_standby_without_a_fit_peer_is_refused() -> None:
    bench = both_up()
    bench.kill("b")
    bench.run(2.0)
    bench.see("a", ev.Command(1, "standby"))
    bench.run(0.1)
    assert bench.state("a") == "holding"
    assert "no other node is fit" in bench.answers("a")[0].error


@pytest.mark.parametrize(("verb", "groups"), [("standby", ("192.0.2.9",)), ("dance", ())])
def test_commands_that_make_no_sense_are_refused(verb: str, groups: tuple[str, ...]) -> None:
    bench = both_up()
    bench.see("a", ev.Command(1, verb, groups))
    assert bench.answers("a")[0].error != ""


def test_u_a_holder_whose_table_fails_moves_the_group_after_three_seconds() -> None:
    bench = both_up()
    bench.see("a", ev.TableState(VIP, b"", 0, is_loaded=False, error="no answer from the monitor."))
    bench.run(2.5)
    assert bench.state("a") == "holding"
    bench.run(1.0)
    assert states(bench) == ("lingering", "holding")


def test_u_an_unfit_holder_keeps_it_when_nobody_is_fit() -> None:
    bench = both_up()
    broken = ev.TableState(VIP, b"", 0, is_loaded=False, error="no answer from the monitor.")
    bench.see("a", broken)
    bench.see("b", broken)
    bench.run(10.0)
    assert states(bench) == ("holding", "standby")


def test_stop_gives_the_group_to_a_fit_peer() -> None:
    bench = both_up()
    node = bench.nodes["a"]
    node.stop(bench.now)
    bench._settle("a")
    bench.run(3.0)
    assert node.is_stopped
    assert bench.state("b") == "holding"
    assert ev.MoveToLo in bench.kinds("a")


def test_stop_releases_when_nobody_can_take_it() -> None:
    bench = both_up()
    bench.kill("b")
    node = bench.nodes["a"]
    node.stop(bench.now)
    bench._settle("a")
    bench.run(2.5)
    assert node.is_stopped
    assert bench.kinds("a")[-2:] == [ev.RemoveAddresses, ev.UnloadTable]


@pytest.mark.parametrize(
    ("state", "hold_up"),
    [("giving", ev.LoadTable), ("offering", ev.ReadLinks)],
)
def test_m_a_reload_that_removes_the_target_ends_the_move(state: str, hold_up: type) -> None:
    bench = Bench("abc")
    bench.start("a", "b", "c")
    bench.run(3.0)
    bench.unanswered.add(hold_up)
    bench.see("b", ev.Command(1, "takeover"))
    bench.run(0.1)
    assert bench.state("a") == state
    bench.kill("b")
    config = make_config("a", "abc")
    group = replace(config.groups[0], order=("a", "c"))
    bench.nodes["a"].reconfigure(replace(config, nodes=("a", "c"), groups=(group,)), bench.now)
    bench.run(2.0)
    assert bench.state("a") == "holding"


def test_a_command_for_several_groups_begins_all_or_nothing() -> None:
    other = "192.0.2.147"
    first = make_config("a").groups[0]
    second = replace(first, name=other, addresses=(replace(first.addresses[0], address=other),))
    bench = Bench(groups=(first, second))
    bench.start("a", "b")
    bench.see("a", replace(SAME_TABLE, group=other))
    bench.see("b", replace(SAME_TABLE, group=other, error="no table."))
    bench.run(2.0)
    bench.see("a", ev.Command(1, "standby"))
    bench.run(3.0)
    assert "no other node is fit" in bench.answers("a")[0].error
    assert states(bench) == ("holding", "standby")
