#!/usr/bin/python
# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: heartbeat_group
short_description: Have a group of virtual addresses held by a named director
version_added: 0.1.0
description:
  - Moves one group to a director as a planned move and returns when the agents have confirmed its end. The old
    holder goes on serving until the new one has its table. A group that stands there already is left alone.
  - Runs on the director that shall hold the group, or on the one that holds it now; any other refuses and names
    the one to ask.
  - A director that cannot serve the group is refused with its reason, in check mode too when the module runs there.
  - Nobody is parked by it. A primary with automatic failback does not take back what was moved away from it so.
author:
  - laico.lvs authors (@laico)
extends_documentation_fragment:
  - laico.lvs.attributes
  - laico.lvs.attributes.idempotent
  - laico.lvs.attributes.action_group
options:
  name:
    description: The group, named by its first address as in haresources. One group; loop over several.
    type: str
    required: true
  holder:
    description: The director that shall hold it, by its name to heartbeat (what C(uname -n) prints there).
    type: str
    required: true
  timeout:
    description: How long to wait for the end of the move, in seconds.
    type: int
    default: 30
seealso:
  - module: laico.lvs.heartbeat_info
"""

EXAMPLES = r"""
- name: Have laicoy hold the web address
  laico.lvs.heartbeat_group:
    name: 192.0.2.146
    holder: laicoy
  delegate_to: laicoy
"""

RETURN = r"""
group:
  description: The group.
  type: str
  returned: success
  sample: 192.0.2.146
holder:
  description: Who holds it, or in check mode would.
  type: str
  returned: success
  sample: laicoy
previous:
  description: Who held it before, empty for nobody.
  type: str
  returned: success
  sample: laicoz
operations:
  description: What was done, or in check mode would be, in words; empty when the group stood there already.
  type: list
  elements: str
  returned: success
  sample: [move 192.0.2.146 from laicoz to laicoy]
"""

from ansible.module_utils.basic import AnsibleModule

from ..module_utils._deploy.moves import move_group
from ..module_utils._deploy.run import finish

SPEC = {
    "name": {"type": "str", "required": True},
    "holder": {"type": "str", "required": True},
    "timeout": {"type": "int", "default": 30},
}


def main() -> None:
    """Run as an Ansible module."""
    module = AnsibleModule(argument_spec=SPEC, supports_check_mode=True)
    params = module.params
    finish(
        module,
        lambda: move_group(params["name"], params["holder"], params["timeout"], module.check_mode),
    )


if __name__ == "__main__":
    main()
