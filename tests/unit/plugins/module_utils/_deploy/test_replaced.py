# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Old daemons end in their order, all of them, and before anything of ours is there."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.laico.lvs.plugins.module_utils._deploy import (
    replaced,
    setup,
    survey,
    units,
)
from ansible_collections.laico.lvs.plugins.module_utils._deploy.units import UnitError


class Host:
    """A systemd with units that run, and processes that are gone some seconds after them."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.asked: list[str] = []
        self.stopped: set[str] = set()
        self.lingers = {"ldirectord": 3.0}
        self.now = 0.0
        monkeypatch.setattr(units, "show", self.show)
        monkeypatch.setattr(units, "systemctl", self.systemctl)
        monkeypatch.setattr(survey, "find_running", self.find_running)
        monkeypatch.setattr(time, "monotonic", lambda: self.now)
        monkeypatch.setattr(time, "sleep", self.sleep)

    def sleep(self, seconds: float) -> None:
        self.now += seconds

    def show(self, name: str) -> dict[str, str]:
        state = "inactive" if name in self.stopped else "active"
        enabled = "disabled" if name in self.stopped else "enabled"
        return {"LoadState": "loaded", "ActiveState": state, "UnitFileState": enabled}

    def systemctl(self, *words: str, **dummy: Any) -> subprocess.CompletedProcess[str]:
        self.asked.append(" ".join(words))
        if words[0] == "stop":
            self.stopped.add(words[1])
        return subprocess.CompletedProcess(words, 0, "", "")

    def find_running(self, names: list[str]) -> list[str]:
        return [
            name
            for name in names
            if name not in self.stopped or self.now < self.lingers.get(name, 0.0)
        ]


@pytest.fixture(name="host")
def _host(monkeypatch: pytest.MonkeyPatch) -> Host:
    return Host(monkeypatch)


@pytest.mark.parametrize("names", [["heartbeat", "ldirectord"], ["ldirectord", "heartbeat"]])
def test_who_moves_the_address_ends_before_who_fills_the_table(
    host: Host, names: list[str]
) -> None:
    outcome = replaced.ensure_replaced(names, is_check=False)
    assert outcome.is_changed
    assert host.asked == [
        "stop heartbeat", "disable heartbeat", "stop ldirectord", "disable ldirectord",
    ]  # fmt: skip


def test_it_ends_when_nothing_runs_any_more(host: Host) -> None:
    replaced.ensure_replaced(["ldirectord"], is_check=False)
    assert 3.0 <= host.now < 5.0


def test_what_something_else_has_started_is_named(host: Host) -> None:
    host.lingers["ldirectord"] = 1e9
    with pytest.raises(UnitError, match="ldirectord still runs 60 s after"):
        replaced.ensure_replaced(["heartbeat", "ldirectord"], is_check=False)


def test_check_mode_stops_nothing_and_waits_for_nothing(host: Host) -> None:
    assert replaced.ensure_replaced(["heartbeat"], is_check=True).is_changed
    assert (host.asked, host.now) == ([], 0.0)


def test_where_none_runs_nothing_changes(host: Host) -> None:
    host.stopped = {"heartbeat"}
    assert not replaced.ensure_replaced(["heartbeat"], is_check=False).is_changed


def test_an_old_daemon_reads_its_own_files_when_it_stops(
    host: Host, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "haresources"
    path.write_text("old\n")
    read: list[str] = []

    def systemctl(*words: str) -> subprocess.CompletedProcess[str]:
        read.append(path.read_text())
        return host.systemctl(*words)

    monkeypatch.setattr(units, "systemctl", systemctl)
    entry: dict[str, Any] = {"path": str(path), "content": "new\n", "mode": "0644", "marker": ""}
    entry.update(keep_original=False, validate=[], peers=None, takes_over=False)
    wanted: dict[str, Any] = {"digest": None, "modules_file": None, "sysctl_file": None}
    wanted.update(files=[entry], secrets=[], units=[], replaces=["heartbeat"])
    setup.ensure_setup(wanted, is_check=False)
    assert (read, path.read_text()) == (["old\n"] * 2, "new\n")
