# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ping nodes and watch commands by themselves: who is reached, what fails (U3, U4)."""

from __future__ import annotations

import pytest

from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.cluster import PingNode, Watch
from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.senses import Pings, Watches

NODES = (PingNode("192.0.2.1", ("192.0.2.1",)), PingNode("core", ("192.0.2.2", "192.0.2.3")))
DEADPING_S = 3.0


def started() -> Pings:
    return Pings(NODES, DEADPING_S, now=100.0)


def test_u3_only_answers_are_said_and_only_time_to_answer_is_held_against_a_node() -> None:
    pings = started()
    assert (pings.count(100.0), pings.missing(100.0)) == (0, [])
    pings.answer("core", 101.0)
    assert (pings.count(101.0), pings.missing(102.9)) == (1, [])
    assert pings.missing(103.0) == ["192.0.2.1"]
    assert pings.reached(103.9) == {"192.0.2.1": False, "core": True}
    assert pings.missing(104.0) == ["192.0.2.1", "core"]
    assert pings.count(104.0) == 0


def test_u3_after_a_wake_there_is_time_again() -> None:
    pings = started()
    pings.start_anew(200.0)
    assert (pings.count(200.0), pings.missing(202.9)) == (0, [])
    assert pings.missing(203.0) == ["192.0.2.1", "core"]


def test_u3_a_reload_keeps_what_is_known_of_those_that_stay() -> None:
    pings = started()
    pings.answer("core", 104.0)
    pings.use((NODES[1], PingNode("new", ("192.0.2.9",))), DEADPING_S, 105.0)
    assert pings.reached(105.0) == {"core": True, "new": False}
    assert pings.missing(107.5) == ["core"]
    assert pings.missing(108.0) == ["core", "new"]


def test_u3_a_stranger_s_answer_counts_for_nothing() -> None:
    pings = started()
    pings.answer("192.0.2.77", 101.0)
    assert pings.count(101.0) == 0


def test_u3_the_node_asks_to_be_woken_when_an_answer_is_due() -> None:
    pings = started()
    pings.answer("core", 101.0)
    assert sorted(pings.turns()) == [103.0, 103.0, 104.0]


def spoken(*results: str, rise: int = 2, fall: int = 3) -> Watches:
    watches = Watches((Watch(("/bin/w", "-x"), 2.0, 1.0, fall, rise),), now=0.0)
    for error in results:
        watches.take(0, error)
    return watches


@pytest.mark.parametrize(
    ("results", "is_failing"),
    [
        (("",), False),
        (("exit code 1.",), True),  # the first counts alone
        (("", "e", "e"), False),
        (("", "e", "e", "e"), True),
        (("", "e", "e", "", "e", "e"), False),  # in a row
        (("e", ""), True),
        (("e", "", ""), False),
        (("e", "", "e", ""), True),
        (("e", "", "", "e", "e"), False),
        (("e", "", "", "e", "e", "e"), True),
    ],
)
def test_u4_fall_failures_in_a_row_and_rise_successes(
    results: tuple[str, ...], is_failing: bool
) -> None:
    assert spoken(*results).states[0].is_failing is is_failing


def test_u4_the_reason_names_the_command_and_keeps_the_failure_that_counted() -> None:
    watches = spoken("", "one.", "two.", "three.", "four.")
    assert watches.reason(9.0) == "watch commands fail: /bin/w: three."
    assert watches.states[0].error == "four."


def test_u4_what_has_not_spoken_is_a_reason_only_after_its_timeout() -> None:
    watches = spoken()
    assert (watches.reason(0.99), watches.have_spoken(0.99)) == ("", False)
    assert "/bin/w" in watches.reason(1.0)
    assert watches.have_spoken(1.0)
    assert watches.turns() == [1.0]
    watches.take(0, "")
    assert (watches.reason(1.0), watches.turns()) == ("", [])


def test_u4_a_reload_keeps_what_is_known_of_watches_that_stay() -> None:
    watches = spoken("exit code 1.")
    kept = watches.states[0].watch
    watches.use((Watch(("/bin/new",)), kept), 5.0)
    assert [state.is_failing for state in watches.states] == [False, True]
    watches.take(7, "no such watch.")
    watches.take(-1, "no such watch.")
    assert [state.error for state in watches.states] == ["", "exit code 1."]
