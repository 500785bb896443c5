#!/usr/bin/python
# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: lvs_preflight
short_description: Find out on all hosts what stands against installing anything on any (internal)
version_added: 0.1.0
description:
  - Used by the playbooks and roles of this collection. The control node checks the inventory's values, then each
    host looks at itself without changing anything, as M(laico.lvs.lvs_doctor_info) does. All problems are told at
    once, each in one sentence; what the roles are about to cure is none.
  - What a host is (its node name, addresses and MACs) is left as the fact C(lvs_preflight_host), from which the
    roles derive C(lvs_address) and the heartbeat links.
  - Internal to the collection, its options may change in any release.
author:
  - laico.lvs authors (@laico)
extends_documentation_fragment:
  - laico.lvs.attributes
  - laico.lvs.attributes.info_module
options:
  checks:
    description: The roles whose variables are checked.
    type: list
    elements: str
    choices: [heartbeat, ldirectord, realserver]
    default: [heartbeat, ldirectord, realserver]
  is_verdict:
    description: Compare what all hosts found (the MACs that answer for the virtual addresses); asks no host.
    type: bool
    default: false
  host:
    description: Filled in by the control node.
    type: str
  is_director:
    description: Filled in by the control node.
    type: bool
    default: false
  is_realserver:
    description: Filled in by the control node.
    type: bool
    default: false
  vips:
    description: Filled in by the control node.
    type: dict
    default: {}
  interfaces:
    description: Filled in by the control node.
    type: list
    elements: str
    default: []
  schedulers:
    description: Filled in by the control node.
    type: list
    elements: str
    default: []
  names:
    description: Filled in by the control node.
    type: dict
    default: {}
  replaces:
    description: Filled in by the control node.
    type: list
    elements: str
    default: []
  proofs:
    description: Filled in by the control node; no key is in it.
    type: dict
    default: {}
  send_id:
    description: Filled in by the control node.
    type: str
    default: ""
  nonce:
    description: Filled in by the control node.
    type: str
    default: ""
  roles:
    description: Filled in by the control node.
    type: list
    elements: str
    default: []
  services:
    description: Filled in by the control node.
    type: list
    elements: dict
    default: []
  realserver_interface:
    description: Filled in by the control node.
    type: str
    default: lo
  is_arp_ours:
    description: Filled in by the control node.
    type: bool
    default: true
"""

EXAMPLES = r"""
- name: Look before anything is installed anywhere
  laico.lvs.lvs_preflight:

- name: Compare what all hosts found
  laico.lvs.lvs_preflight:
    is_verdict: true
  run_once: true
"""

RETURN = r"""
ansible_facts:
  description: The fact C(lvs_preflight_host) with node, addresses, macs, mtus, answers and missing_packages.
  type: dict
  returned: success
"""

from ansible.module_utils.basic import AnsibleModule

from ..module_utils._deploy.outcome import Outcome
from ..module_utils._deploy.preflight import Wanted, inspect
from ..module_utils._deploy.run import finish

WANTED = {
    "host": {"type": "str"},
    "is_director": {"type": "bool", "default": False},
    "is_realserver": {"type": "bool", "default": False},
    "vips": {"type": "dict", "default": {}},
    "interfaces": {"type": "list", "elements": "str", "default": []},
    "schedulers": {"type": "list", "elements": "str", "default": []},
    "names": {"type": "dict", "default": {}},
    "replaces": {"type": "list", "elements": "str", "default": []},
    "proofs": {"type": "dict", "default": {}, "no_log": True},
    "send_id": {"type": "str", "default": ""},
    "nonce": {"type": "str", "default": ""},
    "roles": {"type": "list", "elements": "str", "default": []},
    "services": {"type": "list", "elements": "dict", "default": []},
    "realserver_interface": {"type": "str", "default": "lo"},
    "is_arp_ours": {"type": "bool", "default": True},
}
ROLES = ["heartbeat", "ldirectord", "realserver"]
SPEC = {
    "checks": {"type": "list", "elements": "str", "choices": ROLES, "default": ROLES},
    "is_verdict": {"type": "bool", "default": False},
    **WANTED,
}


def main() -> None:
    """Run as an Ansible module."""
    module = AnsibleModule(argument_spec=SPEC, supports_check_mode=True)
    wanted = Wanted(**{name: module.params[name] for name in WANTED})
    finish(module, lambda: Outcome(values={"host": inspect(wanted)}))


if __name__ == "__main__":
    main()
