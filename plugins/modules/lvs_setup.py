#!/usr/bin/python
# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: lvs_setup
short_description: Have all that a role wants of a host, in one task (internal)
version_added: 0.1.0
description:
  - Used by the roles of this collection. The daemons' code, kernel modules and settings, files, and the units that
    read them, in this order. A task costs far more than what it does, so a role has one.
  - In check mode a unit is told to be restarted or reloaded for the files that would be written.
  - Internal to the collection, its options may change in any release.
author:
  - laico.lvs authors (@laico)
extends_documentation_fragment:
  - laico.lvs.attributes
  - laico.lvs.attributes.idempotent
options:
  package:
    description: Have the daemons' code too, as M(laico.lvs.lvs_package) ships it.
    type: bool
    default: false
  digest:
    description: Filled in by the control node.
    type: str
  archive:
    description: Filled in by the control node.
    type: str
  modules_file:
    description: The file of modules-load.d that O(modules) are written to.
    type: path
  modules:
    description: Kernel modules, loaded now and at each boot.
    type: list
    elements: str
    default: []
  sysctl_file:
    description: The file of sysctl.d that O(sysctls) are written to.
    type: path
  sysctls:
    description: Kernel settings, set now and at each boot.
    type: dict
    default: {}
  files:
    description: The files to write, as in M(laico.lvs.lvs_files).
    type: list
    elements: dict
    default: []
    suboptions:
      path:
        description: Where the file stands.
        type: path
        required: true
      content:
        description: Its text, or the text of its marked block.
        type: str
        required: true
      mode:
        description: Its mode in octal.
        type: str
        default: "0644"
      marker:
        description: Own only the block between C(# BEGIN marker) and C(# END marker).
        type: str
        default: ""
      takes_over:
        description: With O(files[].marker), drop what stands there while it has no block of this collection's.
        type: bool
        default: false
      keep_original:
        description: Keep what stands there before the first run, to give it back when the role goes.
        type: bool
        default: false
      validate:
        description: A command that accepts or refuses the text, C(%s) being its path.
        type: list
        elements: str
        default: []
      peers:
        description: Directors to name in the file, as M(laico.lvs.heartbeat_peer) does.
        type: list
        elements: dict
        suboptions:
          name:
            description: The director's name to heartbeat.
            type: str
            required: true
          links:
            description: The links to it, the whole list.
            type: list
            elements: dict
            required: true
            suboptions:
              type:
                description: Unicast, multicast or broadcast.
                type: str
                choices: [ucast, mcast, bcast]
                default: ucast
              interface:
                description: The interface of this host.
                type: str
                required: true
              address:
                description: The director's address on this link.
                type: str
              group:
                description: The multicast group.
                type: str
              port:
                description: The UDP port.
                type: int
              ttl:
                description: The time to live of multicast datagrams.
                type: int
                default: 1
  secrets:
    description: Files whose text is never shown, neither in diffs nor in logs.
    type: list
    elements: dict
    default: []
    suboptions:
      path:
        description: Where the file stands.
        type: path
        required: true
      content:
        description: Its text.
        type: str
        required: true
      mode:
        description: Its mode in octal.
        type: str
        default: "0600"
      keep_original:
        description: Keep what stands there before the first run, to give it back when the role goes.
        type: bool
        default: false
  replaces:
    description:
      - Old daemons, such as V(heartbeat), to stop and disable before the files are written, since they read
        theirs when they stop. Nothing of them runs any more when the first file is written.
    type: list
    elements: str
    default: []
  units:
    description: The units to have running, in this order; each as in M(laico.lvs.lvs_unit).
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description: The unit.
        type: str
        required: true
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
        description: A command run before a restart.
        type: list
        elements: str
        default: []
      patience_s:
        description: For how many seconds it is tried again.
        type: int
        default: 0
      reload:
        description: The command that reloads the unit.
        type: list
        elements: str
        default: []
      is_optional:
        description: Do nothing where there is no such unit.
        type: bool
        default: false
      forget:
        description: Unit files to remove without stopping them.
        type: list
        elements: str
        default: []
"""

EXAMPLES = r"""
- name: Have a daemon run from the files that are written here
  laico.lvs.lvs_setup:
    package: true
    files:
      - {path: /etc/ha.d/ldirectord.cf, content: "checkinterval = 2\n"}
    units:
      - {name: lvs-ldirectord.service, reload_on: [/etc/ha.d/ldirectord.cf]}
"""

RETURN = r"""
changed_paths:
  description: The files that were, or in check mode would be, written.
  type: list
  elements: str
  returned: success
actions:
  description: What was, or in check mode would be, done to each unit, one of start, restart, reload or empty.
  type: dict
  returned: success
"""

from ansible.module_utils.basic import AnsibleModule

from ..module_utils._deploy.run import finish
from ..module_utils._deploy.setup import ensure_setup
from ..module_utils._deploy.setup_arguments import ARGUMENTS


def main() -> None:
    """Run as an Ansible module."""
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    finish(module, lambda: ensure_setup(module.params, module.check_mode))


if __name__ == "__main__":
    main()
