#!/usr/bin/python
# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: lvs_unit
short_description: Have one of this collection's daemons run with what is on the disc now (internal)
version_added: 0.1.0
description:
  - Used by the roles of this collection. Enables and starts a unit, and restarts or reloads it when the files
    it was started with have changed since, in this run or in an earlier one that did not come to its end.
  - Internal to the collection, its options may change in any release.
author:
  - laico.lvs authors (@laico)
extends_documentation_fragment:
  - laico.lvs.attributes
  - laico.lvs.attributes.idempotent
options:
  name:
    description: The unit.
    type: str
    required: true
  state:
    description:
      - V(started) also enables it, V(stopped) also disables it.
      - V(absent) removes its file too, and the rows of the IPVS table that its daemon wrote down as its own.
    type: str
    choices: [started, stopped, absent]
    default: started
  restart_on:
    description: Files and links whose change needs a restart.
    type: list
    elements: path
    default: []
  reload_on:
    description: Files whose change needs a reload.
    type: list
    elements: path
    default: []
  before_restart:
    description: A command run before a running unit is restarted; when it fails, the unit is left running.
    type: list
    elements: str
    default: []
  patience_s:
    description: For how many seconds O(before_restart) is tried again while it fails.
    type: int
    default: 0
  reload:
    description: The command that reloads the unit, by default C(systemctl reload).
    type: list
    elements: str
    default: []
  is_optional:
    description: A unit that is not there is no failure, and nothing is done.
    type: bool
    default: false
  forget:
    description: Units to remove that set something up once, such as an address; that stays.
    type: list
    elements: str
    default: []
"""

EXAMPLES = r"""
- name: Have the health monitor run
  laico.lvs.lvs_unit:
    name: lvs-ldirectord.service
    restart_on: [/usr/local/lib/laico_lvs/current]
    reload_on: [/etc/ha.d/ldirectord.cf]
"""

RETURN = r"""
action:
  description: What was done, or in check mode would be, one of start, restart, reload or empty.
  type: str
  returned: when O(state=started)
"""

from typing import Any

from ansible.module_utils.basic import AnsibleModule

from ..module_utils._deploy.outcome import Outcome
from ..module_utils._deploy.run import finish
from ..module_utils._deploy.units import (
    WantedUnit,
    ensure_absent,
    ensure_running,
    ensure_stopped,
    forget_units,
)

SPEC = {
    "name": {"type": "str", "required": True},
    "state": {
        "type": "str",
        "choices": ["started", "stopped", "absent"],
        "default": "started",
    },
    "restart_on": {"type": "list", "elements": "path", "default": []},
    "reload_on": {"type": "list", "elements": "path", "default": []},
    "before_restart": {"type": "list", "elements": "str", "default": []},
    "patience_s": {"type": "int", "default": 0},
    "reload": {"type": "list", "elements": "str", "default": []},
    "is_optional": {"type": "bool", "default": False},
    "forget": {"type": "list", "elements": "str", "default": []},
}
# What of them describes the unit itself.
UNIT = tuple(name for name in SPEC if name not in ("state", "forget"))


def ensure(params: dict[str, Any], is_check: bool) -> Outcome:
    """Forget what is adopted, then bring the unit to its state."""
    steps = [forget_units(params["forget"], is_check)]
    if params["state"] == "stopped":
        steps.append(ensure_stopped([params["name"]], is_check))
    elif params["state"] == "absent":
        steps.append(ensure_absent(params["name"], is_check))
    else:
        wanted = WantedUnit(**{name: params[name] for name in UNIT})
        steps.append(ensure_running(wanted, is_check))
    return Outcome(
        is_changed=any(step.is_changed for step in steps),
        diff=[entry for step in steps for entry in step.diff],
        values=steps[-1].values,
    )


def main() -> None:
    """Run as an Ansible module."""
    module = AnsibleModule(argument_spec=SPEC, supports_check_mode=True)
    finish(module, lambda: ensure(module.params, module.check_mode))


if __name__ == "__main__":
    main()
