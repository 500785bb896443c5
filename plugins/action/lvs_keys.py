# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The controller's half of lvs_keys: the wanted keys from the inventory, to the module alone."""

from __future__ import annotations

from ansible_collections.laico.lvs.plugins.plugin_utils._action import (
    InventoryAction,
    Result,
    Variables,
)
from ansible_collections.laico.lvs.plugins.plugin_utils._inventory import Inventory
from ansible_collections.laico.lvs.plugins.plugin_utils._keys import find_problems, wanted_text


class ActionModule(InventoryAction):
    """Refuses wrong keys by position and id, and never tells a value."""

    def answer_for(self, inventory: Inventory, host: str, variables: Variables) -> Result:
        """Check the inventory's keys, then run the module with them."""
        problems = find_problems(inventory, host)
        if problems:
            return {"failed": True, "changed": False, "msg": "\n".join(problems)}
        arguments = {**self._task.args, "content": wanted_text(inventory, host)}
        return self.ask_host("lvs_keys", arguments, variables)
