# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run on a guest, in a namespace of its own: go from table to table by the modules' own code.

Standard input holds JSON: {"fault": null or one of FAULTS, "pairs": [{"rules": [lines for
`ipvsadm -R`], "steps": [{"task": "table", "service" or "dest", "params": {...}}],
"has_thresholds": bool, "has_dump": bool}]}. For each pair one JSON line says what `ipvsadm` and
/proc/net/ip_vs showed on the way.
"""

from __future__ import annotations

import json
import socket
import struct
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from laico_lvs.core.errors import LvsError  # type: ignore[import-not-found]
from laico_lvs.host.ipvs_task import DestTask, ServiceTask  # type: ignore[import-not-found]
from laico_lvs.host.table_task import TableTask  # type: ignore[import-not-found]

TASKS = {"table": TableTask, "service": ServiceTask, "dest": DestTask}
Plan = list[Any]
GENERIC = 16  # NETLINK_GENERIC
READS = {4, 8, 11, 13, 15}  # IPVS_CMD_GET_*


class Wire(socket.socket):
    """Counts what is written to IPVS: every command that reads nothing."""

    writes = 0
    fault: str | None = None
    answers: tuple[list[bytes], ...] = ()

    def send(self, data: Any, flags: int = 0) -> int:
        """One message or several."""
        sent = super().send(data, flags)
        if self.proto == GENERIC:
            Wire.writes += sum(command not in READS for command in commands(bytes(data)))
        return sent

    def recv(self, size: int, flags: int = 0) -> bytes:
        """Keep the answer where somebody listens."""
        data = super().recv(size, flags)
        for heard in Wire.answers:
            heard.append(data)
        return data

    def sendmsg(self, *arguments: Any) -> int:
        """The code under test sends otherwise."""
        raise NotImplementedError(arguments)

    sendto = sendall = sendmsg  # type: ignore[assignment]


def commands(data: bytes) -> Iterator[int]:
    """Of each message to a generic netlink family other than the controller."""
    position = 0
    while position + 20 <= len(data):
        length, kind = struct.unpack_from("=IH", data, position)
        if kind > 16:
            yield data[position + 16]
        position += max((length + 3) & ~3, 16)


def ipvsadm(*words: str, lines: list[str] | None = None) -> list[str]:
    done = subprocess.run(
        ["ipvsadm", *words],
        input="".join(f"{line}\n" for line in lines or ()),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode or done.stderr:
        raise RuntimeError(f"ipvsadm {' '.join(words)}: {done.stderr} {lines}")
    return done.stdout.splitlines()


def saved() -> list[str]:
    return sorted(line.strip() for line in ipvsadm("-Sn"))


def without_working_servers() -> dict[str, list[str]]:
    """The kernel's own text: services without any server, and those without one of weight."""
    rows: dict[str, list[int]] = {}
    name = ""
    with open("/proc/net/ip_vs", encoding="ascii") as file:
        for line in file.read().splitlines()[3:]:
            words = line.split()
            if words[0] == "->":
                rows[name].append(int(words[3]))
            else:
                name = " ".join(words[:2])
                rows.setdefault(name, [])
    return {
        "empty": [name for name, weights in rows.items() if not weights],
        "idle": [name for name, weights in rows.items() if not any(weights)],
    }


def removals_first(plan: Plan) -> Plan:
    return sorted(plan, key=lambda op: not op.kind.startswith("del_"))


def without_the_last(plan: Plan) -> Plan:
    return plan[:-1]


def first_twice(plan: Plan) -> Plan:
    return [*plan[:1], *(op for op in plan[:1] if op.kind.startswith("set_")), *plan[1:]]


def one_heavier(plan: Plan) -> Plan:
    return [_heavier(op) if op.kind in ("add_dest", "set_dest") else op for op in plan]


def _heavier(op: Any) -> Any:
    return replace(op, dest=replace(op.dest, weight=op.dest.weight ^ 1))


# What a planner could do wrong: the proof is to see each.
FAULTS: dict[str | None, Callable[[Plan], Plan]] = {
    "removals first": removals_first,
    "without the last": without_the_last,
    "first twice": first_twice,
    "one heavier": one_heavier,
    None: list,
}


def perform(step: dict[str, Any], is_check: bool, has_trace: bool = False) -> dict[str, Any]:
    """As _resource.run_task does it."""
    before = Wire.writes
    task = TASKS[step["task"]](step["params"], is_check)
    trace = []
    try:
        world = task.read()
        plan = FAULTS[Wire.fault](list(task.plan(world)))
        task.guard(world, plan)
        after = task.show(task.predict(world, plan)).splitlines()
        for op in () if is_check else plan:
            task.apply(op)
            if has_trace:
                trace.append(without_working_servers())
        return {
            "operations": task.describe(plan),
            "after": after,
            "writes": Wire.writes - before,
            "trace": trace,
        }
    finally:
        task.close()


def report(pair: dict[str, Any]) -> dict[str, Any]:
    ipvsadm("-C")
    ipvsadm("-R", lines=pair["rules"])
    result: dict[str, Any] = {"start": saved(), "steps": []}
    try:
        for step in pair["steps"]:
            predicted = perform(step, is_check=True)
            done = perform(step, is_check=False, has_trace=step["task"] == "table")
            result["steps"].append({"predicted": predicted, "done": done})
        result["saved"] = saved()
        result["again"] = [perform(step, is_check=False) for step in pair["steps"]]
    except LvsError as error:
        result["error"] = str(error)
        return result
    if pair["has_thresholds"]:
        result["thresholds"] = ipvsadm("-Ln", "--thresholds")
    if pair["has_dump"]:
        result["dump"] = dump()
    return result


def dump() -> list[str]:
    """The kernel's answers to a read of the whole table, in hexadecimal."""
    heard: list[bytes] = []
    Wire.answers = (heard,)
    perform({"task": "table", "params": {"services": [], "purge": "none", "force": False}}, True)
    Wire.answers = ()
    return [data.hex() for data in heard]


def main() -> None:
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True, stdin=subprocess.DEVNULL)
    socket.socket = Wire  # type: ignore[misc]
    job = json.load(sys.stdin)
    Wire.fault = job["fault"]
    for pair in job["pairs"]:
        sys.stdout.write(json.dumps(report(pair)) + "\n")


if __name__ == "__main__":
    main()
