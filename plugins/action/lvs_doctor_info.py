# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tells lvs_doctor_info what the inventory says of the host, where the task does not say it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible.plugins.action import ActionBase

from ansible_collections.laico.lvs.plugins.plugin_utils._doctor import doctor_arguments
from ansible_collections.laico.lvs.plugins.plugin_utils._inventory import Inventory


class ActionModule(ActionBase):  # type: ignore[misc]
    """Fill in what is left out, then ask the host."""

    TRANSFERS_FILES = False

    def run(
        self, tmp: str | None = None, task_vars: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        """Run the module; what the task gives counts, whatever the inventory says."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        variables: Mapping[str, Any] = task_vars or {}
        inventory = Inventory(variables["hostvars"], variables["groups"])
        known = doctor_arguments(inventory, str(variables["inventory_hostname"]))
        result.update(
            self._execute_module(
                module_name="laico.lvs.lvs_doctor_info",
                module_args={**known, **self._task.args},
                task_vars=variables,
            )
        )
        return result
