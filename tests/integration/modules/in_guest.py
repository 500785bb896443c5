# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run on a guest: bring IPVS to what each step says, as the modules' harness does, and report.

Standard input holds JSON: a list of {"task": a key of TASKS, "params": the module's options}. For
each step standard output gets one JSON line: what check mode predicted ("after", as text), what
ipvsadm told before, after check mode and after the real run, what a second real run did, how many
reads and writes each sent to the kernel, or the error.
"""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

from laico_lvs.core.errors import LvsError  # type: ignore[import-not-found]
from laico_lvs.host.ipvs_task import DestTask, ServiceTask  # type: ignore[import-not-found]
from laico_lvs.host.netlink import NetlinkSocket  # type: ignore[import-not-found]
from laico_lvs.host.sync_task import SyncTask  # type: ignore[import-not-found]
from laico_lvs.host.table_task import TableTask  # type: ignore[import-not-found]
from laico_lvs.host.timeouts_task import TimeoutsTask  # type: ignore[import-not-found]

TASKS = {
    "service": ServiceTask,
    "dest": DestTask,
    "table": TableTask,
    "sync": SyncTask,
    "timeouts": TimeoutsTask,
}
SAVED = ("-Sn",)
ORACLES = {"sync": ("-L", "--daemon"), "timeouts": ("-L", "--timeout")}
READS = {4, 8, 11, 13, 15}  # IPVS_CMD_GET_*
CONTROL = 16  # the family of families, asked once for IPVS's number

real_send = NetlinkSocket.send
sent = {"reads": 0, "writes": 0}


def counting_send(netlink: Any, kind: int, flags: int, body: bytes) -> int:
    if kind != CONTROL:
        sent["reads" if body[0] in READS else "writes"] += 1
    return int(real_send(netlink, kind, flags, body))


NetlinkSocket.send = counting_send


def ipvsadm(*words: str) -> list[str]:
    done = subprocess.run(
        ["ipvsadm", *words], capture_output=True, text=True, check=True, stdin=subprocess.DEVNULL
    )
    return sorted(line.strip() for line in done.stdout.splitlines())


def run(step: dict[str, Any], is_check: bool) -> dict[str, Any]:
    sent.update(reads=0, writes=0)
    task = TASKS[step["task"]](step["params"], is_check)
    try:
        world = task.read()
        plan = task.plan(world)
        task.guard(world, plan)
        after = task.predict(world, plan)
        if not is_check:
            for op in plan:
                task.apply(op)
        words = {"operations": task.describe(plan), "after": task.show(after).splitlines()}
        return {**words, "sent": dict(sent)}
    finally:
        task.close()


def report(step: dict[str, Any]) -> dict[str, Any]:
    oracle = ORACLES.get(step["task"], SAVED)
    result: dict[str, Any] = {"before": ipvsadm(*oracle)}
    try:
        result["predicted"] = run(step, True)
        result["checked"] = ipvsadm(*oracle)
        result["done"] = run(step, False)
        result["again"] = run(step, False)
    except LvsError as error:
        result["error"] = str(error)
    result["imported"] = sorted({"asyncio", "pyroute2"} & set(sys.modules))
    result["saved"] = ipvsadm(*oracle)
    result["thresholds"] = ipvsadm("-Ln", "--thresholds")
    return result


for each in json.load(sys.stdin):
    sys.stdout.write(json.dumps(report(each)) + "\n")
