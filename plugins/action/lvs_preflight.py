# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The controller's half of preflight: values first, then each host, then all hosts together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ansible.plugins.action import ActionBase

from ansible_collections.laico.lvs.plugins.plugin_utils._inventory import FACTS, Inventory
from ansible_collections.laico.lvs.plugins.plugin_utils._preflight import (
    ALL_CHECKS,
    check_values,
    compare_hosts,
    host_arguments,
)


class ActionModule(ActionBase):  # type: ignore[misc]
    """Check the inventory's values here, then ask the host; never hand a key to it."""

    TRANSFERS_FILES = False

    def run(
        self, tmp: str | None = None, task_vars: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        """Run one of the two steps; each problem is one line of the failure's message."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        variables: Mapping[str, Any] = task_vars or {}
        inventory = Inventory(variables["hostvars"], variables["groups"])
        host = str(variables["inventory_hostname"])
        if self._task.args.get("is_verdict"):
            findings, warnings = compare_hosts(inventory, variables["ansible_play_hosts_all"])
            result["warnings"] = warnings
            return _answer(result, findings)
        checks: Sequence[str] = self._task.args.get("checks", ALL_CHECKS)
        is_first = host == next(iter(variables["ansible_play_hosts_all"]), host)
        problems = check_values(inventory, host, checks)
        if problems:
            # Told once, by the first host; the others touch nothing either.
            return _answer(result, problems if is_first else [])
        return self._ask_host(result, host_arguments(inventory, host, checks), variables)

    def _ask_host(
        self, result: dict[str, Any], arguments: dict[str, Any], variables: Mapping[str, Any]
    ) -> dict[str, Any]:
        answer = self._execute_module(
            module_name="laico.lvs.lvs_preflight",
            module_args=arguments,
            task_vars=variables,
        )
        if "host" not in answer:
            result.update(answer)
            return result
        found = dict(answer["host"])
        findings = found.pop("findings")
        result["warnings"] = found.pop("warnings")
        if not findings:
            result["ansible_facts"] = {FACTS: found}
        return _answer(result, findings)


def _answer(result: dict[str, Any], findings: list[str]) -> dict[str, Any]:
    result["changed"] = False
    if findings:
        result["failed"] = True
        result["msg"] = "\n".join(findings)
    return result
