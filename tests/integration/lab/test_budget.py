# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How long the paper's five hosts take: 30 s with the cached image, 240 s without one."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.integration.lab.conftest import ROOT, LabUnderTest
from tests.integration.lab.test_cleaning import processes_about

pytestmark = pytest.mark.lab
LAB = [str(ROOT / "lab" / "lab"), "--name", "labtest"]
ENVIRONMENT = {**os.environ, "LAB_PYTHON": sys.executable}
FIVE = {"laicoz", "laicoy", "laico2", "laico3", "laico4"}


def run_timed(environment: dict[str, str], *words: str) -> tuple[float, str]:
    started = time.monotonic()
    done = subprocess.run(
        [*LAB, *words],
        env=environment,
        capture_output=True,
        text=True,
        timeout=400,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    assert done.returncode == 0, done.stderr
    return time.monotonic() - started, done.stderr


def test_five_hosts_with_the_cached_image(no_lab: LabUnderTest) -> None:
    no_lab.run("image")
    elapsed_s, said = run_timed(ENVIRONMENT, "up")
    assert {line.split()[1] for line in said.splitlines()} >= FIVE
    assert elapsed_s <= 30


@pytest.mark.tier_full
def test_five_hosts_without_image_after_a_killed_build(
    no_lab: LabUnderTest, tmp_path: Path
) -> None:
    environment = {**no_lab.environment, "XDG_CACHE_HOME": str(tmp_path / "cache")}
    with subprocess.Popen(
        [*LAB, "up"], env=environment, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL
    ) as starter:
        time.sleep(8)
        starter.kill()
    time.sleep(1)
    assert processes_about(tmp_path) == []
    elapsed_s, said = run_timed(environment, "up")
    images = sorted(path.name for path in (tmp_path / "cache" / "laico-lvs-lab").iterdir())
    assert "building the image" in said
    assert elapsed_s <= 240
    assert len(images) == 3, f"expected the image, its log and its lock, found {images}"
