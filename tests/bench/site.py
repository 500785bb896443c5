# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What site.yml costs over five hosts, in pings: once from bare hosts, then with nothing to do."""

from __future__ import annotations

import itertools
import json
import time
from pathlib import Path
from typing import Any

from tests.bench.outcome import spread
from tests.integration.story.cluster import Cluster, Play, started

NAME = "site"
TOPOLOGY = "paper.yml"
RUNS = 3
# Five preflights and their verdict; three on each real server, its page included; two on each
# director, and one that waits for the cluster.
MODULES = 6 + 3 * 3 + 2 * 2 + 2
START = "start: playbooks, roles and inventory are read"
CALLBACKS = Path(__file__).with_name("callback")

Tasks = list[dict[str, Any]]


def site(folder: Path, runs: int = RUNS) -> dict[str, Any]:
    """The lab, up; site.yml on bare hosts; then so many times a ping and site.yml again.

    ``ratio``: seconds of a run that changes nothing in those of one `ansible -m ping` over the
    same hosts just before it. ``tasks``: where the last run's seconds went; ``modules``: how many
    modules of this collection it started, which is what costs.
    """
    with started(NAME, TOPOLOGY, folder) as cluster:
        cluster.ping()  # opens the connections, which are then shared
        first, first_tasks = timed_site(cluster)
        cluster.settle()
        pairs = [(cluster.ping(), *timed_site(cluster)) for dummy in range(runs)]
    return {
        "first_s": first.seconds,
        "first_changed": first.changed,
        "ping_s": spread([ping_s for ping_s, dummy, tasks in pairs]),
        "second_s": spread([again.seconds for dummy, again, tasks in pairs]),
        "ratio": spread([again.seconds / ping_s for ping_s, again, tasks in pairs]),
        "changed": max(max(again.changed.values()) for dummy, again, tasks in pairs),
        "modules": sum(row["modules"] for row in pairs[-1][2]),
        "control_node_cpu_s": {"first": first.cpu_s, "second": pairs[-1][1].cpu_s},
        "first_tasks": first_tasks,
        "tasks": pairs[-1][2],
    }


def timed_site(cluster: Cluster) -> tuple[Play, Tasks]:
    """site.yml, and its tasks with their seconds, the longest first."""
    times = cluster.logs / "times.json"
    profile = {"ANSIBLE_CALLBACK_PLUGINS": str(CALLBACKS), "LAICO_TIMES": str(times)}
    began = time.monotonic()
    play = cluster.site(further=profile)
    if play.code:
        raise AssertionError(f"site.yml failed:\n{play.output[-6000:]}")
    return play, by_task(json.loads(times.read_text(encoding="utf-8")), began)


def by_task(entries: Tasks, began: float) -> Tasks:
    """Each task's ``seconds``, until the next one began; what came before the first is "start".

    Tasks of one name (a role's in several plays) are told as one: ``runs`` of them, ``hosts``
    the number of answers, ``modules`` that of modules of this collection started. The longest
    first.
    """
    found: dict[str, dict[str, Any]] = {}
    begin = {"task": START, "action": "", "hosts": [], "at": began}
    for task, after in itertools.pairwise([begin, *entries]):
        none = {"seconds": 0.0, "runs": 0, "hosts": 0, "modules": 0}
        one = found.setdefault(task["task"], none)
        one["seconds"] = round(one["seconds"] + after["at"] - task["at"], 2)
        one["runs"] += 1
        one["hosts"] += len(task["hosts"])
        one["modules"] += len(task["hosts"]) * task["action"].startswith("laico.lvs.")
    rows = [{"task": name, **one} for name, one in found.items()]
    return sorted(rows, key=lambda row: -float(row["seconds"]))
