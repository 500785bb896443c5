# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The EXAMPLES of the modules, as tasks, and on which hosts of the lab a test runs them."""

from __future__ import annotations

from typing import Any

import yaml

from tests.repo import doc_yaml, tree

Task = dict[str, Any]
# In this order: what an example takes for granted (a service of a destination) an earlier one made.
ON_ONE_GUEST = (
    "ipvs_service",
    "ipvs_dest",
    "ipvs_info",
    "ipvs_timeouts",
    "ipvs_sync",
    "ipvs_table",
    "vip_address",
    "heartbeat_peer",
)
# These ask running daemons: after site.yml, on a host of this name.
ON_A_CLUSTER = {
    "heartbeat_info": "laicoz",
    "lvs_doctor_info": "laico2",
    "ldirectord_server": "laicoz",
    "heartbeat_group": "laicoz",
}


def examples_of(module: str) -> list[Task]:
    """The tasks that a module's documentation shows."""
    path = tree.ROOT / f"plugins/modules/{module}.py"
    found: list[Task] = yaml.safe_load(doc_yaml.assigned(path, "EXAMPLES"))
    return found


def public_modules() -> set[str]:
    """The modules for operators: those of the action group."""
    group = yaml.safe_load((tree.ROOT / "meta/runtime.yml").read_text(encoding="utf-8"))
    return set(group["action_groups"]["lvs"])


def play(host: str, module: str, tasks: list[Task]) -> dict[str, Any]:
    """A play of a module's examples on one host."""
    return {
        "name": f"Examples of {module}",
        "hosts": host,
        "gather_facts": False,
        "tasks": tasks,
    }
