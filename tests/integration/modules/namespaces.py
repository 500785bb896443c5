# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Network namespaces of this machine: the test's own one, and that of another host on its LAN."""

from __future__ import annotations

import ctypes
import json
import os
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

CLONE_NEWNET = 0x40000000
_LIBC = ctypes.CDLL(None, use_errno=True)


def ip(*words: str) -> str:
    done = subprocess.run(
        ["ip", *words], capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL
    )
    if done.returncode:
        raise RuntimeError(f"ip {' '.join(words)}: {done.stderr.strip()} (this test needs root)")
    return done.stdout


def _call(result: int, what: str) -> None:
    if result:
        raise OSError(ctypes.get_errno(), f"{what} (this test needs root)")


@contextmanager
def own_namespace() -> Iterator[None]:
    """This thread's sockets and children live in a new, empty namespace."""
    before = os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
    try:
        _call(_LIBC.unshare(CLONE_NEWNET), "unshare")
        yield
    finally:
        _call(_LIBC.setns(before, CLONE_NEWNET), "setns")
        os.close(before)


@contextmanager
def inside(pid: int) -> Iterator[None]:
    """This thread's sockets and children live in the namespace of a process."""
    before = os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
    there = os.open(f"/proc/{pid}/ns/net", os.O_RDONLY | os.O_CLOEXEC)
    try:
        _call(_LIBC.setns(there, CLONE_NEWNET), "setns")
        yield
    finally:
        _call(_LIBC.setns(before, CLONE_NEWNET), "setns")
        os.close(there)
        os.close(before)


@contextmanager
def lan() -> Iterator[int]:
    """eth0 here and eth1 on another host, whose process id is given."""
    with (
        own_namespace(),
        subprocess.Popen(["unshare", "--net", "cat"], stdin=subprocess.PIPE) as other,
    ):
        try:
            own = os.readlink("/proc/thread-self/ns/net")
            wait_until(lambda: os.readlink(f"/proc/{other.pid}/ns/net") != own, "a namespace")
            ip("link", "set", "lo", "up")
            ip("link", "add", "eth0", "type", "veth", "peer", "name", "eth1")
            ip("link", "set", "eth1", "netns", str(other.pid))
            ip("link", "set", "eth0", "up")
            with inside(other.pid):
                ip("link", "set", "eth1", "up")
            yield other.pid
        finally:
            other.kill()


def wait_until(is_true: Callable[[], bool], what: str, within_s: float = 5.0) -> None:
    deadline = time.monotonic() + within_s
    while not is_true():
        if time.monotonic() > deadline:
            raise AssertionError(f"{what}: not within {within_s} s")
        time.sleep(0.01)


def shown(interface: str) -> dict[str, dict[str, Any]]:
    """What ip(8) shows of an interface, by address."""
    (link,) = json.loads(ip("-j", "address", "show", "dev", interface))
    return {each["local"]: each for each in link["addr_info"]}
