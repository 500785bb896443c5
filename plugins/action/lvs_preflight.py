# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The controller's half of preflight: values first, then each host, then all hosts together."""

from __future__ import annotations

from collections.abc import Sequence

from ansible_collections.laico.lvs.plugins.plugin_utils._action import (
    InventoryAction,
    Result,
    Variables,
)
from ansible_collections.laico.lvs.plugins.plugin_utils._inventory import FACTS, Inventory
from ansible_collections.laico.lvs.plugins.plugin_utils._preflight import (
    ALL_CHECKS,
    check_values,
    compare_hosts,
    host_arguments,
)


class ActionModule(InventoryAction):
    """Check the inventory's values here, then ask the host; never hand a key to it."""

    def answer_for(self, inventory: Inventory, host: str, variables: Variables) -> Result:
        """Run one of the two steps; each problem is one line of the failure's message."""
        if self._task.args.get("is_verdict"):
            findings, warnings = compare_hosts(inventory, variables["ansible_play_hosts_all"])
            return {"warnings": warnings, **_verdict(findings)}
        checks: Sequence[str] = self._task.args.get("checks", ALL_CHECKS)
        is_first = host == next(iter(variables["ansible_play_hosts_all"]), host)
        problems = check_values(inventory, host, checks)
        if problems:
            # Told once, by the first host; the others touch nothing either.
            return _verdict(problems if is_first else [])
        return self._look(host_arguments(inventory, host, checks), variables)

    def _look(self, arguments: Variables, variables: Variables) -> Result:
        answer = self.ask_host("lvs_preflight", arguments, variables)
        if "host" not in answer:
            return answer
        found = dict(answer["host"])
        findings, warnings = found.pop("findings"), found.pop("warnings")
        result = {"warnings": warnings, **_verdict(findings)}
        return result if findings else {**result, "ansible_facts": {FACTS: found}}


def _verdict(findings: list[str]) -> Result:
    if not findings:
        return {"changed": False}
    return {"changed": False, "failed": True, "msg": "\n".join(findings)}
