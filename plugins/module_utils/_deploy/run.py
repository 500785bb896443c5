# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From a step's outcome to the module's answer; of a module only three names are used."""

from __future__ import annotations

from typing import Callable, Protocol

from .._lvs.core.errors import LvsError
from .outcome import Outcome


class Module(Protocol):
    """What is used of AnsibleModule."""

    check_mode: bool

    def exit_json(self, **values: object) -> object:
        """End the module with success."""

    def fail_json(self, msg: str, **values: object) -> object:
        """End the module with a failure of one sentence."""


def finish(module: Module, work: Callable[[], Outcome]) -> None:
    """Run ``work`` and answer with its outcome; an LvsError becomes a failure of one sentence."""
    try:
        outcome = work()
    except LvsError as error:
        module.fail_json(msg=str(error))
        return
    except OSError as error:
        module.fail_json(msg=f"{error.filename or 'the host'}: {error.strerror or error}.")
        return
    module.exit_json(changed=outcome.is_changed, diff=outcome.diff, **outcome.values)
