# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tells lvs_doctor_info what the inventory says of the host, where the task does not say it."""

from __future__ import annotations

from ansible_collections.laico.lvs.plugins.plugin_utils._action import (
    InventoryAction,
    Result,
    Variables,
)
from ansible_collections.laico.lvs.plugins.plugin_utils._doctor import doctor_arguments
from ansible_collections.laico.lvs.plugins.plugin_utils._inventory import Inventory


class ActionModule(InventoryAction):
    """Fill in what is left out, then ask the host."""

    def answer_for(self, inventory: Inventory, host: str, variables: Variables) -> Result:
        """Run the module; what the task gives counts, whatever the inventory says."""
        known = doctor_arguments(inventory, host)
        return self.ask_host("lvs_doctor_info", {**known, **self._task.args}, variables)
