# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What all action plugins of this collection begin and end with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible.plugins.action import ActionBase

from ._inventory import Inventory

Variables = Mapping[str, Any]
Result = dict[str, Any]


class Action(ActionBase):  # type: ignore[misc]
    """The control node's half of a module: works from a checkout and from an installed tarball."""

    TRANSFERS_FILES = False

    def run(self, tmp: str | None = None, task_vars: Result | None = None) -> Result:
        """Run ``answer`` and give what it answers as the task's result."""
        result: Result = super().run(tmp, task_vars)
        result.update(self.answer(task_vars or {}))
        return result

    def answer(self, variables: Variables) -> Result:
        """What the task gives; ``variables`` are the host's."""
        raise NotImplementedError

    def ask_host(self, module: str, arguments: Variables, variables: Variables) -> Result:
        """Run a module of this collection on the host."""
        found: Result = self._execute_module(
            module_name=f"laico.lvs.{module}", module_args=arguments, task_vars=variables
        )
        return found


class InventoryAction(Action):
    """One that works from what the inventory says of the host."""

    def answer(self, variables: Variables) -> Result:
        """Take the inventory out of the variables."""
        inventory = Inventory(variables["hostvars"], variables["groups"])
        return self.answer_for(inventory, str(variables["inventory_hostname"]), variables)

    def answer_for(self, inventory: Inventory, host: str, variables: Variables) -> Result:
        """What the task gives for this host of the inventory."""
        raise NotImplementedError
