#!/usr/bin/python
# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: lvs_doctor_info
short_description: Say what of a host would break a direct-routing cluster
version_added: 0.1.0
description:
  - Reads a director or a real server, changes nothing, and says in sentences what keeps it from its work or makes it
    spoil that of others. A director also asks the wire who else answers for the virtual addresses, which takes 0.6
    seconds.
  - Every finding has an id, a severity, a cure, and a section in the collection's C(docs/reference/findings.md).
  - What is left out is taken from the inventory (the groups C(lvs_directors) and C(lvs_realservers), C(lvs_vips),
    C(lvs_services)), and where that says nothing from the host itself, a director's files in C(/etc/ha.d) and the
    addresses that a real server has on its C(lo).
  - What cannot be read is a finding too. Without root (C(become)) the wire cannot be asked, nor the agent.
author:
  - laico.lvs authors (@laico)
extends_documentation_fragment:
  - laico.lvs.attributes
  - laico.lvs.attributes.info_module
  - laico.lvs.attributes.action_group
options:
  name:
    description: What the sentences call the host. The default is its name in the inventory.
    type: str
  roles:
    description: What the host is supposed to be. A host may be both.
    type: list
    elements: str
    choices: [director, realserver]
  vips:
    description:
      - The virtual addresses, as in C(lvs_vips), C(address) with or without a prefix, and a director's C(interface).
        Other keys are of no interest here.
    type: list
    elements: dict
  services:
    description:
      - The virtual services, as in C(lvs_services), C(vip), C(port), C(protocol), C(scheduler), C(forward) and
        C(real_servers), a list of addresses or of mappings with C(address), C(port) and C(name). Other keys are of
        no interest here.
    type: list
    elements: dict
  peers:
    description:
      - The cluster's other hosts, each as this module returned it in RV(host). With them the MTUs are compared, and
        who answers for a virtual address is called by its name.
    type: list
    elements: dict
  realserver_interface:
    description: The interface on which a real server has the virtual addresses.
    type: str
    default: lo
seealso:
  - module: laico.lvs.heartbeat_info
  - module: laico.lvs.ipvs_info
"""

EXAMPLES = r"""
- name: Look at the host by what the inventory says of it
  laico.lvs.lvs_doctor_info:
  register: doctor

- name: Refuse to go on while there is an error
  ansible.builtin.assert:
    that: doctor.is_sound
    fail_msg: "{{ doctor.lines | join('\n') }}"

- name: Look at a real server of a cluster that Ansible does not know
  laico.lvs.lvs_doctor_info:
    roles: [realserver]
    vips:
      - address: 192.0.2.146
    services:
      - vip: 192.0.2.146
        port: 80
"""

RETURN = r"""
findings:
  description: What was found, the worst first; empty on a sound host.
  type: list
  elements: dict
  returned: success
  contains:
    id:
      description: The kind of the finding, which does not change between releases.
      type: str
      sample: arp-ignore
    severity:
      description: V(error) breaks the cluster, V(warning) may do so, V(note) is worth knowing.
      type: str
      sample: error
    sentence:
      description: What was found, and where.
      type: str
    cure:
      description: What to do next.
      type: str
    page:
      description: The section of the documentation.
      type: str
      sample: docs/reference/findings.md#arp-ignore
lines:
  description: The findings as text, one line each.
  type: list
  elements: str
  returned: success
is_sound:
  description: Whether there is no finding of the severity V(error).
  type: bool
  returned: success
host:
  description: What the host is, for the option O(peers) of the others; with C(name), C(roles), C(macs) and C(mtus).
  type: dict
  returned: success
"""

from ansible.module_utils.basic import AnsibleModule

from ..module_utils._lvs.doctor import examine
from ..module_utils._resource import run_info

SPEC = {
    "name": {"type": "str"},
    "roles": {"type": "list", "elements": "str", "choices": ["director", "realserver"]},
    "vips": {"type": "list", "elements": "dict"},
    "services": {"type": "list", "elements": "dict"},
    "peers": {"type": "list", "elements": "dict"},
    "realserver_interface": {"type": "str", "default": "lo"},
}


def main() -> None:
    """Run as an Ansible module."""
    module = AnsibleModule(argument_spec=SPEC, supports_check_mode=True)
    run_info(module, lambda: examine(module.params))


if __name__ == "__main__":
    main()
