# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the verifiers of all scenarios ask their containers."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import testinfra
from testinfra.host import Host

Answer = TypeVar("Answer")

VIP = "192.0.2.146"
DIRECTORS = ("laicoz", "laicoy")
PAUSE_S = 0.5


def container(name: str) -> Host:
    """The container of that name, asked by `docker exec`."""
    return testinfra.get_host(f"docker://{name}")


def shell(host: Host, script: str) -> str:
    """What a script printed there; its failure is the test's."""
    done = host.run(script)
    assert done.rc == 0, f"{host.backend.hostname}: {script}: {done.rc}\n{done.stdout}{done.stderr}"
    return str(done.stdout)


def eventually(
    question: Callable[[], Answer], is_right: Callable[[Answer], bool], within_s: float = 60
) -> Answer:
    """Ask until the answer is right, and at the latest after ``within_s``; the last answer."""
    end = time.monotonic() + within_s
    while not is_right(answer := question()) and time.monotonic() < end:
        time.sleep(PAUSE_S)
    return answer


def table(host: Host) -> list[str]:
    """The kernel's table as `ipvsadm -Sn` prints it, a row a string, sorted."""
    return sorted(line.strip() for line in shell(host, "ipvsadm -Sn").splitlines())


def addresses(host: Host, interface: str) -> list[str]:
    """The addresses with their prefix on an interface, in the kernel's order."""
    rows: list[dict[str, Any]] = json.loads(shell(host, f"ip -j address show dev {interface}"))
    return [
        f"{each['local']}/{each['prefixlen']}" for row in rows for each in row.get("addr_info", [])
    ]


def holders(address: str, names: Sequence[str] = DIRECTORS, interface: str = "eth0") -> list[str]:
    """Which of these hosts have the address (with prefix) on that interface."""
    return [name for name in names if address in addresses(container(name), interface)]


def answers(client: Host, url: str, count: int) -> Counter[str]:
    """What so many requests of a client got: the bodies, counted; no answer counts as its error."""
    script = (
        f"for i in $(seq {count}); do curl -sS --max-time 5 {url} 2>&1 || true; done"
        " | sed -e 's/[[:space:]]*$//'"
    )
    return Counter(shell(client, script).splitlines())


def sysctl(host: Host, *names: str) -> list[str]:
    """The values of kernel settings in the container, in the order asked."""
    return shell(host, f"sysctl -n {' '.join(names)}").split()


def status(host: Host) -> dict[str, Any]:
    """The agent's word on itself: `lvsctl status --json`."""
    word: dict[str, Any] = json.loads(shell(host, "lvsctl status --json"))
    return word
