# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The controller's half of lvs_setup: the daemons' code goes along where it is asked for."""

from __future__ import annotations

from typing import Any

from ansible.module_utils.parsing.convert_bool import boolean
from ansible.plugins.action import ActionBase

from ansible_collections.laico.lvs.plugins.plugin_utils._package import package_arguments


class ActionModule(ActionBase):  # type: ignore[misc]
    """Adds digest and archive to the task's own options."""

    TRANSFERS_FILES = False
    _requires_connection = True

    def run(
        self, tmp: str | None = None, task_vars: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        """Run the module, with the package where the task wants it."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        arguments = dict(self._task.args)
        if boolean(arguments.get("package", False)):
            arguments.update(package_arguments())
        result.update(
            self._execute_module(
                module_name="laico.lvs.lvs_setup", module_args=arguments, task_vars=task_vars
            )
        )
        return result
