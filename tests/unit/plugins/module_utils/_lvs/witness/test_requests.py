# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.laico.lvs.plugins.module_utils._lvs.witness.requests import (
    count_errors,
    count_lost,
    count_servers,
    find_round,
    in_time,
    longest_gap_s,
    max_late_ms,
)


def line(t: float, server: str = "laico2", ms: float = 2.0) -> dict[str, Any]:
    return {"t": t, "ms": ms, "late_ms": 0.1, "server": server}


def lost(t: float, error: str = "timeout") -> dict[str, Any]:
    return {"t": t, "ms": 250.0, "late_ms": 0.1, "error": error}


STEADY = [line(n / 100, f"laico{2 + n % 3}") for n in range(100)]


def test_steady_answers_have_no_gap_worth_the_name() -> None:
    assert longest_gap_s(STEADY) == pytest.approx(0.01)
    assert count_lost(STEADY) == 0
    assert count_servers(STEADY) == {"laico2": 34, "laico3": 33, "laico4": 33}


def test_a_gap_lasts_from_answer_to_answer() -> None:
    lines = [lost(n / 100) if 20 <= n < 70 else line(n / 100) for n in range(100)]
    assert longest_gap_s(lines) == pytest.approx(0.51)
    assert count_errors(lines) == {"timeout": 50}


def test_a_service_that_never_comes_back_is_a_gap_to_the_end() -> None:
    lines = [line(0.0), *(lost(n / 100) for n in range(1, 100))]
    assert longest_gap_s(lines) == pytest.approx(0.99 + 0.25 - 0.002)


def test_no_answer_at_all_is_a_gap_as_long_as_the_stage() -> None:
    assert longest_gap_s([lost(0.0), lost(1.0)]) == pytest.approx(1.25)
    assert longest_gap_s([]) == 0.0


def test_lines_are_put_in_order_and_cut_to_the_time() -> None:
    found = in_time(list(reversed(STEADY)), 0.5, 0.6)
    assert [entry["t"] for entry in found] == [n / 100 for n in range(50, 60)]


def test_a_round_is_fifteen_answers_in_a_row() -> None:
    window = find_round(STEADY, 15)
    assert window is not None
    assert sorted(count_servers(window).values()) == [5, 5, 5]


def test_a_round_skips_what_was_lost_or_overlaps_its_ends() -> None:
    lines = list(STEADY)
    lines[5] = lost(0.05)
    lines[6] = line(0.06, ms=30.0)
    window = find_round(lines, 15)
    assert window is not None
    assert window[0]["t"] == 0.08  # not 6, for 5 was still waiting; not 7, for 6 was


def test_no_round_where_too_little_was_answered() -> None:
    assert find_round([lost(n / 100) for n in range(100)], 15) is None
    assert find_round(STEADY[:15], 15) is None


def test_the_client_s_own_lateness_is_told() -> None:
    assert max_late_ms([*STEADY, {**line(2.0), "late_ms": 70.0}]) == 70.0
    assert max_late_ms([]) == 0.0
