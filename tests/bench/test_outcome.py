# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The figures are read off rightly: from lines that were written by hand."""

from __future__ import annotations

import pytest

from tests.bench.outcome import judge, spread

pytestmark = pytest.mark.tier_check


def line(t: float, ms: float = 2.0, error: str = "") -> dict[str, object]:
    found: dict[str, object] = {"t": t, "ms": ms, "late_ms": 0.0}
    return {**found, "error": error} if error else {**found, "server": "WEB1"}


def test_the_gap_is_from_the_end_of_one_answer_to_the_end_of_the_next() -> None:
    lines = [line(0.0), line(0.005), line(0.010, 250, "timeout"), line(0.300), line(0.305)]
    outcome = judge(lines)
    assert outcome.gap_s == pytest.approx(0.295)
    assert outcome.gap_at == pytest.approx(0.007)
    assert (outcome.requests, outcome.answered, dict(outcome.lost)) == (5, 4, {"timeout": 1})


def test_a_slow_answer_makes_a_gap_and_no_loss() -> None:
    outcome = judge([line(0.0), line(0.005, 1000)])
    assert outcome.gap_s == pytest.approx(1.003)
    assert outcome.lost_count == 0


def test_answers_out_of_order_are_counted_by_their_end() -> None:
    assert judge([line(0.1, 1), line(0.0, 50), line(0.09, 1)]).gap_s == pytest.approx(0.041)


def test_only_requests_that_began_in_the_stretch_count() -> None:
    outcome = judge([line(1.0), line(2.0, 5, "reset"), line(3.0)], since=1.5, until=2.5)
    assert (outcome.requests, outcome.lost_count) == (1, 1)


def test_a_client_that_was_never_answered_has_no_finite_gap() -> None:
    assert judge([line(0.0, 250, "timeout")]).gap_s == float("inf")


def test_the_median_of_an_even_number_is_between_the_two() -> None:
    assert spread([4.0, 1.0, 2.0, 3.0]) == {"least": 1.0, "median": 2.5, "worst": 4.0}
