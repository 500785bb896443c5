# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Writes when each task of a run began, and which hosts were asked, to the file LAICO_TIMES."""

from __future__ import annotations

import json
import os
import time
from typing import Any

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = r"""
name: laico_times
type: aggregate
short_description: When each task began, as JSON (of the benches)
description:
  - Writes a list of tasks, each with C(play), C(task), C(action), C(at) (seconds, monotonic) and
    C(hosts) (on which it was not skipped), to the file that the variable C(LAICO_TIMES) names.
requirements:
  - none
"""


class CallbackModule(CallbackBase):  # type: ignore[misc]
    """One entry for each task; the last one is named "" and tells when all was over."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "laico_times"

    def __init__(self) -> None:
        """Begin with an empty list."""
        super().__init__()
        self._play = ""
        self._tasks: list[dict[str, Any]] = []

    def _begin(self, name: str, action: str) -> None:
        self._tasks.append(
            {
                "play": self._play,
                "task": name,
                "action": action,
                "at": time.monotonic(),
                "hosts": [],
            }
        )

    def v2_playbook_on_play_start(self, play: Any) -> None:
        """Remember the play's name."""
        self._play = play.get_name()

    def v2_playbook_on_task_start(self, task: Any, is_conditional: bool) -> None:
        """A task begins, and the one before has ended."""
        del is_conditional
        self._begin(task.get_name(), str(task.resolved_action or task.action))

    def v2_runner_on_ok(self, result: Any) -> None:
        """A host has answered."""
        self._tasks[-1]["hosts"].append(result._host.get_name())

    v2_runner_on_failed = v2_runner_on_ok

    def v2_playbook_on_stats(self, stats: Any) -> None:
        """All is over."""
        del stats
        self._begin("", "")
        with open(os.environ["LAICO_TIMES"], "w", encoding="utf-8") as file:
            json.dump(self._tasks, file)
