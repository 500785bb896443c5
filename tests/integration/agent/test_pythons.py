# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A pair of agents on the oldest and on the newest Python of hosts that this machine has."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.integration.agent import directors
from tests.integration.agent.directors import VIP, Pair, make_pair, settle, wait_until
from tests.repo.matrix import find_python, found_pythons, matrix

pytestmark = pytest.mark.tier_ci

FOUND = found_pythons(matrix().hosts)


@pytest.fixture(params=[FOUND[0], FOUND[-1]])
def python(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    version: str = request.param
    monkeypatch.setattr(directors, "PYTHON", str(find_python(version)))
    return version


def test_take_move_reload_and_takeover(python: str, tmp_path: Path) -> None:
    with make_pair(tmp_path) as pair:
        settle(pair)
        assert_runs_on(python, pair)
        pair["laicoy"].ctl("takeover", VIP)
        assert pair["laicoy"].holds()
        wait_until(lambda: pair["laicoz"].places_of() == [], "laicoz has cleared lo")
        pair["laicoy"].ctl("reload")
        pair["laicoy"].kill()
        wait_until(pair["laicoz"].holds, "laicoz takes over")
        for director in pair.directors.values():
            assert "Traceback" not in director.log()


def assert_runs_on(python: str, pair: Pair) -> None:
    for director in pair.directors.values():
        assert director.process is not None
        target = Path(f"/proc/{director.process.pid}/exe").resolve().name
        assert target == f"python{python}"
