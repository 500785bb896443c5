# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ansible_collections.laico.lvs.plugins.module_utils._lvs.witness.runs import Run, Runs

VIP, ONE, TWO = "192.0.2.146", "02:00:00:00:00:01", "02:00:00:00:00:02"
PERIOD = 0.01


def observe(answers: dict[int, list[str]], probes: range) -> list[Run]:
    """Probes 10 ms apart, number n answered 1 ms later by the MACs given for n."""
    runs = Runs()
    for number in probes:
        at = round(number * PERIOD, 3)
        runs.probed(VIP, at)
        for mac in answers.get(number, []):
            runs.answered(VIP, mac, round(at + 0.001, 3))
    runs.end_all()
    return sorted(runs.take_ended())


def test_one_holder_is_one_run() -> None:
    found = observe({n: [ONE] for n in range(100)}, range(100))
    assert found == [Run(0.001, 0.991, VIP, ONE, 100)]


def test_few_missed_probes_do_not_end_a_run() -> None:
    found = observe({n: [ONE] for n in range(50) if not 20 <= n < 25}, range(50))
    assert [run.answers for run in found] == [45]


def test_a_pause_ends_a_run_at_its_last_answer() -> None:
    found = observe({n: [ONE] for n in range(100) if not 20 <= n < 60}, range(100))
    assert [(run.first, run.last) for run in found] == [(0.001, 0.191), (0.601, 0.991)]


def test_a_move_is_two_runs_that_do_not_overlap() -> None:
    found = observe({n: [ONE if n < 50 else TWO] for n in range(100)}, range(100))
    assert [(run.mac, run.first, run.last) for run in found] == [
        (ONE, 0.001, 0.491),
        (TWO, 0.501, 0.991),
    ]


def test_two_holders_are_two_runs_at_once() -> None:
    found = observe({n: [ONE, TWO] if 40 <= n < 50 else [ONE] for n in range(100)}, range(100))
    assert found == [Run(0.001, 0.991, VIP, ONE, 100), Run(0.401, 0.491, VIP, TWO, 10)]


def test_an_observer_that_was_held_up_reports_no_absence() -> None:
    runs = Runs()
    for at in (0.0, 0.01, 2.0, 2.01):
        runs.probed(VIP, at)
        runs.answered(VIP, ONE, at + 0.001)
    runs.end_all()
    assert len(list(runs.take_ended())) == 1


def test_addresses_are_apart() -> None:
    runs = Runs()
    runs.answered(VIP, ONE, 0.0)
    for number in range(20):
        runs.probed("192.0.2.147", number * PERIOD)
    assert list(runs.take_ended()) == []
