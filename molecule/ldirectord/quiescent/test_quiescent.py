# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""With `ldirectord_quiescent: true` a dead real server gets no new client and keeps its row."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest
from cluster import VIP, answers, container
from monitored import become, rows, web


@pytest.fixture(autouse=True)
def _dead() -> Iterator[None]:
    web("stop", "laico2")
    yield
    web("start", "laico2")


def test_a_dead_real_server_keeps_its_row_with_weight_0_until_it_is_back() -> None:
    wanted = rows(laico2=0, laico3=1)
    assert become(wanted) == wanted
    assert answers(container("client"), f"http://{VIP}/", 4) == Counter(LAICO3=4)
    web("start", "laico2")
    whole = rows(laico2=2, laico3=1)
    assert become(whole) == whole
