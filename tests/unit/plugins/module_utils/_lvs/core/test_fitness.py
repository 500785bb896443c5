# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""U: who is fit, compared with whom, and what a holder does that is not."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ansible_collections.laico.lvs.plugins.module_utils._lvs.core import events as ev
from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.cluster import PingNode, Watch
from ansible_collections.laico.lvs.tests.unit.plugins.module_utils._lvs.core.heartbeat_bench import (  # noqa: E501
    DEADTIME_S,
    KEEPALIVE_S,
    VIP,
    Bench,
)

PINGS = (PingNode("192.0.2.1", ("192.0.2.1",)), PingNode("192.0.2.2", ("192.0.2.2",)))
DEADPING_S = 2.0
WATCH = Watch(("/usr/local/bin/can_serve", "-v"), 1.0, 1.0, 3, 2)
CHECK_S = 1.0


class Pinger:
    """Keeps the ping nodes answering: ``reaches`` says which of them a node hears."""

    def __init__(self, bench: Bench, **reaches: int) -> None:
        self.bench, self.reaches = bench, reaches

    def run(self, seconds: float) -> None:
        until = self.bench.now + seconds
        while self.bench.now < until - 1e-9:
            for name in list(self.bench.nodes):
                for node in PINGS[: self.reaches[name]]:
                    self.bench.see(name, ev.PingAnswer(node.name))
            self.bench.run(KEEPALIVE_S)


def pinged(**changes: object) -> tuple[Bench, Pinger]:
    bench = Bench("ab", ping_nodes=PINGS, deadping_s=DEADPING_S, **changes)
    bench.start("a", "b")
    pinger = Pinger(bench, a=2, b=2)
    pinger.run(3.0)
    assert states(bench) == ("holding", "standby")
    return bench, pinger


def states(bench: Bench) -> tuple[str, str]:
    return bench.state("a"), bench.state("b")


def table(healthy: int, check_s: float = CHECK_S, error: str = "") -> ev.TableState:
    return ev.TableState(VIP, b"digest%02d" % healthy, healthy, True, error, check_s)


def test_u3_a_holder_that_reaches_fewer_ping_nodes_moves_the_group() -> None:
    bench, pinger = pinged()
    begun = bench.now
    pinger.reaches["a"] = 1
    pinger.run(DEADPING_S)
    assert bench.group("a").is_fit(bench.now)
    pinger.run(3 * KEEPALIVE_S)
    assert not bench.group("a").is_fit(bench.now)
    assert "b reaches more ping nodes (no answer here: 192.0.2.2)" in bench.group("a").reason
    pinger.run(3.5)
    assert states(bench) == ("lingering", "holding")
    assert bench.kinds("a", begun)[0] is ev.MoveToLo  # planned, not grabbed


def test_u3_a_ping_node_that_dies_for_both_moves_nothing() -> None:
    bench, pinger = pinged()
    begun = bench.now
    pinger.reaches.update(a=1, b=1)
    bench.see("b", ev.PingAnswer("192.0.2.2"))
    bench.run(0.19)  # b's clock and a's differ by a ping interval
    bench.see("b", ev.PingAnswer("192.0.2.2"))
    pinger.run(15.0)
    assert states(bench) == ("holding", "standby")
    assert bench.kinds("a", begun) == []
    assert bench.alarms("a") == []


def test_u2_a_survivor_is_fit_at_once_when_its_peer_dies() -> None:
    bench, pinger = pinged()
    pinger.reaches["b"] = 1
    pinger.run(4.0)
    assert bench.group("b").shown == "unfit"
    bench.kill("a")
    pinger.run(DEADTIME_S + 0.1)
    assert bench.state("b") == "holding"


def test_u2_a_peer_that_is_not_able_is_compared_with_by_nobody() -> None:
    bench, pinger = pinged()
    bench.see("b", table(3, error="no answer from the monitor."))
    pinger.reaches["a"] = 0
    pinger.run(10.0)
    assert bench.group("a").is_fit(bench.now)
    assert states(bench) == ("holding", "standby")


def test_u2_each_better_in_one_thing_leaves_one_fit() -> None:
    bench, pinger = pinged()
    pinger.reaches["b"] = 1
    bench.see("a", table(2))
    bench.see("b", table(3))
    pinger.run(12.0)
    fit = [name for name in "ab" if bench.group(name).is_fit(bench.now)]
    assert fit == ["a"]  # ping nodes come first
    assert states(bench) == ("holding", "standby")


def test_u3_a_starting_node_makes_no_holder_give_way() -> None:
    bench, pinger = pinged()
    bench.kill("b")
    pinger.reaches.update(a=0, b=0)
    pinger.run(5.0)
    bench.start("b")
    pinger.run(8.0)
    assert states(bench) == ("holding", "standby")
    assert bench.group("a").is_fit(bench.now)


def test_u3_a_node_with_more_ping_nodes_configured_is_not_better() -> None:
    bench, pinger = pinged()
    bench.changes["ping_nodes"] = (*PINGS, PingNode("third", ("192.0.2.3",)))
    bench.start("b")
    until = bench.now + 8.0
    while bench.now < until:
        bench.see("b", ev.PingAnswer("third"))
        pinger.run(KEEPALIVE_S)
    assert bench.nodes["b"].context.pings.count(bench.now) == 3
    assert bench.group("a").is_fit(bench.now)


def test_u3_after_a_late_wake_no_ping_node_is_judged_at_once() -> None:
    bench, pinger = pinged()
    node = bench.nodes.pop("a")
    pinger.run(1.9)
    bench.nodes["a"] = node
    bench.run(0.7)
    assert bench.group("a").is_fit(bench.now)


def test_u2_fewer_healthy_servers_for_three_checks() -> None:
    bench = both_up()
    bench.see("a", table(2))
    bench.see("b", table(3))
    bench.run(3 * CHECK_S - 0.1)
    assert bench.group("a").is_fit(bench.now)
    bench.run(0.2)
    assert "b sees more healthy servers" in bench.group("a").reason
    bench.run(3.2)  # though the tables differ: the holder's is what is wrong (M1)
    assert states(bench)[1] == "holding"


def test_u2_fewer_for_two_checks_is_nothing() -> None:
    bench = both_up()
    for dummy in range(4):
        bench.see("a", table(2))
        bench.see("b", table(3))
        bench.run(2 * CHECK_S)
        assert bench.group("a").is_fit(bench.now)
        bench.see("a", table(3))
        bench.run(0.5)
    assert states(bench) == ("holding", "standby")
    assert bench.alarms("a") == []


def test_u2_a_peer_with_more_servers_configured_is_not_better() -> None:
    bench = both_up()
    bench.see("a", ev.TableState(VIP, b"12345678", 3, True, "", CHECK_S, servers=3))
    bench.see("b", ev.TableState(VIP, b"87654321", 5, True, "", CHECK_S, servers=5))
    bench.run(20.0)
    assert states(bench) == ("holding", "standby")
    assert bench.group("a").is_fit(bench.now)
    bench.see("a", ev.TableState(VIP, b"12345678", 2, True, "", CHECK_S, servers=3))
    bench.run(3 * CHECK_S + 0.1)
    assert not bench.group("a").is_fit(bench.now)


def test_u2_where_the_monitor_says_no_check_time_it_is_ten_seconds() -> None:
    bench = both_up()
    bench.see("a", table(2, check_s=0.0))
    bench.see("b", table(3, check_s=0.0))
    bench.run(29.9)
    assert bench.group("a").is_fit(bench.now)
    bench.run(0.2)
    assert not bench.group("a").is_fit(bench.now)


def both_up(**changes: object) -> Bench:
    bench = Bench(**changes)  # type: ignore[arg-type]
    bench.start("a", "b")
    bench.run(2.0)
    assert states(bench) == ("holding", "standby")
    return bench


def watched(first: str = "") -> Bench:
    bench = Bench(watches=(WATCH,))
    bench.start("a", "b")
    bench.see("a", ev.WatchResult(0, first))
    bench.see("b", ev.WatchResult(0))
    bench.run(2.0)
    return bench


def test_u4_a_watch_that_fails_moves_the_group_and_is_named() -> None:
    bench = watched()
    assert states(bench) == ("holding", "standby")
    for dummy in range(3):
        bench.see("a", ev.WatchResult(0, "exit code 1."))
        bench.run(1.0)
    assert "/usr/local/bin/can_serve: exit code 1." in bench.group("a").reason
    assert bench.alarms("a") == []
    bench.run(2.5)
    assert states(bench)[1] == "holding"


def test_u4_at_a_common_start_a_failing_watch_is_known_before_the_grace_ends() -> None:
    bench = Bench(watches=(WATCH,))
    bench.start("a", "b")
    bench.see("b", ev.WatchResult(0))
    bench.run(0.5)
    assert states(bench) == ("standby", "standby")
    bench.see("a", ev.WatchResult(0, "exit code 1."))
    bench.run(0.1)
    assert states(bench) == ("standby", "holding")


def test_u4_a_watch_that_never_speaks_makes_unfit_after_its_timeout() -> None:
    bench = Bench(watches=(WATCH,))
    bench.start("a", "b")
    bench.see("b", ev.WatchResult(0))
    bench.run(1.2)
    assert states(bench) == ("standby", "holding")
    assert "have not ended" in bench.group("a").reason


def test_u5_an_unfit_holder_keeps_it_and_says_so_when_nobody_is_fit() -> None:
    bench = both_up()
    for name in "ab":
        bench.see(name, table(3, error="no answer from the monitor."))
    bench.run(20.0)
    assert states(bench) == ("holding", "standby")
    assert bench.alarms("a") == [
        "not fit (no answer from the monitor.); no other node can take it: it stays here."
    ]
    bench.see("a", table(3))
    bench.run(0.1)
    assert "fit again" in bench.group("a").reason


def test_u5_a_dead_interface_releases_at_once() -> None:
    bench = both_up()
    begun = bench.now
    bench.see("a", ev.LinkState("eth0", is_up=False))
    assert bench.times("a", ev.RemoveAddresses, begun) == [begun]
    bench.run(0.5)
    assert states(bench) == ("standby", "holding")


def parked(bench: Bench) -> None:
    bench.see("b", ev.Command(1, "standby"))


def no_table(bench: Bench) -> None:
    bench.group("b").table = None
    bench.run(0.01)


def broken(bench: Bench) -> None:
    bench.see("b", table(3, error="the kernel refused."))


def unplugged(bench: Bench) -> None:
    bench.see("b", ev.LinkState("eth0", is_up=False))


@pytest.mark.parametrize(
    ("make_unable", "reason"),
    [(parked, "parked"), (no_table, "not spoken"), (broken, "refused"), (unplugged, "eth0")],
)
def test_u1_what_makes_a_node_unable(make_unable: Callable[[Bench], None], reason: str) -> None:
    bench = both_up()
    make_unable(bench)
    bench.run(0.1)
    assert reason in bench.group("b").reason
    word = bench.nodes["a"].context.peers["b"].word(bench.group("a").group_id)
    assert word is not None
    assert (word.is_fit, word.is_able) == (False, False)
    bench.kill("a")
    bench.run(3.0)
    assert bench.state("b") == "standby"
