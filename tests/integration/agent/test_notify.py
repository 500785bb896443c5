# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What systemd is told, over a real datagram socket."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from ansible_collections.laico.lvs.plugins.module_utils._lvs.host.notify import Notifier

pytestmark = pytest.mark.tier_check


@pytest.fixture
def systemd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    path = str(tmp_path / "notify")
    monkeypatch.setenv("NOTIFY_SOCKET", path)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(path)
        listener.setblocking(False)
        yield listener


def told(systemd: socket.socket) -> list[str]:
    found: list[str] = []
    while True:
        try:
            found.append(systemd.recv(4096).decode())
        except BlockingIOError:
            return found


def test_life_of_a_daemon(systemd: socket.socket) -> None:
    notifier = Notifier()
    notifier.ready("begins")
    notifier.status("holds a")
    notifier.status("holds a")
    notifier.status("holds b")
    notifier.watchdog()
    notifier.stopping()
    assert told(systemd) == [
        "READY=1\nSTATUS=begins",
        "STATUS=holds a",
        "STATUS=holds b",
        "WATCHDOG=1",
        "STOPPING=1",
    ]


def test_without_systemd_nothing_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    Notifier().ready()


def test_systemd_that_is_away_is_no_fault(
    systemd: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", os.environ["NOTIFY_SOCKET"] + ".gone")
    Notifier().ready()
    assert told(systemd) == []


@pytest.mark.parametrize(
    ("usec", "pid", "every_s"),
    [("30000000", None, 15.0), ("30000000", "1", 0.0), ("", None, 0.0), ("x", None, 0.0)],
)
def test_watchdog_is_petted_twice_as_often_as_asked(
    monkeypatch: pytest.MonkeyPatch, usec: str, pid: str | None, every_s: float
) -> None:
    monkeypatch.setenv("WATCHDOG_USEC", usec)
    monkeypatch.setenv("WATCHDOG_PID", pid or str(os.getpid()))
    assert Notifier().watchdog_s == every_s
