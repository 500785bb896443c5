# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run on a guest: kill the process after its k-th effect, for every k, then run it again.

Standard input holds JSON: a list of jobs, each with a "kind" of JOBS below; for each, one JSON line
says what was left behind and what the second run made of it.
"""

from __future__ import annotations

import fcntl
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from in_guest_pairs import Wire, ipvsadm, perform, saved  # type: ignore[import-not-found]
from laico_lvs.core.model import ServiceKey  # type: ignore[import-not-found]
from laico_lvs.core.table_options import read_table  # type: ignore[import-not-found]
from laico_lvs.host import ownership, vip_task, vip_unit  # type: ignore[import-not-found]
from laico_lvs.host.ipvs import Ipvs  # type: ignore[import-not-found]
from laico_lvs.host.resolve import HostNames  # type: ignore[import-not-found]
from laico_lvs.host.table import TableKeeper  # type: ignore[import-not-found]

Job = dict[str, Any]
Act = Callable[[], object]
ROUTE = 0  # NETLINK_ROUTE
ROUTE_WRITES = {20, 21}  # RTM_NEWADDR, RTM_DELADDR
WANTS = "multi-user.target.wants"
EFFECTS = (
    (os, "replace"),
    (os, "unlink"),
    (os, "fsync"),
    (fcntl, "flock"),
    (subprocess, "run"),
)


class Deadly(Wire):  # type: ignore[misc]
    """A socket whose writes count as effects, netlink's routes among them."""

    def send(self, data: Any, flags: int = 0) -> int:
        before = Wire.writes
        sent: int = super().send(data, flags)
        is_route = self.proto == ROUTE and int.from_bytes(data[4:6], sys.byteorder) in ROUTE_WRITES
        for dummy in range(1 if is_route else Wire.writes - before):
            Life.effect()
        return sent


class Life:
    """The effects of this process, and after how many it ends."""

    limit = 0
    count = 0

    @classmethod
    def effect(cls) -> None:
        cls.count += 1
        if cls.count == cls.limit:
            os.kill(os.getpid(), signal.SIGKILL)


def deadly(function: Callable[..., Any]) -> Callable[..., Any]:
    def called(*arguments: Any, **named: Any) -> Any:
        result = function(*arguments, **named)
        Life.effect()
        return result

    return called


def is_killed(act: Act, limit: int) -> bool:
    """Run ``act`` in a process that dies by SIGKILL after so many effects, if it has that many."""
    child = os.fork()
    if child == 0:
        _live(act, limit)
    status = os.waitpid(child, 0)[1]
    if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL:
        return True
    if status:
        raise RuntimeError(f"the run without a kill ended with {status}")
    return False


def _live(act: Act, limit: int) -> None:
    """In the child; never returns."""
    try:
        Life.limit, Life.count = limit, 0
        for module, name in EFFECTS:
            setattr(module, name, deadly(getattr(module, name)))
        act()
    finally:
        has_failed = sys.exc_info()[0] is not None
        if has_failed:
            traceback.print_exc()
        os._exit(int(has_failed))


def every_death(
    act: Act, prepare: Act, look: Callable[[], Any], following: Act | None = None
) -> Iterator[dict[str, Any]]:
    """What was there after each death, and after the run that followed (``act`` again)."""
    limit = 0
    while True:
        limit += 1
        prepare()
        if not is_killed(act, limit):
            return
        left = look()
        began_at, writes = time.monotonic(), Wire.writes
        (following or act)()
        took_s = time.monotonic() - began_at
        yield {
            "left": left,
            "end": look(),
            "took_s": took_s,
            "writes": Wire.writes - writes,
        }


def restore(rules: list[str]) -> None:
    ipvsadm("-C")
    ipvsadm("-R", lines=rules)


def table(job: Job) -> Iterator[dict[str, Any]]:
    """Tasks of the modules."""

    def act() -> None:
        for step in job["steps"]:
            perform(step, is_check=False)

    return every_death(act, lambda: restore(job["rules"]), saved)


def keeper(job: Job) -> Iterator[dict[str, Any]]:
    """The monitor's writer of the table: it had ``before`` and dies on its way to ``after``; the
    next life is to have ``end``."""
    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/owned.json"
        before, after, end = (
            read_table(job[side], HostNames()) for side in ("before", "after", "end")
        )

        def keep(wanted: Any) -> None:
            with Ipvs() as kernel:
                life = TableKeeper(kernel, path)
                kept = life.keep(lambda dummy: wanted, sorted(wanted), "ldirectord.cf")
                if kept.errors:
                    raise RuntimeError(kept.errors)

        def prepare() -> None:
            restore(job["foreign"])
            Path(path).unlink(missing_ok=True)
            keep(before)

        def look() -> dict[str, Any]:
            owner = ownership.read(path).services["lvs-ldirectord"]
            return {"saved": saved(), "keys": [ownership.key_text(key) for key in owner.keys]}

        yield from every_death(lambda: keep(after), prepare, look, lambda: keep(end))


def claim(job: Job) -> Iterator[dict[str, Any]]:
    """The record of owners: another's claim is there, and none of the files of an earlier death."""
    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/owned.json"
        key = ServiceKey(4, "tcp", "192.0.2.146", 80)

        def prepare() -> None:
            for left in Path(folder).iterdir():
                left.unlink()
            ownership.claim_addresses(path, "lvs-heartbeat", "haresources", job["addresses"])

        def look() -> dict[str, Any]:
            owned = ownership.read(path)
            return {
                "addresses": [list(each.addresses) for each in owned.addresses.values()],
                "keys": [
                    ownership.key_text(each) for o in owned.services.values() for each in o.keys
                ],
                "files": sorted(each.name for each in Path(folder).iterdir()),
            }

        yield from every_death(
            lambda: ownership.claim_services(path, "lvs-ldirectord", "ldirectord.cf", [key]),
            prepare,
            look,
        )


def vip(job: Job) -> Iterator[dict[str, Any]]:
    """vip_address: the address, its unit, and whether that is enabled."""
    units, name = Path(vip_unit.DIRECTORY), job["unit"]

    def bring(params: dict[str, Any]) -> None:
        task = vip_task.VipTask(params, False)
        try:
            world = task.read()
            plan = task.plan(world)
            task.guard(world, plan)
            for op in plan:
                task.apply(op)
            task.finish(plan)
        finally:
            task.close()

    def prepare() -> None:
        """As it was before, without asking systemd each time."""
        ip("address", "flush", "to", job["address"])
        for path in units.glob("**/lvs-vip-*"):
            path.unlink()
        if job["before"]:
            ip("address", "add", job["address"], "dev", "lo")
            (units / name).write_text(job["before"])
            (units / WANTS / name).symlink_to(units / name)

    def look() -> dict[str, Any]:
        shown = subprocess.run(
            ["ip", "-o", "address", "show", "dev", "lo", "to", job["address"]],
            capture_output=True,
            text=True,
            check=True,
            stdin=subprocess.DEVNULL,
        )
        return {
            "address": " ".join(shown.stdout.split()),
            "files": {each.name: each.read_text() for each in units.glob("lvs-vip-*")},
            "enabled": [each.name for each in units.glob(f"{WANTS}/lvs-vip-*")],
        }

    try:
        yield from every_death(lambda: bring(job["params"]), prepare, look)
    finally:
        bring({**job["params"], "state": "absent"})


def ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, stdin=subprocess.DEVNULL)


JOBS = {"table": table, "keeper": keeper, "claim": claim, "vip": vip}


def main() -> None:
    ip("link", "set", "lo", "up")
    socket.socket = Deadly  # type: ignore[misc]
    for job in json.load(sys.stdin):
        sys.stdout.write(json.dumps(list(JOBS[job["kind"]](job))) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
