# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""When a unit is started, restarted, reloaded or left alone; what the agent's status says."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.laico.lvs.plugins.module_utils._deploy import agent, units
from ansible_collections.laico.lvs.plugins.module_utils._deploy.units import Stamp, WantedUnit


class Host:
    """A unit's two files and what systemd would say about it."""

    def __init__(self, folder: Path) -> None:
        self.code, self.config = folder / "code", folder / "config"
        self.code.write_text("1")
        self.config.write_text("1")
        self.unit = WantedUnit("x.service", [str(self.code)], [str(self.config)])
        self.properties = {"ActiveState": "active", "InvocationID": "a"}
        self.start(after_s=1)

    def start(self, after_s: float) -> None:
        started = time.clock_gettime(time.CLOCK_MONOTONIC) + after_s
        self.properties["ExecMainStartTimestampMonotonic"] = str(int(started * 1e6))

    def stamp(self) -> Stamp:
        paths = (*self.unit.restart_on, *self.unit.reload_on)
        return Stamp(
            self.properties["InvocationID"], {path: units.digest_file(path) for path in paths}
        )

    def due(self, stamp: Stamp) -> str:
        return units.find_due(self.unit, self.properties, stamp)


@pytest.fixture(name="host")
def _host(tmp_path: Path) -> Host:
    return Host(tmp_path)


@pytest.mark.parametrize("state", ["inactive", "failed", "deactivating"])
def test_what_does_not_run_is_started(host: Host, state: str) -> None:
    host.properties["ActiveState"] = state
    assert host.due(host.stamp()) == "start"


def test_nothing_changed_nothing_due(host: Host) -> None:
    assert host.due(host.stamp()) == ""


def test_a_changed_configuration_is_a_reload_and_changed_code_a_restart(host: Host) -> None:
    stamp = host.stamp()
    host.config.write_text("2")
    assert host.due(stamp) == "reload"
    host.code.write_text("2")
    assert host.due(stamp) == "restart"


def test_a_file_touched_but_equal_is_nothing(host: Host) -> None:
    stamp = host.stamp()
    host.config.write_text("1")
    assert host.due(stamp) == ""


def test_what_a_run_that_died_left_undone_is_seen_without_a_stamp(host: Host) -> None:
    assert host.due(Stamp()) == ""
    host.start(after_s=-60)
    assert host.due(Stamp()) == "restart"
    host.unit = WantedUnit("x.service", [], [str(host.config)])
    assert host.due(Stamp()) == "reload"


def test_a_file_that_another_role_never_noted_counts_by_its_time(host: Host) -> None:
    stamp = host.stamp()
    host.start(after_s=-60)
    assert host.due(stamp) == ""
    other = host.config.with_name("haresources")
    other.write_text("1")
    host.unit = WantedUnit("x.service", [str(host.code)], [str(host.config), str(other)])
    assert host.due(stamp) == "reload"


def test_a_unit_that_restarted_by_itself_has_read_its_files(host: Host) -> None:
    stamp = host.stamp()
    host.config.write_text("2")
    host.properties["InvocationID"] = "b"
    assert host.due(stamp) == ""


@pytest.mark.parametrize(("patience_s", "tries"), [(0.0, 1), (2.0, 3), (9.0, 4)])
def test_what_comes_before_a_restart_is_tried_for_a_while(
    monkeypatch: pytest.MonkeyPatch, patience_s: float, tries: int
) -> None:
    """It succeeds at the fourth try, and each is a second after the one before."""
    now, tried = [0.0], []

    def run(argv: object, consequence: str) -> None:
        tried.append(argv)
        if len(tried) < 4:
            raise units.UnitError(consequence)

    monkeypatch.setattr(units, "run_checked", run)
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    monkeypatch.setattr(time, "sleep", lambda s: now.__setitem__(0, now[0] + s))
    unit = WantedUnit("x.service", before_restart=["give"], patience_s=patience_s)
    if tries < 4:
        with pytest.raises(units.UnitError, match="was not restarted"):
            units._run_patiently(unit)
    else:
        units._run_patiently(unit)
    assert len(tried) == tries


STATUS: dict[str, Any] = {
    "node": "laicoy",
    "nodes": {
        "laicoz": {
            "state": "living",
            "links": {
                "ucast:eth0": {"is_up": False, "heard_s": None},
                "mcast:eth1:239.0.0.1": {"is_up": True, "heard_s": 0.1},
            },
        },
        "laicoy": {"state": "living", "links": {}},
    },
    "groups": {
        "192.0.2.146": {"state": "standby", "holder": "laicoz", "reason": "x"},
        "192.0.2.147": {"state": "holding", "holder": "laicoy", "reason": "x"},
        "192.0.2.148": {"state": "contested", "holder": None, "reason": "answered on the wire"},
    },
}


LINKS = {"ucast:eth0": ("eth0", 695), "mcast:eth1:239.0.0.1": ("eth1", 694)}


def test_a_link_never_heard_of_is_silent_too() -> None:
    assert len(agent.silent_links(STATUS, {**LINKS, "bcast:eth2": ("eth2", 694)})) == 2


def test_a_group_held_by_the_wrong_node_is_named() -> None:
    assert agent.wrong_holders(STATUS, "192.0.2.146", "LaicoZ") == []
    assert len(agent.wrong_holders(STATUS, "", "laicoz")) == 2


def test_a_group_that_there_is_not_is_never_held() -> None:
    (sentence,) = agent.wrong_holders(STATUS, "192.0.2.200", "laicoz")
    assert sentence.startswith("group: 192.0.2.200 is no group of this cluster; it has 192.0.2.146")


def test_a_silent_link_is_named_with_both_ends() -> None:
    assert agent.silent_links(STATUS, LINKS) == [
        "laicoy hears nothing from laicoz on eth0 udp 695: cable, address or firewall?"
    ]


@pytest.mark.parametrize(("within_s", "silent"), [(None, 1), (0.2, 1), (0.05, 2)])
def test_a_heartbeat_from_before_the_wait_is_not_enough(
    within_s: float | None, silent: int
) -> None:
    assert len(agent.silent_links(STATUS, LINKS, within_s)) == silent


@pytest.mark.parametrize(
    ("node", "place"), [("laicoy", "active"), ("laicox", "standby"), (None, "none")]
)
def test_a_director_that_holds_a_group_is_active(
    monkeypatch: pytest.MonkeyPatch, node: str | None, place: str
) -> None:
    groups = {"192.0.2.147": {"state": "standby", "holder": "laicoy"}}
    status = {"node": node, "groups": groups} if node else None
    monkeypatch.setattr(agent, "read_status", lambda dummy: status)
    assert agent.place() == place


def test_groups_that_are_held_here() -> None:
    assert agent.held_groups(STATUS) == ["192.0.2.147"]


def test_a_group_that_nobody_holds_is_named_with_the_reason() -> None:
    (sentence,) = agent.unsettled_groups(STATUS)
    assert "192.0.2.148 is contested and held by nobody (answered on the wire)" in sentence


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({"is_past_grace": True, "is_fit": True}, []),
        ({"is_past_grace": False, "is_fit": True}, ["just started"]),
        (
            {"is_past_grace": True, "is_fit": False, "unfit_reason": "eth0 is down"},
            ["eth0 is down"],
        ),
    ],
)
def test_ready_is_who_would_take_whatever_the_others_say(
    facts: dict[str, object], said: list[str]
) -> None:
    status = {**STATUS, "groups": {"192.0.2.146": {**STATUS["groups"]["192.0.2.146"], **facts}}}
    found = agent.Goal("ready").missing(status)
    assert len(found) == len(said)
    assert all(word in sentence for word, sentence in zip(said, found))


def test_no_agent_is_no_failure(tmp_path: Path) -> None:
    assert agent.read_status(str(tmp_path / "none.sock")) is None
