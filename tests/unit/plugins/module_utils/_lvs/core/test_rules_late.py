# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is given up, or not tried again: L3 in the middle of a take, M4 after a move that failed."""

from __future__ import annotations

import pytest

from ansible_collections.laico.lvs.plugins.module_utils._lvs.core import events as ev
from ansible_collections.laico.lvs.tests.unit.plugins.module_utils._lvs.core.heartbeat_bench import (  # noqa: E501
    DEADTIME_S,
    KEEPALIVE_S,
    Bench,
    both_up,
)


def be_away(bench: Bench, name: str) -> None:
    """The loop of a node is away for longer than deadtime."""
    bench.now += 1.5 * DEADTIME_S
    bench.nodes[name].handle_timer(bench.now)
    bench.see(name, ev.LeaseRenewed("nothing"))


@pytest.mark.parametrize("hold_up", [ev.LoadTable, ev.AddAddresses])
def test_l3_a_take_that_was_half_done_is_given_up(hold_up: type) -> None:
    bench = both_up()
    bench.unanswered.add(hold_up)
    bench.kill("a")
    bench.run(DEADTIME_S + 0.1)
    assert bench.state("b") == "taking"
    since = bench.now
    be_away(bench, "b")
    assert bench.state("b") == "releasing"
    bench.unanswered.clear()
    bench.run(DEADTIME_S - 0.1)
    assert bench.state("b") == "standby"
    bench.run(2 * KEEPALIVE_S + 0.2)
    assert bench.state("b") == "holding"
    assert {ev.RemoveAddresses, ev.UnloadTable} < set(bench.kinds("b", since))


def test_m3_an_offer_that_is_being_withdrawn_is_not_taken() -> None:
    bench = both_up()
    bench.unanswered.add(ev.ReadLinks)
    bench.see("b", ev.Command(1, "takeover"))
    bench.run(0.8)
    assert (bench.state("a"), bench.state("b")) == ("offering", "ready")
    assert bench.group("a").move.is_withdrawn
    reads = [event for *_rest, event in bench.log if isinstance(event, ev.ReadLinks)]
    bench.see("b", ev.OperationDone(reads[-1].serial))
    bench.run(0.1)
    assert bench.state("b") == "ready"
    assert ev.AddAddresses not in bench.kinds("b")


def test_m4_a_move_that_failed_is_not_tried_again_for_10_s() -> None:
    bench = both_up()
    bench.unanswered.add(ev.ReadLinks)
    bench.see("b", ev.Command(1, "takeover"))
    bench.run(2.0)
    assert bench.state("a") == "holding"
    bench.unanswered.clear()
    bench.run(9.0)
    assert len(bench.times("a", ev.MoveToLo)) == 1
    bench.run(2.0)
    assert len(bench.times("a", ev.MoveToLo)) == 2
    assert bench.state("b") == "holding"


def test_m4_when_the_giver_goes_back_its_own_take_is_announced() -> None:
    bench = both_up()
    bench.unanswered.add(ev.ReadLinks)
    bench.see("b", ev.Command(1, "takeover"))
    bench.run(0.5)
    begun = bench.now
    bench.run(2.0)
    assert bench.state("a") == "holding"
    assert len(bench.times("a", ev.Announce, begun)) == 5
    assert bench.group("a").term == bench.group("a").highest
