# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Build the on-host package on the control node and hand it to the module of the same name."""

from __future__ import annotations

from typing import Any

from ansible.plugins.action import ActionBase

from ansible_collections.laico.lvs.plugins.plugin_utils._package import package_arguments


class ActionModule(ActionBase):  # type: ignore[misc]
    """The controller's half of lvs_package: works from a checkout and from an installed tarball."""

    TRANSFERS_FILES = False
    _requires_connection = True

    def run(
        self, tmp: str | None = None, task_vars: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        """Add digest and archive to the task's own options and run the module."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        arguments = dict(self._task.args)
        if arguments.get("state", "present") == "present":
            arguments.update(package_arguments())
        result.update(
            self._execute_module(
                module_name="laico.lvs.lvs_package",
                module_args=arguments,
                task_vars=task_vars,
            )
        )
        return result
