# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Watch commands as real processes: never two at a time, killed when late and when the agent
ends."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.cluster import Watch
from ansible_collections.laico.lvs.plugins.module_utils._lvs.host.watches import Watches

pytestmark = pytest.mark.tier_check


class Trial:
    def __init__(self) -> None:
        self.results: list[tuple[int, str]] = []
        self.watches = Watches(lambda index, error: self.results.append((index, error)))

    async def until(self, is_true: Callable[[], object]) -> None:
        for dummy in range(500):
            if is_true():
                return
            await asyncio.sleep(0.01)
        raise AssertionError(f"not reached; results: {self.results}")


def run(body: Callable[[Trial], Awaitable[None]]) -> None:
    async def whole() -> None:
        trial = Trial()
        try:
            await body(trial)
        finally:
            await trial.watches.close()

    asyncio.run(whole())


def shell(body: str, interval_s: float = 0.1, timeout_s: float = 2.0) -> Watch:
    return Watch(("/bin/sh", "-c", body), interval_s, timeout_s)


def is_running(pid_file: Path) -> bool:
    pid = pid_file.read_text(encoding="ascii").strip()
    try:
        state = Path("/proc", pid, "stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state not in "ZX"


def test_results_come_with_the_place_of_the_command() -> None:
    async def body(trial: Trial) -> None:
        trial.watches.use((shell("exit 0"), shell("exit 3"), Watch(("/nonexistent",), 0.1, 1.0)))
        await trial.until(lambda: {index for index, _error in trial.results} == {0, 1, 2})
        said = dict(trial.results)
        assert said[0] == ""
        assert said[1] == "`/bin/sh -c exit 3` ended with exit code 3."
        assert said[2] == "/nonexistent cannot be run: No such file or directory."
        await trial.until(lambda: len(trial.results) > 6)

    run(body)


def test_a_late_command_is_killed_with_its_children(tmp_path: Path) -> None:
    pid = tmp_path / "pid"

    async def body(trial: Trial) -> None:
        trial.watches.use((shell(f"sleep 60 & echo $! > {pid}; wait", 9.0, 0.3),))
        await trial.until(lambda: trial.results)
        assert trial.results[0][1].endswith("did not end within 0.3 s and was killed.")
        await trial.until(lambda: not is_running(pid))

    run(body)


def test_never_two_of_one_at_a_time(tmp_path: Path) -> None:
    """Each run lasts four intervals; one that finds another's mark says so by exit code 9."""
    body_text = f"test ! -e {tmp_path}/mark || exit 9; : > {tmp_path}/mark; sleep 0.4; "

    async def body(trial: Trial) -> None:
        trial.watches.use((shell(f"{body_text} rm {tmp_path}/mark", 0.1),))
        await trial.until(lambda: len(trial.results) >= 3)
        assert {error for _index, error in trial.results} == {""}

    run(body)


def test_what_runs_ends_with_the_agent_and_at_a_reload_that_changes_it(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"

    async def body(trial: Trial) -> None:
        long = shell(f"sleep 60 & echo $! > {first}; wait", timeout_s=50.0)
        trial.watches.use((long,))
        await trial.until(lambda: first.exists() and first.read_text(encoding="ascii"))
        trial.watches.use((long,))
        await asyncio.sleep(0.1)
        assert is_running(first), "nothing changed: it goes on"
        trial.watches.use((shell(f"sleep 60 & echo $! > {second}; wait", timeout_s=50.0),))
        await trial.until(lambda: not is_running(first))
        await trial.until(lambda: second.exists() and second.read_text(encoding="ascii"))

    run(body)
    assert not is_running(second)


def test_a_command_sees_nothing_of_the_agents_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(os.environ, "NOTIFY_SOCKET", "/run/x")
    monkeypatch.setitem(os.environ, "PYTHONPATH", "/usr/local/lib/laico_lvs/current")
    seen = tmp_path / "seen"

    async def body(trial: Trial) -> None:
        trial.watches.use((shell(f"env > {seen}", 9.0),))
        await trial.until(lambda: trial.results)
        names = {line.partition("=")[0] for line in seen.read_text().splitlines()}
        assert "PATH" in names
        assert names <= {"PATH", "HOME", "LANG", "TZ", "PWD", "SHLVL", "_", "OLDPWD"}

    run(body)
