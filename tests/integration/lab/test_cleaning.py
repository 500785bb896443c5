# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the lab leaves behind: nothing, whenever it was killed."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.integration.lab.conftest import LabUnderTest

pytestmark = pytest.mark.lab


def processes_about(*words: object) -> list[str]:
    """The command lines in which one of the words stands; guests, ssh and all carry a folder."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = entry.read_bytes().decode(errors="replace").replace("\0", " ")
        except OSError:
            continue
        if any(str(word) in line for word in words):
            found.append(line)
    return found


def network_namespaces() -> set[str]:
    """Every network namespace that a process is in."""
    found = set()
    for entry in Path("/proc").glob("[0-9]*/ns/net"):
        try:
            found.add(os.readlink(entry))
        except OSError:
            continue
    return found


def test_down_leaves_nothing(no_lab: LabUnderTest) -> None:
    mounts = Path("/proc/self/mounts").read_text("utf-8")
    no_lab.up()
    no_lab.on("one", "true")
    state = no_lab.state()
    namespace = os.readlink(f"/proc/{state['keeper']['pid']}/ns/net")
    assert processes_about(no_lab.directory, no_lab.topology)
    assert namespace in network_namespaces()
    no_lab.run("down")
    assert processes_about(no_lab.directory, no_lab.topology) == []
    assert namespace not in network_namespaces()
    assert not no_lab.directory.exists()
    assert not Path(state["sockets"]).exists()
    assert Path("/proc/self/mounts").read_text("utf-8") == mounts


def test_down_of_nothing_is_fine(no_lab: LabUnderTest) -> None:
    assert no_lab.try_run("down").returncode == 0
    assert no_lab.try_run("status").returncode == 3


# From before the state file is written to after the last guest was started.
@pytest.mark.parametrize("after_s", [0.2, 0.35, 0.5, 0.7, 1.0, 2.0])
def test_a_killed_up_can_be_gone_on_with_and_cleaned(no_lab: LabUnderTest, after_s: float) -> None:
    kill_up(no_lab, after_s)
    no_lab.run("down")
    assert processes_about(no_lab.directory, no_lab.topology) == []
    kill_up(no_lab, after_s)
    no_lab.up()
    assert no_lab.on("two", "hostname").strip() == "two"
    assert len(no_lab.state()["guests"]) == 2
    no_lab.run("down")
    assert processes_about(no_lab.directory, no_lab.topology) == []


def kill_up(lab: LabUnderTest, after_s: float) -> None:
    with subprocess.Popen(
        lab.argv("up", str(lab.topology)),
        env=lab.environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        stdin=subprocess.DEVNULL,
    ) as starter:
        time.sleep(after_s)
        starter.kill()


def test_interrupted_up_names_the_cure(no_lab: LabUnderTest) -> None:
    with subprocess.Popen(
        no_lab.argv("up", str(no_lab.topology)),
        env=no_lab.environment,
        stderr=subprocess.PIPE,
        text=True,
        stdin=subprocess.DEVNULL,
    ) as starter:
        time.sleep(1.5)
        starter.send_signal(signal.SIGINT)
        _output, errors = starter.communicate(timeout=10)
    assert starter.returncode == 130
    assert "'lab down' cleans up" in errors


def test_a_reused_pid_is_never_ended(no_lab: LabUnderTest) -> None:
    """A state file from before a reboot of the machine names pids that others have now."""
    no_lab.up()
    path = no_lab.directory / "state.json"
    with subprocess.Popen(["sleep", "1000"], stdin=subprocess.DEVNULL) as bystander:
        keeper = no_lab.state()["keeper"]
        text = path.read_text("utf-8")
        path.write_text(text.replace(f'"pid": {keeper["pid"]}', f'"pid": {bystander.pid}'), "utf-8")
        no_lab.run("down")
        assert bystander.poll() is None
        bystander.kill()
    os.kill(keeper["pid"], signal.SIGKILL)
