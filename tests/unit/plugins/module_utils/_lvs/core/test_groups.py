# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Several groups on two nodes (B4), and what a reload does to them (R)."""

from __future__ import annotations

from dataclasses import replace

from ansible_collections.laico.lvs.plugins.module_utils._lvs.core import cluster as conf
from ansible_collections.laico.lvs.plugins.module_utils._lvs.core import events as ev
from ansible_collections.laico.lvs.tests.unit.plugins.module_utils._lvs.core.heartbeat_bench import (  # noqa: E501
    DEADTIME_S,
    MACS,
    VIP,
    Bench,
    make_config,
)

SECOND, V6 = "192.0.2.147", "2001:db8::147"


def group(name: str, order: str, *more: str, is_auto_failback: bool = False) -> conf.Group:
    addresses = tuple(
        conf.Address(address, 64 if ":" in address else 24, "eth0") for address in (name, *more)
    )
    return conf.Group(name, addresses, tuple(order), is_auto_failback)


FIRST = group(VIP, "ab")


def tell_tables(bench: Bench, *names: str) -> None:
    for name in names or bench.nodes:
        for each in bench.nodes[name].groups:
            bench.see(name, ev.TableState(each, b"12345678", 3, is_loaded=True))


def up(*groups: conf.Group) -> Bench:
    bench = Bench(groups=groups)
    bench.start("a", "b")
    tell_tables(bench)
    bench.run(3.0)
    return bench


def holders(bench: Bench, name: str) -> str:
    return "".join(
        node for node in bench.nodes
        if name in bench.nodes[node].groups and bench.nodes[node].groups[name].state == "holding"
    )  # fmt: skip


def reload(bench: Bench, name: str, *groups: conf.Group) -> None:
    bench.nodes[name].reconfigure(make_config(name, groups=groups), bench.now)
    bench._settle(name)


def test_b4_two_directors_are_each_active_for_another_address() -> None:
    bench = up(FIRST, group(SECOND, "ba", V6))
    assert (holders(bench, VIP), holders(bench, SECOND)) == ("a", "b")
    bench.kill("b")
    bench.run(DEADTIME_S + 0.5)
    assert (holders(bench, VIP), holders(bench, SECOND)) == ("a", "a")


def test_b4_each_group_has_its_own_failback() -> None:
    bench = up(FIRST, group(SECOND, "ab", is_auto_failback=True))
    bench.kill("a")
    bench.run(2.0)
    bench.start("a")
    tell_tables(bench, "a")
    bench.run(8.0)
    assert (holders(bench, VIP), holders(bench, SECOND)) == ("b", "a")


def test_b4_a_command_for_one_group_leaves_the_other() -> None:
    bench = up(FIRST, group(SECOND, "ab"))
    bench.see("a", ev.Command(1, "give", (SECOND,), "b"))
    bench.run(4.0)
    assert (holders(bench, VIP), holders(bench, SECOND)) == ("a", "b")
    terms = bench.nodes["a"].groups
    assert terms[VIP].highest == 1
    assert terms[SECOND].highest == 2


def test_b4_one_group_is_unfit_and_contested_alone() -> None:
    bench = up(FIRST, group(SECOND, "ab"))
    bench.cut("ab", "ba")
    until = bench.now + 3.0
    while bench.now < until:
        bench.see("b", ev.WireAnswer(VIP, MACS["a"]))
        bench.run(0.1)
    groups = bench.nodes["b"].groups
    assert (groups[VIP].state, groups[SECOND].state) == ("contested", "holding")


def test_r1_a_group_that_comes_back_while_it_is_released_has_one_machine() -> None:
    bench = up(FIRST, group(SECOND, "ab"))
    bench.unanswered.add(ev.RemoveAddresses)
    reload(bench, "a", FIRST)
    bench.run(0.1)
    leaving = bench.nodes["a"].status(bench.now)["groups"][SECOND]  # type: ignore[index]
    assert leaving["state"] == "releasing"
    begun = bench.now
    reload(bench, "a", FIRST, group(SECOND, "ab"))
    bench.run(0.1)
    machine = bench.nodes["a"].groups[SECOND]
    assert machine.state == "releasing"
    assert bench.times("a", ev.RemoveAddresses, begun) == []  # the first one is still under way
    removal = [e for *dummy, e in bench.log if isinstance(e, ev.RemoveAddresses)][-1]
    bench.unanswered.clear()
    bench.see("a", ev.OperationDone(removal.serial))
    bench.run(1.0)
    assert bench.nodes["a"].groups[SECOND] is machine
    assert holders(bench, SECOND) == "a"  # the first that is fit


def test_r1_the_peer_does_not_take_what_is_still_being_released() -> None:
    bench = up(FIRST, group(SECOND, "ab"))
    bench.unanswered.add(ev.RemoveAddresses)
    reload(bench, "a", FIRST)
    bench.run(1.0)
    assert holders(bench, SECOND) == ""
    removal = [e for *dummy, e in bench.log if isinstance(e, ev.RemoveAddresses)][-1]
    bench.see("a", ev.OperationDone(removal.serial))
    bench.run(1.0)
    assert holders(bench, SECOND) == "b"


def test_t4_a_living_node_without_a_word_on_the_group_is_asked_for_on_the_wire() -> None:
    bench = up(FIRST)
    begun = bench.now
    reload(bench, "a", group(SECOND, "ab", VIP))  # b still knows the address by another name
    tell_tables(bench, "a")
    for dummy in range(10):
        bench.see("a", ev.WireAnswer(VIP, MACS["b"]))
        bench.run(0.1)
    assert (holders(bench, VIP), holders(bench, SECOND)) == ("b", "")
    machine = bench.nodes["a"].groups[SECOND]
    assert machine.state == "contested"
    assert "b: its configuration has no such group" in machine.reason
    reload(bench, "b", group(SECOND, "ab", VIP))
    tell_tables(bench, "b")
    bench.run(1.0)
    assert holders(bench, SECOND) == "a"
    assert len(bench.times("a", ev.Probe, begun)) >= 3


def test_r2_addresses_that_change_during_a_take_are_set_after_it() -> None:
    bench = Bench(groups=(FIRST,))
    bench.unanswered.add(ev.AddAddresses)
    bench.start("a", "b")
    bench.run(1.0)
    assert bench.state("a") == "taking"
    adds = [e for *dummy, e in bench.log if isinstance(e, ev.AddAddresses)]
    reload(bench, "a", group(VIP, "ab", SECOND))
    bench.unanswered.clear()
    begun = bench.now
    bench.see("a", ev.OperationDone(adds[0].serial))
    bench.run(0.1)
    assert len(bench.times("a", ev.AddAddresses, begun)) == 1
    assert bench.state("a") == "holding"


def test_r3_a_group_waits_for_one_on_its_way_out_that_has_its_address() -> None:
    bench = up(FIRST)
    bench.unanswered.add(ev.RemoveAddresses)
    reload(bench, "a", group(SECOND, "ab", VIP))
    reload(bench, "b", group(SECOND, "ab", VIP))
    tell_tables(bench)
    bench.run(1.0)
    assert holders(bench, SECOND) == ""
    assert "being released" in bench.nodes["a"].status(bench.now)["groups"][SECOND]["why"]  # type: ignore[index]
    removal = next(e for *dummy, e in bench.log if isinstance(e, ev.RemoveAddresses))
    bench.see("a", ev.OperationDone(removal.serial))
    bench.run(0.5)
    assert holders(bench, SECOND) == "a"


def test_r1_a_reload_at_the_limit_of_the_wire_still_speaks() -> None:
    many = tuple(group(f"192.0.2.{number}", "ab") for number in range(1, 33))
    bench = up(*many)
    bench.unanswered.add(ev.RemoveAddresses)
    others = tuple(group(f"198.51.100.{number}", "ab") for number in range(1, 33))
    before = len(bench.sent)
    reload(bench, "a", *others)
    bench.run(0.5)
    assert len(bench.sent) > before


def test_b4_a_new_group_of_a_replaced_configuration_starts_with_its_own_failback() -> None:
    bench = up(FIRST)
    for name in "ab":
        reload(bench, name, replace(FIRST, is_auto_failback=True), group(SECOND, "ba"))
    tell_tables(bench)
    bench.run(1.5)
    assert (holders(bench, VIP), holders(bench, SECOND)) == ("a", "b")
