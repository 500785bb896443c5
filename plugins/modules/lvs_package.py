#!/usr/bin/python
# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: lvs_package
short_description: Ship the daemons' code to a host as one archive (internal)
version_added: 0.1.0
description:
  - Used by the role P(laico.lvs.lvs_package#role). The control node builds one deterministic archive of the
    on-host package; the host unpacks it into a folder named after its content and flips a link, so that a
    power cut leaves the old or the new code, never a mixture.
  - Internal to the collection, its options may change in any release.
author:
  - laico.lvs authors (@laico)
extends_documentation_fragment:
  - laico.lvs.attributes
  - laico.lvs.attributes.idempotent
options:
  root:
    description: The folder that holds the packages and the link C(current). Only in the default one is C(lvsctl) installed too.
    type: path
    default: /usr/local/lib/laico_lvs
  state:
    description: With V(absent) the package is removed, unless one of O(users) is still there.
    type: str
    choices: [present, absent]
    default: present
  users:
    description: Unit files that run from the package.
    type: list
    elements: path
    default: []
  digest:
    description: Filled in by the control node.
    type: str
  archive:
    description: Filled in by the control node.
    type: str
"""

EXAMPLES = r"""
- name: Have the daemons' code on the host
  laico.lvs.lvs_package:
"""

RETURN = r"""
digest:
  description: The name of the folder that C(current) points to now.
  type: str
  returned: success
previous:
  description: The name of the folder that it pointed to before.
  type: str
  returned: success
root:
  description: Where the packages stand.
  type: str
  returned: success
"""

import base64
from typing import Any

from ansible.module_utils.basic import AnsibleModule

from ..module_utils._deploy.outcome import Outcome
from ..module_utils._deploy.package import ensure_package, remove_package
from ..module_utils._deploy.run import finish

SPEC = {
    "root": {"type": "path", "default": "/usr/local/lib/laico_lvs"},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "users": {"type": "list", "elements": "path", "default": []},
    "digest": {"type": "str"},
    # no_log keeps 100 kB of base64 out of the host's system log.
    "archive": {"type": "str", "no_log": True},
}


def ensure(params: dict[str, Any], is_check: bool) -> Outcome:
    """Install or remove the package."""
    if params["state"] == "absent":
        return remove_package(params["root"], params["users"], is_check)
    archive = base64.b64decode(params["archive"])
    return ensure_package(params["root"], params["digest"], archive, is_check)


def main() -> None:
    """Run as an Ansible module."""
    module = AnsibleModule(
        argument_spec=SPEC,
        supports_check_mode=True,
        required_if=[("state", "present", ("digest", "archive"))],
    )
    finish(module, lambda: ensure(module.params, module.check_mode))


if __name__ == "__main__":
    main()
