# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A test run that was killed is cleaned up by the next one: see scripts/end_leftovers.py."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.repo import tree

TOPOLOGY = """\
name: killed
networks:
  lan: {subnet: 192.0.2.0/24}
hosts:
  alone: {group: director, interfaces: [{network: lan, address: 192.0.2.11}]}
client:
  interfaces: [{network: lan, address: 192.0.2.1}]
"""
PLANTED_TEST = """\
import subprocess
import time


def test_lab_stays_up():
    subprocess.run(["lab/lab", "up", "killed.yml"], check=True)
    open("is_up", "w").close()
    time.sleep(300)
"""
UP_WITHIN_S = 300.0
SLEEPER = [sys.executable, "-c", "import time; time.sleep(60)"]


def _take_sigint() -> None:
    """What a shell starts in the background inherits that SIGINT is ignored."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@contextmanager
def running(argv: list[str], **options: object) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(argv, **options)  # type: ignore[call-overload]
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def end_leftovers(checkout: Path) -> str:
    return tree.check([sys.executable, checkout / "scripts" / "end_leftovers.py"], cwd=checkout)


def marked(checkout: Path) -> list[int]:
    """Processes, wherever they came from, that carry the mark of the checkout."""
    mark, own = b"LAICO_LVS_RUN=", str(checkout).encode()
    found = []
    for entry in Path("/proc").glob("[0-9]*/environ"):
        try:
            words = entry.read_bytes().split(b"\0")
        except OSError:
            continue
        marks = [word[len(mark) :].split(b":") for word in words if word.startswith(mark)]
        if any(own in one for one in marks):
            found.append(int(entry.parent.name))
    return found


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    (tmp_path / "scripts").mkdir()
    shutil.copy2(tree.ROOT / "scripts" / "end_leftovers.py", tmp_path / "scripts")
    return tmp_path


@pytest.mark.parametrize("mark", ["{}", "/outer/run:{}", "{}:/inner/run"])
def test_marked_process_is_ended(checkout: Path, mark: str) -> None:
    environ = {**os.environ, "LAICO_LVS_RUN": mark.format(checkout)}
    with running(SLEEPER, env=environ) as process:
        assert "ending its 1 processes" in end_leftovers(checkout)
        assert process.wait(5) != 0


@pytest.mark.parametrize("mark", ["", "/another/checkout"])
def test_other_process_is_left_alone(checkout: Path, mark: str) -> None:
    environ = {**os.environ, "LAICO_LVS_RUN": mark}
    with running(SLEEPER, env=environ) as process:
        assert end_leftovers(checkout) == ""
        assert process.poll() is None


@pytest.mark.lab
@pytest.mark.tier_ci
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_killed_run_with_a_lab_is_cleaned_up(tmp_path: Path, number: signal.Signals) -> None:
    copy = tmp_path / "checkout"
    tree.copy_tree(copy)
    (copy / ".venv").symlink_to(tree.ROOT / ".venv")
    (copy / "killed.yml").write_text(TOPOLOGY, encoding="utf-8")
    (copy / "tests" / "integration" / "test_planted.py").write_text(PLANTED_TEST, encoding="utf-8")
    try:
        kill_when_up(copy, number)
        assert marked(copy), "the lab ended with its run: this test proves nothing"
        end_leftovers(copy)
        assert marked(copy) == []
        assert not (copy / ".lab" / "killed" / "state.json").exists()
    finally:
        end_leftovers(copy)


def kill_when_up(copy: Path, number: signal.Signals) -> None:
    argv = ["scripts/run_tests", "--", "tests/integration/test_planted.py"]
    with running(argv, cwd=copy, start_new_session=True, preexec_fn=_take_sigint) as process:
        deadline = time.monotonic() + UP_WITHIN_S
        while not (copy / "is_up").exists():
            assert process.poll() is None, "the planted test ended before its lab was up"
            assert time.monotonic() < deadline, f"the lab was not up within {UP_WITHIN_S:.0f} s"
            time.sleep(0.2)
        os.killpg(process.pid, number)
        process.wait(30)
