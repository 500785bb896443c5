# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Hosts of the witness's tests: network namespaces of this machine on one bridge.

No IPVS is needed here: what is tried is whether the instruments see what is there.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
PACKAGE = ROOT / "plugins" / "module_utils" / "_lvs"
HOSTS = ("client", "one", "two")


def ip(*words: str) -> str:
    done = subprocess.run(
        ["ip", *words], capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL
    )
    if done.returncode:
        raise RuntimeError(f"ip {' '.join(words)}: {done.stderr.strip()} (this test needs root)")
    return done.stdout


def wait_until(is_true: Callable[[], bool], what: str, within_s: float = 5.0) -> None:
    deadline = time.monotonic() + within_s
    while not is_true():
        if time.monotonic() > deadline:
            raise AssertionError(f"{what}: not within {within_s} s")
        time.sleep(0.01)


class Lan:
    """Three hosts on a bridge; ``packages`` holds the package under its name on hosts."""

    def __init__(self, folder: Path) -> None:
        self.tag = f"w{os.getpid()}"
        self.packages = folder / "packages"
        self.packages.mkdir()
        (self.packages / "laico_lvs").symlink_to(PACKAGE)

    def netns(self, host: str) -> str:
        return f"{self.tag}{host}"

    def inside(self, host: str) -> list[str]:
        return ["ip", "netns", "exec", self.netns(host)]

    def mac(self, host: str) -> str:
        return f"02:00:00:00:00:{HOSTS.index(host) + 1:02x}"

    def address(self, host: str) -> str:
        return f"192.0.2.{HOSTS.index(host) + 1}"

    def change(self, host: str, *words: str) -> tuple[float, float]:
        """Run ``ip`` on a host: the wall seconds before and after."""
        before = time.time()
        ip("-n", self.netns(host), *words)
        return before, time.time()

    @contextmanager
    def program(
        self, host: str, words: Sequence[str], **options: object
    ) -> Iterator[subprocess.Popen[str]]:
        """A process on a host; SIGTERM at the end."""
        process = subprocess.Popen(
            [*self.inside(host), *words],
            env={**os.environ, "PYTHONPATH": str(self.packages)},
            text=True,
            **options,  # type: ignore[call-overload]
        )
        try:
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(10)

    def witness(self, host: str, name: str, *words: str) -> list[str]:
        return [sys.executable, "-m", f"laico_lvs.witness.{name}", *words]


@contextmanager
def make_lan(folder: Path) -> Iterator[Lan]:
    lan = Lan(folder)
    with ExitStack() as stack:
        for host in (*HOSTS, "bridge"):
            ip("netns", "add", lan.netns(host))
            stack.callback(ip, "netns", "delete", lan.netns(host))
        ip("-n", lan.netns("bridge"), "link", "add", "br0", "type", "bridge")
        ip("-n", lan.netns("bridge"), "link", "set", "br0", "up")
        for host in HOSTS:
            _plug(lan, host)
        yield lan


def _plug(lan: Lan, host: str) -> None:
    mine, bridge = lan.netns(host), lan.netns("bridge")
    ip(
        *("-n", mine, "link", "add", "eth0", "address", lan.mac(host), "type", "veth"),
        *("peer", "name", host, "netns", bridge),
    )
    ip("-n", bridge, "link", "set", host, "master", "br0", "up")
    ip("-n", mine, "link", "set", "lo", "up")
    ip("-n", mine, "link", "set", "eth0", "up")
    ip("-n", mine, "address", "add", f"{lan.address(host)}/24", "dev", "eth0")


@contextmanager
def serving(
    lan: Lan, folder: Path, host: str = "one", page: str = "This is LAICO2."
) -> Iterator[None]:
    """A web server on port 80 of a host; there when the body begins, gone when it ends."""
    web = folder / f"web_{host}"
    web.mkdir(exist_ok=True)
    (web / "index.html").write_text(page)
    words = [sys.executable, "-m", "http.server", "80", "--directory", str(web)]
    probe = f"import socket; socket.create_connection(('{lan.address(host)}', 80))"

    def answers() -> bool:
        with lan.program("client", [sys.executable, "-c", probe], stderr=-3) as process:
            return process.wait(5) == 0

    with lan.program(host, words, stdout=-3, stderr=-3):
        wait_until(answers, "the web server answers")
        yield
