#!/usr/bin/python
# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: heartbeat_info
short_description: Ask a director's heartbeat agent how things stand
version_added: 0.1.0
description:
  - Returns the agent's view of nodes, links and groups, and can wait until the cluster is as it should be.
  - Without O(wait_for) a host without a running agent is no failure; RV(ignore:is_running) says so.
author:
  - laico.lvs authors (@laico)
extends_documentation_fragment:
  - laico.lvs.attributes
  - laico.lvs.attributes.info_module
  - laico.lvs.attributes.action_group
options:
  wait_for:
    description:
      - V(linked) waits until every other director has been heard on every link since the wait began, V(stable) until
        all are heard and each group has one holder and nothing is moving, V(holder) until O(holder) holds O(group).
      - V(ready) waits until this director would take each group that nobody holds, its start being over. It asks
        nothing of the other directors, which may run another program still.
      - When the time is up the module fails and names the silent link or the group.
      - In check mode there is no waiting, for nothing was changed.
    type: str
    choices: [linked, stable, ready, holder]
  timeout:
    description: How long to wait, in seconds.
    type: int
    default: 30
  group:
    description: The group (its first address) whose holder is waited for; all groups when left out.
    type: str
  holder:
    description: The node that shall hold it. Required when O(wait_for=holder).
    type: str
"""

EXAMPLES = r"""
- name: Wait until the directors hear each other
  laico.lvs.heartbeat_info:
    wait_for: linked
    timeout: 30
  register: agent
"""

RETURN = r"""
is_running:
  description: Whether an agent answers on this host.
  type: bool
  returned: success
is_holder:
  description: Whether this host holds at least one group.
  type: bool
  returned: success
held:
  description: The groups that this host holds.
  type: list
  elements: str
  returned: success
status:
  description: The agent's own status, empty when none answers.
  type: dict
  returned: success
"""

from ansible.module_utils.basic import AnsibleModule

from ..module_utils._deploy.agent import Goal, inform
from ..module_utils._deploy.run import finish

SPEC = {
    "wait_for": {"type": "str", "choices": ["linked", "stable", "ready", "holder"]},
    "timeout": {"type": "int", "default": 30},
    "group": {"type": "str"},
    "holder": {"type": "str"},
}


def main() -> None:
    """Run as an Ansible module."""
    module = AnsibleModule(
        argument_spec=SPEC,
        supports_check_mode=True,
        required_if=[("wait_for", "holder", ("holder",))],
    )
    params = module.params
    goal = params["wait_for"] and Goal(
        params["wait_for"], params["group"] or "", params["holder"] or ""
    )
    finish(module, lambda: inform(goal, params["timeout"], module.check_mode))


if __name__ == "__main__":
    main()
