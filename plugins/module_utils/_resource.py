# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From a task of ``_lvs`` to a module: read -> plan -> apply, with check mode, diff and errors.

The one file that knows both Ansible and the package. Check mode and diff come from the plan that
would be applied; there is no second path.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Callable, TypeVar

from ansible.module_utils.basic import AnsibleModule

from ._lvs.core.errors import LvsError
from ._lvs.host.task import Task

World = TypeVar("World")
Op = TypeVar("Op")

_FEW = 5  # operations that the sentence of an error tells; the result has all.

MakeTask = Callable[[Mapping[str, Any], bool], Task[World, Op]]


def run_task(module: AnsibleModule, make_task: MakeTask[World, Op]) -> None:
    """Bring the task's object to its wanted state and end the module.

    Returns ``changed``, ``operations`` (what was or would be done, in words), ``diff`` and the
    object's values. An error half-way returns ``done`` and ``not_done`` as well.
    """
    try:
        task = make_task(module.params, module.check_mode)
        try:
            module.exit_json(**_run(module, task))
        finally:
            task.close()
    except LvsError as error:
        module.fail_json(msg=str(error))


def run_info(module: AnsibleModule, read: Callable[[], Mapping[str, Any]]) -> None:
    """Return what ``read`` gives and end the module."""
    try:
        module.exit_json(changed=False, **read())
    except LvsError as error:
        module.fail_json(msg=str(error))


def _run(module: AnsibleModule, task: Task[World, Op]) -> dict[str, Any]:
    before = task.read()
    plan = task.plan(before)
    task.guard(before, plan)
    after = task.predict(before, plan)
    result: dict[str, Any] = {"changed": bool(plan), "operations": task.describe(plan)}
    if module._diff:
        result["diff"] = _diff(module, task.show(before), task.show(after))
    if not module.check_mode:
        _apply(module, task, plan)
        after = _complete(module, task, plan, before)
    for sentence in task.warnings(after):
        module.warn(sentence)
    return {**result, **task.values(after)}


def _diff(module: AnsibleModule, before: str, after: str) -> dict[str, str]:
    header = str(module._name).rpartition(".")[2]
    return {"before_header": header, "before": before, "after_header": header, "after": after}


def _apply(module: AnsibleModule, task: Task[World, Op], plan: Sequence[Op]) -> None:
    for count, op in enumerate(plan):
        try:
            task.apply(op)
        except LvsError as error:
            left = [*task.describe(plan[count:]), *task.finish_words(plan)]
            _fail_half_way(module, error, task.describe(plan[:count]), left)


def _complete(
    module: AnsibleModule, task: Task[World, Op], plan: Sequence[Op], before: World
) -> World:
    """Do what follows the plan; gives the object as it is now."""
    left = task.finish_words(plan)
    try:
        task.finish(plan)
        left = []
        return task.read() if plan else before
    except LvsError as error:
        _fail_half_way(module, error, task.describe(plan), left)
        raise


def _fail_half_way(
    module: AnsibleModule, error: LvsError, done: list[str], not_done: list[str]
) -> None:
    sentence = f"{error} Done before it: {_few(done)}." if done else str(error)
    module.fail_json(msg=sentence, changed=bool(done), done=done, not_done=not_done)


def _few(words: Sequence[str]) -> str:
    shown = "; ".join(words[:_FEW])
    return shown if len(words) <= _FEW else f"{shown}; and {len(words) - _FEW} more"
