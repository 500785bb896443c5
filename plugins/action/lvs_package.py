# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Build the on-host package on the control node and hand it to the module of the same name."""

from __future__ import annotations

from ansible_collections.laico.lvs.plugins.plugin_utils._action import (
    Action,
    Result,
    Variables,
)
from ansible_collections.laico.lvs.plugins.plugin_utils._package import package_arguments


class ActionModule(Action):
    """Adds digest and archive to the task's own options."""

    def answer(self, variables: Variables) -> Result:
        """Run the module, with the package where it is to be there."""
        arguments = dict(self._task.args)
        if arguments.get("state", "present") == "present":
            arguments.update(package_arguments())
        return self.ask_host("lvs_package", arguments, variables)
