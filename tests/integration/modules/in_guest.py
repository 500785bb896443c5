# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run on a guest: bring IPVS to what each step says, as the modules' harness does, and report.

Standard input holds JSON: a list of {"task": "service" or "dest", "params": {...}}. For each step
standard output gets one JSON line: what check mode predicted ("after", as text), what `ipvsadm -Sn`
printed before, after check mode and after the real run, what a second run would do, or the error.
"""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

from laico_lvs.core.errors import LvsError  # type: ignore[import-not-found]
from laico_lvs.host.ipvs_task import DestTask, ServiceTask  # type: ignore[import-not-found]

TASKS = {"service": ServiceTask, "dest": DestTask}


def ipvsadm(*words: str) -> list[str]:
    done = subprocess.run(["ipvsadm", *words], capture_output=True, text=True, check=True)
    return sorted(line.strip() for line in done.stdout.splitlines())


def run(step: dict[str, Any], is_check: bool) -> dict[str, Any]:
    task = TASKS[step["task"]](step["params"], is_check)
    try:
        world = task.read()
        plan = task.plan(world)
        task.guard(world, plan)
        after = task.predict(world, plan)
        if not is_check:
            for op in plan:
                task.apply(op)
        return {"operations": task.describe(plan), "after": task.show(after).splitlines()}
    finally:
        task.close()


def report(step: dict[str, Any]) -> dict[str, Any]:
    result: dict[str, Any] = {"before": ipvsadm("-Sn")}
    try:
        result["predicted"] = run(step, True)
        result["checked"] = ipvsadm("-Sn")
        result["done"] = run(step, False)
        result["again"] = run(step, True)["operations"]
    except LvsError as error:
        result["error"] = str(error)
    result["saved"] = ipvsadm("-Sn")
    result["thresholds"] = ipvsadm("-Ln", "--thresholds")
    return result


for each in json.load(sys.stdin):
    sys.stdout.write(json.dumps(report(each)) + "\n")
