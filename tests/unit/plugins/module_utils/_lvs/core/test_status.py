# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the agent says of itself: status, why, and one line per decision."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from ansible_collections.laico.lvs.plugins.module_utils._lvs.core import cluster as conf
from ansible_collections.laico.lvs.plugins.module_utils._lvs.core import events as ev
from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.errors import DROP_REASONS
from ansible_collections.laico.lvs.tests.unit.plugins.module_utils._lvs.core.heartbeat_bench import (  # noqa: E501
    DEADTIME_S,
    MACS,
    VIP,
    Bench,
)

WATCH = conf.Watch(("/bin/w", "-x"), 1.0, 1.0, 3, 2)


def up(names: str = "ab", **changes: object) -> Bench:
    bench = Bench(names, **changes)
    bench.start(*names)
    bench.run(2.0)
    return bench


def status(bench: Bench, name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(json.dumps(bench.nodes[name].status(bench.now)))
    return found


def why(bench: Bench, name: str) -> str:
    return str(status(bench, name)["groups"][VIP]["why"])


def decisions(bench: Bench, name: str) -> list[ev.Decision]:
    return [e for dummy, who, e in bench.log if who == name and isinstance(e, ev.Decision)]


def test_every_counter_is_there_with_its_zero() -> None:
    bench = Bench()
    bench.start("a")
    counters = status(bench, "a")["counters"]
    assert set(counters) == {"sent", "received", "new", "fresh", "duplicate", "late", "dropped"}
    assert counters["dropped"] == dict.fromkeys(DROP_REASONS, 0)


def test_what_is_looked_at_is_told() -> None:
    pings = (conf.PingNode("192.0.2.1", ("192.0.2.1",)), conf.PingNode("far", ("192.0.2.9",)))
    bench = up("abc", ping_nodes=pings, watches=(WATCH,))
    bench.see("a", ev.PingAnswer("192.0.2.1"))
    told = status(bench, "a")
    assert told["ping"] == {"192.0.2.1": True, "far": False}
    assert told["watch"] == [{"command": "/bin/w -x", "state": "unknown", "error": ""}]
    assert told["majority"] == {"living": 3, "needed": 2}
    bench.run(0.1)
    peer = status(bench, "b")["nodes"]["a"]
    assert (peer["ping_reached"], peer["hears_us"], peer["is_stopping"]) == (1, True, False)
    bench.see("a", ev.WatchResult(0, "exit code 1."))
    assert status(bench, "a")["watch"][0]["state"] == "failing"
    assert status(up(), "a")["majority"] is None


def test_a_group_is_told_whole() -> None:
    bench = up()
    group = status(bench, "b")["groups"][VIP]
    assert group["protocol_state"] == group["state"] == "standby"
    assert (group["term"], group["highest_term"], group["holder"]) == (1, 1, "a")
    assert (group["unfit_reason"], group["is_past_grace"], group["asks_wire"]) == ("", True, False)
    assert (group["healthy"], group["table_digest"]) == (3, b"12345678".hex())
    assert group["is_auto_failback"] is False
    assert group["wire_answered_by"] is group["moves_with"] is None


def contested(bench: Bench, by: str = MACS["a"]) -> None:
    bench.cut("ab", "ba")
    until = bench.now + 2.0
    while bench.now < until:
        bench.see("b", ev.WireAnswer(VIP, by))
        bench.run(0.1)


def test_contested_says_who_answers_and_for_how_long_nothing_was_heard() -> None:
    bench = up()
    contested(bench)
    group = status(bench, "b")["groups"][VIP]
    assert (group["asks_wire"], group["wire_answered_by"]) == (True, "a")
    assert group["why"] == group["reason"]
    assert "a: nothing heard for 10" in group["reason"]
    assert "answers on the wire" in group["reason"]


def test_contested_by_a_mac_that_nobody_is_known_by() -> None:
    bench = up()
    bench.nodes["b"].context.peers["a"].macs = ()
    contested(bench, "02:00:00:00:99:99")
    assert status(bench, "b")["groups"][VIP]["wire_answered_by"] == "unknown"


def test_why_names_the_first_obstacle() -> None:
    bench = Bench("abc")
    bench.start("a")
    bench.run(1.0)
    assert why(bench, "a").startswith("this agent has just started (not heard yet: b, c; 4.0 s")
    bench.run(5.0)
    assert why(bench, "a") == "no majority: 1 of 3 nodes living, 2 needed."
    bench.start("b", "c")
    bench.run(1.0)
    assert why(bench, "a").startswith("term 1: addresses set")
    assert why(bench, "c") == "a holds it with term 1."
    bench.see("c", ev.LinkState("eth0", is_up=False))
    assert why(bench, "c") == "this node is not fit: interface eth0 is down."
    bench.unanswered.update({ev.RemoveAddresses, ev.LoadTable})
    bench.see("a", ev.LinkState("eth0", is_up=False))
    bench.run(0.1)
    assert why(bench, "b") == "a has or moves it."


def test_why_names_a_node_that_comes_first() -> None:
    bench = up("abc")
    bench.kill("a")
    bench.run(DEADTIME_S - 0.3)
    bench.cut("bc")
    bench.run(0.3)
    assert bench.state("b") == "holding"
    assert why(bench, "c") == "b comes first, and is fit."


def test_why_names_the_question_to_the_wire() -> None:
    bench = up()
    bench.kill("a")
    bench.run(DEADTIME_S - 0.3)
    assert why(bench, "b") == "a holds it with term 1."
    bench.see("b", ev.WireAnswer(VIP, MACS["a"]))
    bench.run(0.3)
    assert why(bench, "b").startswith(("the wire is asked", "a: nothing heard"))


def test_a_take_says_for_how_long_the_other_was_silent() -> None:
    bench = up()
    bench.kill("a")
    bench.run(2.0)
    taken = next(d for d in decisions(bench, "b") if d.state == "taking")
    assert taken.reason.startswith("a: nothing heard for 10")
    assert taken.was == "standby"
    assert taken.lasted_s == pytest.approx(2.9, abs=0.2)


def test_each_change_of_the_state_is_one_line_with_the_state_before() -> None:
    bench = up()
    bench.see("b", ev.Command(1, "takeover"))
    bench.run(4.0)
    assert [(d.was, d.state) for d in decisions(bench, "a") if d.was] == [
        ("starting", "taking"),
        ("taking", "holding"),
        ("holding", "moving_out"),
        ("moving_out", "releasing"),
        ("releasing", "standby"),
    ]
    assert [(d.was, d.state) for d in decisions(bench, "b") if d.was] == [
        ("starting", "standby"),
        ("standby", "moving_in"),
        ("moving_in", "holding"),
    ]
    reasons = [d.reason for d in decisions(bench, "b")]
    assert "a is asked for it: the operator wants it here." in reasons


def test_no_state_changes_without_a_line() -> None:
    """Whatever happens, the last line of a group says the state that the operator reads."""
    bench = up()
    happenings: list[Callable[[], None]] = [
        lambda: bench.see("a", ev.TableState(VIP, b"", 0, is_loaded=False, error="broken.")),
        lambda: bench.see("a", ev.TableState(VIP, b"12345678", 3, is_loaded=True)),
        lambda: bench.see("a", ev.Command(1, "standby")),
        lambda: bench.see("a", ev.Command(1, "takeover")),
        lambda: bench.see("b", ev.LinkState("eth0", is_up=False)),
        lambda: bench.see("b", ev.LinkState("eth0", is_up=True)),
        lambda: contested(bench),
        bench.cut,
        lambda: bench.kill("a"),
        lambda: bench.start("a"),
    ]
    for happen in happenings:
        happen()
        for dummy in range(20):
            bench.run(0.2)
            for name in bench.nodes:
                machine = bench.group(name)
                said = decisions(bench, name)
                assert not said or said[-1].state == machine.shown == machine.shown_state(bench.now)


def test_an_unfit_standby_says_a_new_reason() -> None:
    bench = up()
    bench.see("b", ev.TableState(VIP, b"", 0, is_loaded=False, error="no answer."))
    bench.see("b", ev.TableState(VIP, b"", 0, is_loaded=False, error="the kernel refused."))
    assert [d.reason for d in decisions(bench, "b") if d.state == "unfit"] == [
        "no answer.",
        "the kernel refused.",
    ]
