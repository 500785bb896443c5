# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The node as a whole: lives (F1), counters (F3), what operators are told, new configurations."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from ansible_collections.laico.lvs.plugins.module_utils._lvs.core import cluster as conf
from ansible_collections.laico.lvs.plugins.module_utils._lvs.core import events as ev
from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.errors import ConfigError
from ansible_collections.laico.lvs.tests.unit.plugins.module_utils._lvs.core.heartbeat_bench import (  # noqa: E501
    KEEPALIVE_S,
    MACS,
    VIP,
    Bench,
    make_config,
)

SECOND = "192.0.2.147"


def both_up(**changes: object) -> Bench:
    bench = Bench(**changes)  # type: ignore[arg-type]
    bench.start("a", "b")
    bench.run(2.0)
    return bench


def changes_of(bench: Bench, name: str) -> list[tuple[str, str]]:
    return [(event.node, event.state) for dummy, who, event in bench.log
            if who == name and isinstance(event, ev.NodeChange)]  # fmt: skip


def test_f1_two_nodes_know_each_other_within_a_few_deliveries() -> None:
    bench = Bench()
    bench.start("a", "b")
    bench.run(0.06)
    assert changes_of(bench, "a") == [("b", "living")]
    assert changes_of(bench, "b") == [("a", "living")]


def test_f1_a_restart_is_known_at_once() -> None:
    bench = both_up()
    bench.start("b")
    bench.run(0.1)
    assert changes_of(bench, "a") == [("b", "living"), ("b", "living")]
    assert bench.group("b").highest == bench.group("a").term


def test_f1_answers_to_strangers_are_limited() -> None:
    bench = both_up()
    recorded = [data for who, data in bench.sent if who == "b"][:5]
    bench.kill("b")
    bench.start("b")
    bench.run(1.0)
    before = len(bench.sent)
    begun = bench.now
    while bench.now < begun + 1.0:
        for data in recorded:
            bench.deliver("a", data)
        bench.run(0.002)
    assert len(bench.sent) - before <= 1.0 / KEEPALIVE_S * (10 + 2) + 2
    assert bench.nodes["a"].dropped["unverified"] > 1000


def test_f1_a_recording_of_an_earlier_life_makes_nobody_living() -> None:
    bench = both_up()
    bench.start("a")  # an earlier life of a, which held, is recorded
    bench.run(1.0)
    recorded = [data for who, data in bench.sent if who == "a"]
    bench.kill("a")
    bench.run(0.5)
    for data in recorded:
        bench.deliver("b", data)
        bench.run(0.05)
    assert not bench.nodes["b"].context.peers["a"].is_living(bench.now)
    assert bench.state("b") == "holding"


def test_f3_what_is_dropped_is_counted() -> None:
    bench = both_up()
    mine = next(data for who, data in bench.sent if who == "a")
    bench.deliver("a", b"rubbish")
    bench.deliver("a", mine)
    bench.deliver("b", next(data for who, data in reversed(bench.sent) if who == "a"))
    foreign = Bench("ac")
    foreign.start("c")
    bench.deliver("a", foreign.sent[0][1])
    assert bench.nodes["a"].dropped["short"] == 1
    assert bench.nodes["a"].dropped["own"] == 1
    assert bench.nodes["a"].dropped["node"] == 1
    assert bench.nodes["b"].dropped["replay"] == 1


def test_a_namesake_is_an_alarm_once_a_minute() -> None:
    bench, clone = both_up(), Bench()
    clone.rng.seed(2)  # a's name and key in another life
    clone.start("a")
    clone.run(150.0)
    heard = [data for who, data in clone.sent if who == "a"]
    begun = bench.now
    for data in heard[: int(130 / KEEPALIVE_S)]:
        bench.deliver("a", data)
        bench.run(KEEPALIVE_S)
    said = [(at, event) for at, who, event in bench.log
            if who == "a" and isinstance(event, ev.NodeChange) and event.node == "a"]  # fmt: skip
    assert [round(at - begun) for at, dummy in said] == [0, 60, 120]
    assert said[0][1].state == "namesake"
    assert "another host" in said[0][1].reason
    assert "lvs_node" in said[0][1].reason
    assert changes_of(bench, "b") == [("a", "living")]


def test_another_cluster_with_the_same_key_and_names_is_not_heard() -> None:
    bench, other = Bench(), Bench(cluster="other")
    bench.start("a")
    other.start("b")
    bench.run(0.1)
    bench.deliver("a", other.sent[0][1])
    assert bench.nodes["a"].dropped["cluster"] == 1


def test_a_different_configuration_is_said_and_harms_nothing() -> None:
    bench = both_up()
    config = make_config("b", digest=b"differs!")
    bench.nodes["b"].reconfigure(config, bench.now)
    bench.run(1.0)
    reasons = [
        e.reason for dummy, who, e in bench.log if who == "a" and isinstance(e, ev.NodeChange)
    ]
    assert "differs from ours" in reasons[-1]
    assert bench.nodes["a"].status(bench.now)["nodes"]["b"]["config_digest_ok"] is False  # type: ignore[index]
    bench.kill("a")
    bench.run(2.0)
    assert bench.state("b") == "holding"


def test_status_is_ready_for_json() -> None:
    bench = both_up()
    status = json.loads(json.dumps(bench.nodes["b"].status(bench.now)))
    assert status["nodes"]["a"]["state"] == "living"
    assert status["nodes"]["a"]["links"]["ucast:eth0"]["is_up"] is True
    group = status["groups"][VIP]
    assert (group["holder"], group["state"], group["is_fit"]) == ("a", "standby", True)
    assert group["order"] == ["a", "b"]
    assert status["counters"]["sent"] > 0
    assert "dropped" in status["counters"]


def test_macs_are_learned_to_be_kept_and_known_ones_are_used() -> None:
    bench = both_up()
    learned = [e for dummy, who, e in bench.log if who == "b" and isinstance(e, ev.LearnedMacs)]
    assert learned == [ev.LearnedMacs("a", (MACS["a"],))]
    bench.start("b")
    bench.cut("ab", "ba")
    bench.see("b", ev.KnownMacs((("a", ("02:00:00:00:00:aa",)), ("x", ()))))
    assert bench.nodes["b"].context.mac_owner("02:00:00:00:00:aa") == "a"


def test_a_link_that_brings_nothing_is_named() -> None:
    second = conf.Link("ucast:eth1", "ucast", "eth1", 694)
    links = (*make_config("a").links, second)
    bench = both_up(links=links)
    assert not [event for event in link_changes(bench, "a") if event.state == "silent"]
    bench.lost_links = {"ucast:eth1"}
    bench.run(2.0)
    silent = link_changes(bench, "a")[-1]
    assert (silent.node, silent.state, silent.link) == ("b", "silent", "ucast:eth1")
    assert bench.state("b") == "standby"
    bench.lost_links = set()
    bench.run(0.5)
    assert link_changes(bench, "a")[-1].state == "living"


def link_changes(bench: Bench, name: str) -> list[ev.NodeChange]:
    return [e for dummy, who, e in bench.log
            if who == name and isinstance(e, ev.NodeChange) and e.link]  # fmt: skip


def test_a_change_is_said_at_once_and_else_every_keepalive() -> None:
    bench = both_up()
    before = len(bench.sent)
    bench.run(2.0)
    assert len(bench.sent) - before == pytest.approx(2 * 2.0 / KEEPALIVE_S, abs=2)
    before = len(bench.sent)
    bench.see("a", ev.TableState(VIP, b"12345678", 2, is_loaded=True))
    assert len(bench.sent) == before + 1


def test_a_group_that_leaves_the_configuration_is_released() -> None:
    bench = both_up()
    begun = bench.now
    config = replace(make_config("a"), groups=())
    bench.nodes["a"].reconfigure(config, bench.now)
    bench.run(0.1)
    assert bench.kinds("a", begun) == [ev.RemoveAddresses, ev.UnloadTable]
    assert bench.nodes["a"].groups == {}


def test_a_group_that_is_new_in_the_configuration_is_taken() -> None:
    bench = both_up()
    for name in "ab":
        config = make_config(name)
        group = replace(
            config.groups[0], name=SECOND, addresses=(conf.Address(SECOND, 24, "eth0"),)
        )
        both = replace(config, groups=(*config.groups, group))
        bench.nodes[name].reconfigure(both, bench.now)
        bench.see(name, ev.TableState(SECOND, b"", 0, is_loaded=True))
    bench.run(1.0)
    assert bench.nodes["a"].groups[SECOND].state == "holding"
    assert bench.state("a") == "holding"


def test_changed_addresses_of_a_held_group_are_set() -> None:
    bench = both_up()
    begun = bench.now
    config = make_config("a")
    addresses = (*config.groups[0].addresses, conf.Address(SECOND, 24, "eth0"))
    config = replace(config, groups=(replace(config.groups[0], addresses=addresses),))
    bench.nodes["a"].reconfigure(config, bench.now)
    bench.run(0.1)
    assert ev.AddAddresses in bench.kinds("a", begun)


def test_names_that_cannot_be_told_apart_leave_the_old_configuration(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bench = both_up()
    module = "ansible_collections.laico.lvs.plugins.module_utils._lvs.core.wire.short_id"
    monkeypatch.setattr(module, lambda dummy: b"same")
    with pytest.raises(ConfigError):
        bench.nodes["a"].reconfigure(make_config("a"), bench.now)
    monkeypatch.undo()
    bench.run(1.0)
    assert bench.state("a") == "holding"
