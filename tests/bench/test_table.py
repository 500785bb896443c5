# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the IPVS modules cost: a table of a thousand rows, and one task among others."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tests.bench.table import table_cost
from tests.bench.task import STAT, task_costs
from tests.integration.modules.conftest import Guest, one_guest

pytestmark = [pytest.mark.tier_full, pytest.mark.lab, pytest.mark.timeout(600)]

TIMES_IPVSADM = 5
TIMES_STAT = 1.5


@pytest.fixture(scope="module")
def guest(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guest]:
    with one_guest(tmp_path_factory.mktemp("table")) as found:
        yield found


def test_a_thousand_rows_cost_a_few_times_what_ipvsadm_takes(guest: Guest) -> None:
    found = table_cost(guest)
    assert found["writes"] == [1100, 0, 1], json.dumps(found, indent=1)
    assert found["ratio"]["median"] <= TIMES_IPVSADM, json.dumps(found, indent=1)


def test_an_ipvs_task_costs_little_more_than_stat(guest: Guest) -> None:
    found = task_costs(guest)
    assert found["ratio"].pop(STAT) == 1.0
    assert max(found["ratio"].values()) <= TIMES_STAT, json.dumps(found, indent=1)
