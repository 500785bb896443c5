# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The doctor as the module calls it, on hosts made of this machine's network namespaces."""

from __future__ import annotations

import functools
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from ansible_collections.laico.lvs.plugins.module_utils._lvs.doctor import examine
from ansible_collections.laico.lvs.plugins.module_utils._lvs.places import Places
from tests.integration.modules.namespaces import inside, ip, wait_until

VIP = "192.0.2.146"
VIP6 = "2001:db8::146"
WEB = {"vip": VIP, "port": 80}
OPTIONS: dict[str, Any] = {
    "name": "here",
    "roles": None,
    "vips": None,
    "services": None,
    "peers": None,
    "realserver_interface": "lo",
}
SERVER: dict[str, Any] = {"roles": ["realserver"], "vips": [{"address": f"{VIP}/24"}]}
DIRECTOR: dict[str, Any] = {
    "roles": ["director"],
    "vips": [{"address": f"{VIP}/24", "interface": "eth0"}],
}

Test = TypeVar("Test", bound=Callable[..., None])


class Doctor:
    """Looks, and remembers what it found. ``look`` may be replaced: a guest is asked by ansible."""

    def __init__(self, folder: Path) -> None:
        self.places = Places(str(folder / "ha.d"), str(folder / "run"), str(folder / "lib"))
        self.root = str(folder)
        self.looks: list[set[str]] = []

    def examine(self, **options: Any) -> dict[str, Any]:
        return examine({**OPTIONS, **options}, self.places, self.root)

    def look(self, **options: Any) -> dict[str, str]:
        """What is found now: id -> sentence, several of one id joined."""
        found: dict[str, str] = {}
        for each in self.examine(**options)["findings"]:
            found[each["id"]] = " ".join(filter(None, [found.get(each["id"]), each["sentence"]]))
        self.looks.append(set(found))
        return found


def produces(*ids: str) -> Callable[[Test], Test]:
    """The test (which has the fixture ``doctor``) sees each of these findings, and in the end,
    after the cure, none of them. tests/repo/test_findings.py looks for all of them."""

    def decorate(test: Test) -> Test:
        @functools.wraps(test)
        def checked(**fixtures: Any) -> None:
            test(**fixtures)
            looks: list[set[str]] = fixtures["doctor"].looks
            for each in ids:
                assert any(each in look for look in looks), f"{each} was not found"
                assert each not in looks[-1], f"{each} was not cured"

        return checked  # type: ignore[return-value]

    return decorate


def sysctl(name: str, value: int, version: str = "ipv4") -> None:
    """``eth0/arp_ignore``, in the namespace that this thread is in."""
    Path("/proc/sys/net", version, "conf", name).write_text(str(value), encoding="ascii")


@contextmanager
def listening(kind: str, address: str, port: int) -> Iterator[None]:
    """A program that waits for clients, tcp or udp."""
    code = (
        "import socket, sys\n"
        "family = socket.AF_INET6 if ':' in sys.argv[2] else socket.AF_INET\n"
        "kind = socket.SOCK_STREAM if sys.argv[1] == 'tcp' else socket.SOCK_DGRAM\n"
        "s = socket.socket(family, kind)\n"
        "s.bind((sys.argv[2], int(sys.argv[3])))\n"
        "if sys.argv[1] == 'tcp': s.listen()\n"
        "sys.stdout.write('ready\\n'); sys.stdout.flush(); sys.stdin.read()\n"
    )
    words = [sys.executable, "-c", code, kind, address, str(port)]
    pipe = subprocess.PIPE
    with subprocess.Popen(words, stdin=pipe, stdout=pipe, text=True) as program:
        assert program.stdout is not None
        assert program.stdout.readline() == "ready\n"
        yield
        program.communicate("", timeout=10)


@contextmanager
def held_by(
    pid: int, address: str, *, interface: str = "eth1", nodad: bool = True
) -> Iterator[None]:
    """Another host has the address."""
    words = [address, "dev", interface, *(["nodad"] if nodad and ":" in address else [])]
    with inside(pid):
        ip("address", "add", *words)
    try:
        yield
    finally:
        with inside(pid):
            ip("address", "del", *words[:3])


@contextmanager
def ordinary_user() -> Iterator[None]:
    """This process may do what anybody may."""
    assert os.geteuid() == 0, "this test needs root"
    os.setegid(65534)
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(0)


def until(is_true: Callable[[], bool], what: str) -> None:
    wait_until(is_true, what, 8.0)
