# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A run of site.yml that has nothing to do, in pings of the same hosts in the same minute."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.bench.site import MODULES, START, by_task, site

PINGS = 20


@pytest.mark.lab
@pytest.mark.timeout(900)
def test_a_second_run_costs_at_most_twenty_pings(tmp_path: Path) -> None:
    found = site(tmp_path)
    assert found["changed"] == 0, json.dumps(found, indent=1)
    assert found["ratio"]["worst"] <= PINGS, json.dumps(found, indent=1)
    assert found["modules"] <= MODULES, json.dumps(found, indent=1)


@pytest.mark.tier_check
def test_a_tasks_time_ends_where_the_next_begins() -> None:
    entries = [
        {"task": "one", "action": "laico.lvs.x", "at": 3.0, "hosts": ["a", "b"]},
        {"task": "two", "action": "laico.lvs.x", "at": 4.0, "hosts": []},
        {"task": "one", "action": "ansible.builtin.x", "at": 4.5, "hosts": ["c"]},
        {"task": "", "action": "", "at": 6.5, "hosts": []},
    ]
    assert by_task(entries, began=1.0) == [
        {"task": "one", "seconds": 3.0, "runs": 2, "hosts": 3, "modules": 2},
        {
            "task": START,
            "seconds": 2.0,
            "runs": 1,
            "hosts": 0,
            "modules": 0,
        },
        {"task": "two", "seconds": 0.5, "runs": 1, "hosts": 0, "modules": 0},
    ]
