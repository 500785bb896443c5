# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From a step's outcome to the module's answer; of a module only three names are used."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from typing import Any, Callable, Protocol

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
    """Run ``work`` and answer with its outcome; an LvsError becomes a failure of one sentence.

    ``work`` asks ``module.check_mode`` when it is called. A failure tells what was done before it
    (``done``, ``diff``), and by another call in check mode what was not (``not_done``).
    """
    begins = len(Outcome.journal)
    try:
        outcome = work()
    except (LvsError, OSError) as error:
        half = _half(module, work, begins)
        module.fail_json(msg=_sentence(error, half.get("done", [])), **half)
        return
    module.exit_json(changed=outcome.is_changed, diff=outcome.diff, **outcome.values)


def _sentence(error: Exception, done: Sequence[str]) -> str:
    sentence = str(error)
    if isinstance(error, OSError):
        where = error.filename or "the host"
        sentence = f"{where}: {error.strerror or error}; mend that and run this again."
    return f"{sentence} Done before it: {'; '.join(done)}." if done else sentence


def _half(module: Module, work: Callable[[], Outcome], begins: int) -> dict[str, Any]:
    if module.check_mode:
        return {"changed": False}
    done = Outcome.journal[begins:]
    module.check_mode = True
    with contextlib.suppress(LvsError, OSError):  # what was found until then is told
        work()
    left = Outcome.journal[begins + len(done) :]
    return {
        "changed": bool(done),
        "diff": done,
        "done": [entry["after_header"] for entry in done],
        "not_done": [entry["after_header"] for entry in left],
    }
