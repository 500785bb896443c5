# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""O: what operators ask, `give` above all: moved, parked or refused with a sentence."""

from __future__ import annotations

import pytest

from ansible_collections.laico.lvs.plugins.module_utils._lvs.core import events as ev
from ansible_collections.laico.lvs.tests.unit.plugins.module_utils._lvs.core.heartbeat_bench import (  # noqa: E501
    VIP,
    Bench,
)

DONE = ev.CommandDone(1)
BROKEN = ev.TableState(VIP, b"", 0, is_loaded=False, error="no answer from the monitor.")


def both_up(names: str = "ab", **changes: object) -> Bench:
    bench = Bench(names, **changes)
    bench.start(*names)
    bench.run(2.0)
    assert bench.state(names[0]) == "holding"
    return bench


def states(bench: Bench) -> list[str]:
    return [bench.state(name) for name in bench.nodes]


def give(bench: Bench, on: str, to: str, seconds: float = 4.0) -> list[ev.CommandDone]:
    bench.see(on, ev.Command(1, "give", (), to))
    bench.run(seconds)
    return bench.answers(on)


def test_o1_give_moves_to_the_node_that_is_named_and_parks_nobody() -> None:
    bench = both_up("abc")
    begun = bench.now
    assert give(bench, "a", "c") == [DONE]
    assert states(bench) == ["standby", "standby", "holding"]
    assert bench.group("a").shown == "standby"
    assert bench.kinds("a", begun) == [ev.MoveToLo, ev.RemoveAddresses, ev.UnloadTable]
    assert "gives it to c" in next(
        e.reason for *dummy, e in bench.log if isinstance(e, ev.Decision) and "gives" in e.reason
    )


def test_o2_give_is_done_at_once_where_the_target_holds() -> None:
    bench = both_up()
    bench.see("b", ev.Command(1, "give", (), "a"))
    assert bench.answers("b") == [DONE]
    bench.see("a", ev.Command(1, "give", (), "a"))
    assert bench.answers("a") == [DONE]
    bench.run(1.0)
    assert states(bench) == ["holding", "standby"]


@pytest.mark.parametrize(
    ("on", "to", "sentence"),
    [
        ("a", "x", "x is none of"),
        ("a", "", "no node is none of"),
        ("b", "c", "not held here: ask a, which holds it"),
    ],
)
def test_o2_give_is_refused_with_what_to_do(on: str, to: str, sentence: str) -> None:
    bench = both_up("abc")
    assert sentence in give(bench, on, to, 0.1)[0].error
    assert states(bench) == ["holding", "standby", "standby"]


def test_o2_give_to_a_node_that_is_not_fit_is_refused() -> None:
    bench = both_up()
    bench.see("b", BROKEN)
    bench.run(0.1)
    assert "b is not fit" in give(bench, "a", "b", 0.1)[0].error
    bench.kill("b")
    bench.run(2.0)
    assert "b is not fit" in give(bench, "a", "b", 0.1)[1].error


def test_o2_give_does_not_change_a_move_that_is_under_way() -> None:
    bench = both_up("abc")
    bench.unanswered.add(ev.LoadTable)
    bench.see("b", ev.Command(9, "takeover"))
    bench.run(0.1)
    assert "being moved to b" in give(bench, "a", "c", 0.1)[0].error
    assert states(bench) == ["giving", "preparing", "standby"]
    assert bench.group("a").move.other == "b"


def test_o2_give_that_is_called_off_says_why_and_is_over() -> None:
    bench = both_up()
    bench.see("b", ev.TableState(VIP, b"87654321", 3, is_loaded=True))
    answers = give(bench, "a", "b", 11.0)
    assert "stays here: b was not ready in time" in answers[0].error
    bench.see("b", ev.TableState(VIP, b"12345678", 3, is_loaded=True))
    bench.run(15.0)
    assert states(bench) == ["holding", "standby"]


def test_o2_give_whose_target_dies_stays_and_says_so() -> None:
    bench = both_up()
    bench.unanswered.add(ev.ReadLinks)
    bench.see("a", ev.Command(1, "give", (), "b"))
    bench.run(0.05)
    assert bench.state("a") == "offering"
    bench.kill("b")
    bench.run(5.0)
    assert bench.state("a") == "holding"
    assert "did not confirm" in bench.answers("a")[0].error


def test_o3_what_was_given_is_not_fetched_back() -> None:
    bench = both_up(is_auto_failback=True)
    assert give(bench, "a", "b", 20.0) == [DONE]
    assert states(bench) == ["standby", "holding"]
    bench.kill("b")
    bench.run(2.0)
    assert bench.state("a") == "holding"


def test_o2_takeover_and_standby_are_done_at_once_where_they_stand() -> None:
    bench = both_up()
    bench.see("a", ev.Command(1, "takeover"))
    assert bench.answers("a") == [DONE]
    bench.see("b", ev.Command(1, "standby"))
    assert bench.answers("b") == [DONE]
    bench.see("b", ev.Command(1, "standby"))
    assert bench.answers("b") == [DONE, DONE]
    assert states(bench) == ["holding", "standby"]
    assert bench.group("b").shown == "parked"


def test_o2_a_takeover_here_is_refused_while_this_node_is_not_fit() -> None:
    bench = both_up()
    bench.see("b", BROKEN)
    bench.see("b", ev.Command(1, "takeover"))
    assert "cannot be served here: no answer from the monitor." in bench.answers("b")[0].error


def test_o1_takeover_where_nobody_holds_takes_by_the_rules() -> None:
    bench = both_up()
    bench.kill("a")
    bench.see("b", ev.Command(1, "standby"))
    bench.run(5.0)
    assert bench.state("b") == "standby"
    bench.see("b", ev.Command(2, "takeover"))
    bench.run(1.0)
    assert bench.state("b") == "holding"
    assert bench.answers("b")[-1] == ev.CommandDone(2)
