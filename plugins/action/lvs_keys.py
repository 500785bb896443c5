# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The controller's half of lvs_keys: the wanted keys from the inventory, to the module alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible.plugins.action import ActionBase

from ansible_collections.laico.lvs.plugins.plugin_utils._inventory import Inventory
from ansible_collections.laico.lvs.plugins.plugin_utils._keys import find_problems, wanted_text


class ActionModule(ActionBase):  # type: ignore[misc]
    """Refuses wrong keys by position and id, and never tells a value."""

    TRANSFERS_FILES = False

    def run(
        self, tmp: str | None = None, task_vars: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        """Check the inventory's keys, then run the module with them."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        variables: Mapping[str, Any] = task_vars or {}
        inventory = Inventory(variables["hostvars"], variables["groups"])
        host = str(variables["inventory_hostname"])
        problems = find_problems(inventory, host)
        if problems:
            result.update(failed=True, changed=False, msg="\n".join(problems))
            return result
        arguments = {**self._task.args, "content": wanted_text(inventory, host)}
        result.update(
            self._execute_module(
                module_name="laico.lvs.lvs_keys", module_args=arguments, task_vars=task_vars
            )
        )
        return result
