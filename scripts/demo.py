#!/usr/bin/env python
# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The demonstration: five hosts, site.yml, the paper's failure test, its report.

Each step says what it does and how long the rest takes, as measured last time. The lab is ended
afterwards; `make demo KEEP=1` leaves it up.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
REPORT = ROOT / "report"
TIMES = ROOT / ".cache" / "demo_times.json"
LAB = str(ROOT / "lab" / "lab")
TICK_S = 15.0
COLUMNS = ("stage", "requests", "lost", "longest gap")


@dataclass(frozen=True)
class Step:
    """One command, and how long it took where it was first tried."""

    title: str
    argv: tuple[str, ...]
    usual_s: float


STEPS = (
    Step("start five kernels", (LAB, "--name", "laico", "up"), 90.0),
    Step("make them a Linux Virtual Server: site.yml", ("ansible-playbook", "site.yml"), 150.0),
    Step(
        "the paper's failure test: playbooks/failure_test.yml",
        (
            "ansible-playbook",
            "playbooks/failure_test.yml",
            "-e",
            f"failure_test_report_dir={REPORT}",
        ),
        150.0,
    ),
)
END_LAB = (LAB, "--name", "laico", "down")


def say(text: str) -> None:
    print(f"demo: {text}", flush=True)


def minutes(seconds: float) -> str:
    return f"{max(0, round(seconds)) // 60}:{max(0, round(seconds)) % 60:02d}"


def load_times() -> dict[str, float]:
    """How long each step took last time, by title; what cannot be read is as if never run."""
    try:
        return {str(title): float(s) for title, s in json.loads(TIMES.read_text()).items()}
    except (OSError, ValueError, AttributeError):
        return {}


def save_times(times: Mapping[str, float]) -> None:
    TIMES.parent.mkdir(parents=True, exist_ok=True)
    TIMES.write_text(json.dumps(dict(times), indent=1), encoding="utf-8")


def environment() -> dict[str, str]:
    return {
        **os.environ,
        "PATH": f"{ROOT / '.venv' / 'bin'}:{os.environ['PATH']}",
        # Named, since Ansible overlooks an ansible.cfg in a folder that all may write.
        "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"),
        "ANSIBLE_INVENTORY": str(ROOT / ".lab" / "laico" / "inventory.yml"),
    }


def run(step: Step, left_s: float) -> int:
    """Run one step to its end, telling every TICK_S what is left; its exit status."""
    started = time.monotonic()
    process = subprocess.Popen(step.argv, cwd=ROOT, env=environment(), stdin=subprocess.DEVNULL)
    try:
        while True:
            try:
                return process.wait(TICK_S)
            except subprocess.TimeoutExpired:
                left = left_s - (time.monotonic() - started)
                say(f"{step.title}: about {minutes(left)} left of the demonstration")
    except KeyboardInterrupt:
        process.wait()
        raise


def run_all(times: dict[str, float]) -> int:
    """0, or the status of the first step that failed."""
    expected = [times.get(step.title, step.usual_s) for step in STEPS]
    for number, step in enumerate(STEPS):
        left_s = sum(expected[number:])
        say(f"[{number + 1}/{len(STEPS)}] {step.title} (about {minutes(left_s)} left)")
        started = time.monotonic()
        if status := run(step, left_s):
            say(f"failed: {' '.join(step.argv)}")
            return status
        times[step.title] = time.monotonic() - started
    return 0


def table(stages: Sequence[Mapping[str, Any]]) -> str:
    """The stages of the report as columns of text."""
    rows = [COLUMNS] + [
        (
            str(stage["name"]),
            str(stage["requests"]),
            str(stage["lost"]),
            f"{stage['longest_gap_ms']:.0f} ms",
        )
        for stage in stages
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(len(COLUMNS))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )


def show_report(started_at: float) -> int:
    """Print the report of this run; 1 when it is missing, of an earlier run, or red."""
    path = REPORT / "failure_test.json"
    if not path.is_file() or path.stat().st_mtime < started_at:
        say(f"no report of this run at {path}")
        return 1
    report = json.loads(path.read_text(encoding="utf-8"))
    print(f"\n{table(report['stages'])}\n")
    say(f"verdict {report['verdict']}; report: {REPORT / 'failure_test.md'}")
    return 0 if report["verdict"] == "passed" else 1


def main() -> int:
    is_keeping = os.environ.get("KEEP", "") not in ("", "0")
    started_at, started = time.time(), time.monotonic()
    times = load_times()
    subprocess.run(
        END_LAB, cwd=ROOT, check=False, capture_output=True, stdin=subprocess.DEVNULL
    )  # a fresh start
    status = 1
    try:
        status = run_all(times)
        status = show_report(started_at) or status
    except KeyboardInterrupt:
        say("interrupted")
        status = 130
    finally:
        save_times(times)
        if is_keeping:
            say("the lab is still up: 'lab/lab ssh laicoz', and 'make lab-down' when done")
        else:
            subprocess.run(END_LAB, cwd=ROOT, check=False, stdin=subprocess.DEVNULL)
    say(f"ended after {minutes(time.monotonic() - started)}")
    return status


if __name__ == "__main__":
    sys.exit(main())
