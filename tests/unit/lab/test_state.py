# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The state file: what is written is read back, and nothing else is believed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lab.errors import LabError
from lab.process import Process
from lab.state import Faults, GuestState, LabState, Store, existing_labs

STATE = LabState(
    name="tiny",
    topology={"hosts": {"z": {}, "a": {}}},
    image="/nowhere",
    keeper=Process(1, 2),
    guests={
        "z": GuestState(Process(3, 4), Process(5, 6), cpu=1, is_frozen=True),
        "a": GuestState(is_off=True),
    },
    faults={"z": Faults(loss_percent=2.5, partition_from=["a"], interfaces=["eth0"])},
    links_down=["z-0"],
)


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    monkeypatch.setenv("LAB_DIR", str(tmp_path))
    store = Store("tiny")
    store.directory.mkdir()
    return store


def test_what_is_written_is_read_back(store: Store) -> None:
    store.save(STATE)
    assert store.load() == STATE


def test_order_of_the_hosts_survives(store: Store) -> None:
    store.save(STATE)
    assert list(store.require().topology["hosts"]) == ["z", "a"]


def test_only_the_owner_may_read_the_secret(store: Store) -> None:
    store.save(STATE)
    assert store.path.stat().st_mode & 0o777 == 0o600


def test_a_failed_write_leaves_the_old_state(store: Store) -> None:
    store.save(STATE)
    broken = LabState("tiny", {"hosts": object()}, "/nowhere")
    with pytest.raises(TypeError):
        store.save(broken)
    assert store.load() == STATE


def test_no_state(store: Store) -> None:
    assert store.load() is None
    with pytest.raises(LabError, match="the lab tiny is not up; start it with 'lab up'"):
        store.require()


@pytest.mark.parametrize("text", ["{", "{}", '{"version": 99}', '{"version": 1, "keeper": 3}'])
def test_a_strange_state_file_is_refused(store: Store, text: str) -> None:
    store.path.write_text(text, encoding="utf-8")
    with pytest.raises(LabError, match="is not a state file of this lab"):
        store.load()


def test_unknown_field_is_refused(store: Store) -> None:
    store.save(STATE)
    data = json.loads(store.path.read_text(encoding="utf-8"))
    store.path.write_text(json.dumps({**data, "extra": 1}), encoding="utf-8")
    with pytest.raises(LabError, match="extra"):
        store.load()


def test_labs_are_those_with_a_state_file(store: Store) -> None:
    (store.directory.parent / "empty").mkdir()
    assert existing_labs() == []
    store.save(STATE)
    assert existing_labs() == ["tiny"]


def test_each_lab_has_its_own_secret() -> None:
    assert LabState("a", {}, "").secret != LabState("b", {}, "").secret
