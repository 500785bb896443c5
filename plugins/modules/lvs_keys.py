#!/usr/bin/python
# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: lvs_keys
short_description: Take one step of a change of the heartbeats' keys (internal)
version_added: 0.1.0
description:
  - Used by the playbook rotate_keys.yml. Each step is taken on all directors before the next.
  - The keys that are wanted are read from the inventory on the control node. Those that stand on the host are
    read there and never leave it, and no key is ever shown, only its id.
  - Internal to the collection, its options may change in any release.
author:
  - laico.lvs authors (@laico)
extends_documentation_fragment:
  - laico.lvs.attributes
  - laico.lvs.attributes.idempotent
options:
  phase:
    description:
      - V(accept) has the wanted keys accepted beside the present ones, V(send) sends with the wanted one,
        V(only) accepts the wanted ones alone.
    type: str
    choices: [accept, send, only]
    required: true
  content:
    description: Filled in by the control node.
    type: str
    default: ""
"""

EXAMPLES = r"""
- name: Accept the new keys beside the old ones
  laico.lvs.lvs_keys:
    phase: accept
"""

RETURN = r"""
accepts:
  description: The ids of the keys that are accepted after the step.
  type: list
  elements: int
  returned: success
sends:
  description: The id of the key that heartbeats are sent with after the step.
  type: int
  returned: success
"""

from ansible.module_utils.basic import AnsibleModule

from ..module_utils._deploy.keys import PHASES, ensure_keys
from ..module_utils._deploy.run import finish

SPEC = {
    "phase": {"type": "str", "choices": list(PHASES), "required": True},
    "content": {"type": "str", "default": "", "no_log": True},
}


def main() -> None:
    """Run as an Ansible module."""
    module = AnsibleModule(argument_spec=SPEC, supports_check_mode=True)
    params = module.params
    finish(module, lambda: ensure_keys(params["content"], params["phase"], module.check_mode))


if __name__ == "__main__":
    main()
