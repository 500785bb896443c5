# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which processor a guest gets."""

from __future__ import annotations

import os

import pytest

from lab.guest import assign_cpus


@pytest.fixture(autouse=True)
def two_cpus(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _pid: {4, 2})


def test_guests_of_a_lab_take_turns() -> None:
    assert assign_cpus(["a", "b", "c"]) == {"a": 2, "b": 4, "c": 2}


def test_guests_of_other_labs_count() -> None:
    assert assign_cpus(["a"], taken=[2]) == {"a": 4}
    assert assign_cpus(["a", "b"], taken=[2, 2, 4]) == {"a": 4, "b": 2}


def test_a_processor_that_only_others_may_use_is_not_taken() -> None:
    assert assign_cpus(["a"], taken=[2, 4, 9]) == {"a": 2}
