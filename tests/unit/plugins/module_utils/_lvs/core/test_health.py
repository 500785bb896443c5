# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Verdicts and due times of checks."""

from __future__ import annotations

import pytest

from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.health import (
    Health,
    Outcome,
    Probe,
    Result,
)
from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.services import Check

GOOD = Result(True, "200 OK")
BAD = Result(False, "refused")


def check(number: int = 2, **settings: object) -> Check:
    return Check(f"192.0.2.{number}", 80, interval_s=2.0, **settings)  # type: ignore[arg-type]


def health_of(*checks: Check, now: float = 0.0) -> Health:
    health = Health()
    health.set_checks(checks, now)
    return health


def run(health: Health, result: Result) -> Outcome:
    """Run the next due check to its end, at once."""
    now = health.get_timer()
    assert now is not None
    (probe,) = health.start_due(now)
    outcome = health.record(probe, result, now)
    assert outcome is not None
    return outcome


def test_nothing_is_known_before_the_first_result() -> None:
    one = check()
    health = health_of(one)
    assert health.is_up(one) is None
    assert health.is_up(check(9)) is None


def test_up_after_one_success() -> None:
    health = health_of(check(fall=3))
    outcome = run(health, GOOD)
    assert (outcome.was_up, outcome.is_up, outcome.is_change) == (None, True, True)


def test_down_only_after_failurecount_failures_in_a_row() -> None:
    one = check(fall=3)
    health = health_of(one)
    verdicts = []
    for result in (GOOD, BAD, BAD, GOOD, BAD, BAD, BAD, BAD, GOOD):
        outcome = run(health, result)
        verdicts.append((outcome.is_up, outcome.failures, outcome.is_change))
    assert verdicts == [
        (True, 0, True),
        (True, 1, False),
        (True, 2, False),
        (True, 0, False),
        (True, 1, False),
        (True, 2, False),
        (False, 3, True),
        (False, 4, False),
        (True, 0, True),
    ]


def test_an_unknown_server_that_fails_stays_unknown_until_failurecount() -> None:
    health = health_of(check(fall=2))
    assert run(health, BAD).is_up is None
    assert run(health, BAD).is_up is False


def test_starts_are_spread_and_each_check_starts_once_per_interval() -> None:
    checks = [check(number) for number in range(100)]
    health = health_of(*checks)
    starts: dict[Check, list[float]] = {each: [] for each in checks}
    while (now := health.get_timer()) is not None and now < 20.0:
        for probe in health.start_due(now):
            starts[probe.check].append(now)
            health.record(probe, GOOD, now + 0.01)
    everything = sorted(time for times in starts.values() for time in times)
    assert everything.count(everything[0]) == 1
    for times in starts.values():
        assert times[0] <= 1.0
        gaps = [later - earlier for earlier, later in zip(times, times[1:])]
        assert gaps[1:] == pytest.approx([2.0] * len(gaps[1:]))
        assert 1.0 <= gaps[0] <= 2.0


def test_a_running_check_is_not_started_again_and_delays_no_other() -> None:
    hung, fine = check(2), check(3)
    health = health_of(hung, fine)
    started: list[Probe] = []
    now = 0.0
    while now < 11.0:
        for probe in health.start_due(now):
            started.append(probe)
            if probe.check is fine:
                health.record(probe, GOOD, now)
        now += 0.01
    assert len([probe for probe in started if probe.check is hung]) == 1
    assert len([probe for probe in started if probe.check is fine]) >= 5


def test_an_overrun_check_starts_again_at_once() -> None:
    health = health_of(check())
    (probe,) = health.start_due(0.0)
    health.record(probe, BAD, 5.0)
    assert health.get_timer() == 5.0


def test_connects_between_whole_checks() -> None:
    one = check(kind="http", timeout_s=9.0, connect_timeout_s=1.0, connects_between=2)
    health = health_of(one)
    seen = []
    for result in (GOOD, GOOD, GOOD, GOOD, GOOD, BAD, BAD, GOOD, GOOD):
        now = health.get_timer()
        assert now is not None
        (probe,) = health.start_due(now)
        seen.append((probe.kind, probe.timeout_s))
        health.record(probe, result, now)
    whole, cheap = ("http", 9.0), ("connect", 1.0)
    assert seen == [whole, cheap, cheap, whole, cheap, cheap, whole, whole, cheap]


def test_what_is_known_of_a_check_survives_a_new_list() -> None:
    kept, dropped, added = check(2), check(3), check(4)
    health = health_of(kept, dropped)
    for probe in health.start_due(0.5):
        health.record(probe, GOOD, 0.5)
    health.set_checks([kept, added], 0.6)
    assert (health.is_up(kept), health.is_up(dropped), health.is_up(added)) == (True, None, None)
    assert len(health) == 2
    assert [probe.check for probe in health.start_due(0.6)] == [added]
    assert [probe.check for probe in health.start_due(20.0)] == [kept]


def test_a_late_result_of_a_dropped_check_teaches_nothing() -> None:
    one = check()
    health = health_of(one)
    (probe,) = health.start_due(0.0)
    health.set_checks([], 1.0)
    assert health.record(probe, GOOD, 2.0) is None
    health.set_checks([one], 3.0)
    assert health.record(probe, GOOD, 3.0) is None
    assert health.is_up(one) is None


def test_hasten_runs_the_unknown_now_and_leaves_the_known() -> None:
    checks = [check(number) for number in range(4)]
    health = health_of(*checks)
    (probe,) = health.start_due(0.0)
    health.record(probe, GOOD, 0.0)
    health.hasten(checks, 0.1)
    assert [each.check for each in health.start_due(0.1)] == checks[1:]


def test_equal_checks_are_one() -> None:
    assert len(health_of(check(), check(), check(request="/other"))) == 2
