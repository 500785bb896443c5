# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The demonstration's words: the table, the clock, and when it must end red."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from scripts import demo

STAGES: list[dict[str, Any]] = [
    {"name": "1", "requests": 15, "lost": 0, "longest_gap_ms": 12.4, "per_server": {}},
    {"name": "3", "requests": 12000, "lost": 140, "longest_gap_ms": 1480, "per_server": {}},
]


@pytest.fixture
def report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(demo, "REPORT", tmp_path)
    return tmp_path / "failure_test.json"


def test_table_has_a_row_for_each_stage() -> None:
    assert demo.table(STAGES).splitlines() == [
        "stage  requests  lost  longest gap",
        "1      15        0     12 ms",
        "3      12000     140   1480 ms",
    ]


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0:00"), (61.4, "1:01"), (600, "10:00"), (-5, "0:00")]
)
def test_minutes(seconds: float, text: str) -> None:
    assert demo.minutes(seconds) == text


def test_times_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo, "TIMES", tmp_path / "deeper" / "times.json")
    assert demo.load_times() == {}
    demo.save_times({"start": 31.5})
    assert demo.load_times() == {"start": 31.5}
    demo.TIMES.write_text("{rubbish", encoding="utf-8")
    assert demo.load_times() == {}


@pytest.mark.parametrize(("verdict", "status"), [("passed", 0), ("failed", 1), ("refused", 1)])
def test_verdict_is_the_status(
    report: Path, capsys: pytest.CaptureFixture[str], verdict: str, status: int
) -> None:
    report.write_text(json.dumps({"verdict": verdict, "stages": STAGES}), encoding="utf-8")
    assert demo.show_report(0) == status
    assert str(report.with_suffix(".md")) in capsys.readouterr().out


def test_report_of_an_earlier_run_does_not_count(report: Path) -> None:
    report.write_text(json.dumps({"verdict": "passed", "stages": STAGES}), encoding="utf-8")
    os.utime(report, (1000, 1000))
    assert demo.show_report(2000) == 1


def test_missing_report_is_red(report: Path) -> None:
    assert demo.show_report(0) == 1
