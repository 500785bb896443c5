# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Scripts of a group as real processes: order, exit codes, and that a hung one is killed."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest

from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.cluster import Resource
from ansible_collections.laico.lvs.plugins.module_utils._lvs.host.command import run_command
from ansible_collections.laico.lvs.plugins.module_utils._lvs.host.resources import GroupResources

pytestmark = pytest.mark.tier_check


def script(folder: Path, name: str, body: str) -> Resource:
    place = folder / "resource.d"
    place.mkdir(exist_ok=True)
    (place / name).write_text(f"#!/bin/sh\n{body}\n", encoding="utf-8")
    (place / name).chmod(0o755)
    return Resource("script", name, ("x y",))


def test_command_ends_or_is_named() -> None:
    assert asyncio.run(run_command(["/bin/true"])) == ""
    assert asyncio.run(run_command(["/bin/false", "a"])) == (
        "`/bin/false a` ended with exit code 1."
    )
    assert asyncio.run(run_command(["/nonexistent"])) == (
        "/nonexistent cannot be run: No such file or directory."
    )


def test_hung_command_is_killed_with_its_children(tmp_path: Path) -> None:
    pid_file = tmp_path / "pid"
    command = ["/bin/sh", "-c", f"sleep 60 & echo $! > {pid_file}; wait"]
    began = time.monotonic()
    said = asyncio.run(run_command(command, 0.3))
    assert time.monotonic() - began < 5
    assert said.endswith("did not end within 0.3 s and was killed.")
    child = Path("/proc") / pid_file.read_text(encoding="ascii").strip()
    deadline = time.monotonic() + 5
    while child.exists() and "Z" not in (child / "stat").read_text(encoding="ascii").split()[2]:
        assert time.monotonic() < deadline, "the script's child lives on"
        time.sleep(0.01)


def test_started_left_to_right_and_stopped_right_to_left(tmp_path: Path) -> None:
    notes = tmp_path / "notes"
    wanted = [script(tmp_path, name, f'echo "{name} $*" >> {notes}') for name in ("one", "two")]
    ignored = Resource("ldirectord", "/etc/ha.d/ldirectord.cf")

    async def story() -> None:
        group = GroupResources("192.0.2.146", [ignored, *wanted], str(tmp_path))
        group.want(True)
        group.want(True)
        await group.settle(5)
        group.want(False)
        await group.settle(5)

    asyncio.run(story())
    assert notes.read_text(encoding="utf-8").splitlines() == [
        "one x y start",
        "two x y start",
        "two x y stop",
        "one x y stop",
    ]


def test_last_word_counts_after_a_slow_start(tmp_path: Path) -> None:
    notes = tmp_path / "notes"
    slow = script(tmp_path, "slow", f'sleep 0.2; echo "$2" >> {notes}')

    async def story() -> None:
        group = GroupResources("192.0.2.146", [slow], str(tmp_path))
        group.want(True)
        await asyncio.sleep(0.05)
        for is_wanted in (False, True, False):
            group.want(is_wanted)
        await group.settle(5)

    asyncio.run(story())
    assert notes.read_text(encoding="utf-8").split() == ["start", "stop"]


def test_failure_is_logged_and_the_next_is_tried(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    notes = tmp_path / "notes"
    broken = script(tmp_path, "broken", "exit 7")
    sound = script(tmp_path, "sound", f"echo done > {notes}")

    async def story() -> None:
        group = GroupResources("192.0.2.146", [broken, sound], str(tmp_path))
        group.want(True)
        await group.settle(5)

    asyncio.run(story())
    assert notes.exists()
    assert "cannot start broken" in caplog.text
    assert "exit code 7" in caplog.text


def test_a_reload_stops_the_old_and_starts_the_new(tmp_path: Path) -> None:
    notes = tmp_path / "notes"
    one, two, three = (
        script(tmp_path, name, f'echo "{name} $2" >> {notes}') for name in ("one", "two", "three")
    )

    async def story() -> None:
        group = GroupResources("192.0.2.146", [one], str(tmp_path))
        group.change([one, two])
        await group.settle(5)
        group.want(True)
        await group.settle(5)
        group.change([one, two])
        await group.settle(5)
        group.change([three])
        await group.settle(5)

    asyncio.run(story())
    assert notes.read_text(encoding="utf-8").splitlines() == [
        "one start",
        "two start",
        "two stop",
        "one stop",
        "three start",
    ]
