# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""``python -m tests.bench power-off --runs 10`` and the like: one lab, one figure, JSON at will.

    power-off   the active director loses its power, --runs times
    moves       planned moves, --count times, with the stateless preset, or with --scheduler rr
    soak        nothing happens for --minutes, with loops on all cores
    fastest     the shortest times that stand such a soak, tried for --short seconds each before
    idle        processor and memory of an idle pair over --seconds
    cost        checking one heartbeat
    table       ipvs_table for a thousand rows, --runs times beside `ipvsadm -R` (one guest)
    task        one task of each IPVS module beside ansible.builtin.stat, --runs rounds (one guest)
    site        site.yml from bare hosts, and --runs times again beside a ping of all hosts

--keepalive and --deadtime set the heartbeat (default: the role's own); --set NAME=VALUE any
variable of the roles. ``--runs 3`` after a soak also cuts the power at that setting.
"""

from __future__ import annotations

import argparse
import datetime
import json
import signal
import sys
import tempfile
from pathlib import Path
from typing import Any

from tests.unit.conftest import make_collection_importable

make_collection_importable()

from tests.bench.cost import check_cost  # noqa: E402
from tests.bench.idle import idle  # noqa: E402
from tests.bench.move import moves  # noqa: E402
from tests.bench.power_off import power_offs  # noqa: E402
from tests.bench.rig import STATELESS, Rig, rig, services, timing  # noqa: E402
from tests.bench.site import RUNS, site  # noqa: E402
from tests.bench.soak import find_fastest, soak  # noqa: E402
from tests.bench.table import TABLE_RUNS, table_cost  # noqa: E402
from tests.bench.task import ROUNDS, task_costs  # noqa: E402
from tests.integration.modules.conftest import one_guest  # noqa: E402

GUEST_COSTS = {"table": table_cost, "task": task_costs}
DEFAULT_RUNS = {
    "power-off": 10,
    "fastest": 10,
    "site": RUNS,
    "table": TABLE_RUNS,
    "task": ROUNDS,
}


def main() -> int:
    """One figure; told to end, it takes the lab down first."""
    signal.signal(signal.SIGTERM, _end)
    options = _parser().parse_args()
    if options.runs is None:
        options.runs = DEFAULT_RUNS.get(options.what, 0)
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = options.keep or Path(name)
        folder.mkdir(exist_ok=True)
        result = {"what": options.what, "at": _now(), **_run(folder, options)}
    if options.json:
        options.json.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    sys.stdout.write(_text(result) + "\n")
    return 0


def _end(number: int, frame: object) -> None:
    del frame
    raise SystemExit(128 + number)


def _run(folder: Path, options: argparse.Namespace) -> dict[str, Any]:
    if options.what == "site":
        return site(folder, options.runs)
    if options.what in GUEST_COSTS:
        with one_guest(folder) as guest:
            return GUEST_COSTS[options.what](guest, options.runs)
    with rig(folder) as cluster:
        cluster.set_up(**_variables(options))
        return _measure(cluster, options)


def _measure(cluster: Rig, options: argparse.Namespace) -> dict[str, Any]:
    if options.what == "power-off":
        return power_offs(cluster, options.runs, options.rate)
    if options.what == "moves":
        return moves(cluster, options.count, options.rate)
    if options.what == "idle":
        return idle(cluster, options.seconds)
    if options.what == "cost":
        return check_cost(cluster)
    if options.what == "fastest":
        return find_fastest(
            cluster, options.minutes * 60, options.short, options.runs, not options.quiet
        )
    found = soak(cluster, options.minutes * 60, not options.quiet, options.soak_rate)
    if options.runs and found["is_held_throughout"]:
        found["power_off"] = power_offs(cluster, options.runs, options.rate)
    return found


def _variables(options: argparse.Namespace) -> dict[str, Any]:
    variables: dict[str, Any] = dict(item.split("=", 1) for item in options.set)
    if options.keepalive:
        variables.update(timing(options.keepalive, options.deadtime))
    if options.scheduler:
        variables.update(services(options.scheduler))
    elif options.what == "moves":
        variables.update(STATELESS)
    return variables


def _text(result: dict[str, Any]) -> str:
    """The result as rows ``name: value``, lists of runs as one row each."""
    rows = []
    for name, value in result.items():
        if isinstance(value, list):
            rows += [f"{name}:"] + [f"    {json.dumps(one)}" for one in value]
        elif isinstance(value, dict):
            rows += [f"{name}:"] + [f"    {key}: {_short(one)}" for key, one in value.items()]
        else:
            rows.append(f"{name}: {_short(value)}")
    return "\n".join(rows)


def _short(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else json.dumps(value)


def _now() -> str:
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    kinds = ("power-off", "moves", "soak", "fastest", "idle", "cost", "site", "table", "task")
    parser.add_argument("what", choices=kinds)
    parser.add_argument("--runs", type=int, default=None, help="power cuts (10; after a soak 0)")
    parser.add_argument("--count", type=int, default=20, help="moves")
    parser.add_argument("--minutes", type=float, default=10.0, help="of the soak")
    parser.add_argument("--short", type=float, default=90.0, help="seconds of a first trial")
    parser.add_argument("--seconds", type=float, default=60.0, help="of the idle pair")
    parser.add_argument("--rate", type=float, default=200.0, help="requests a second")
    parser.add_argument("--soak-rate", type=float, default=0.0, help="the same in the soak")
    parser.add_argument("--quiet", action="store_true", help="no loops in the soak")
    parser.add_argument("--keepalive", type=float, default=0, metavar="MS")
    parser.add_argument("--deadtime", type=float, default=250, metavar="MS")
    parser.add_argument("--scheduler", default="", help="of both services, and no preset")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE")
    parser.add_argument("--json", type=Path, help="file for the whole result")
    parser.add_argument("--keep", type=Path, help="folder for the recordings and the play's output")
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
