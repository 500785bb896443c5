# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The controller's half of lvs_setup: the daemons' code goes along where it is asked for."""

from __future__ import annotations

from ansible.module_utils.parsing.convert_bool import boolean

from ansible_collections.laico.lvs.plugins.plugin_utils._action import (
    Action,
    Result,
    Variables,
)
from ansible_collections.laico.lvs.plugins.plugin_utils._package import package_arguments


class ActionModule(Action):
    """Adds digest and archive to the task's own options."""

    def answer(self, variables: Variables) -> Result:
        """Run the module, with the package where the task wants it."""
        arguments = dict(self._task.args)
        if boolean(arguments.get("package", False)):
            arguments.update(package_arguments())
        return self.ask_host("lvs_setup", arguments, variables)
