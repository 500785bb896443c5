#!/usr/bin/python
# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: ipvs_info
short_description: What the kernel's IPVS table holds
version_added: 0.1.0
description:
  - Returns the IPVS table of the running kernel, as values, with who owns which service, and IPVS's sync daemons
    and timeouts.
  - A kernel without IPVS is no error; see RV(is_available).
author:
  - laico.lvs authors (@laico)
extends_documentation_fragment:
  - laico.lvs.attributes
  - laico.lvs.attributes.info_module
  - laico.lvs.attributes.action_group
seealso:
  - module: laico.lvs.ipvs_service
  - module: laico.lvs.ipvs_dest
  - module: laico.lvs.ipvs_table
  - module: laico.lvs.ipvs_sync
  - module: laico.lvs.ipvs_timeouts
"""

EXAMPLES = r"""
- name: Look into the table
  laico.lvs.ipvs_info:
  register: table

- name: Show it as ipvsadm would save it
  ansible.builtin.debug:
    var: table.rules
"""

RETURN = r"""
is_available:
  description: Whether the kernel has IPVS, loaded or built in.
  type: bool
  returned: success
version:
  description: Version of the kernel's IPVS.
  type: str
  returned: success
  sample: 1.2.1
connection_table_size:
  description: Size of its connection table.
  type: int
  returned: success
  sample: 4096
services:
  description:
    - All virtual services with their destinations, as M(laico.lvs.ipvs_service) returns one, with C(owner),
      the running daemon of this collection that owns it, or null.
  type: list
  elements: dict
  returned: success
rules:
  description: The table as C(ipvsadm -Sn) prints it, sorted, with thresholds.
  type: list
  elements: str
  returned: success
  sample: ["-A -t 192.0.2.146:80 -s rr", "-a -t 192.0.2.146:80 -r 192.0.2.2:80 -g -w 1"]
daemons:
  description: The sync daemons that run, at most one of each role, as M(laico.lvs.ipvs_sync) returns one.
  type: list
  elements: dict
  returned: success
  sample:
    - role: master
      interface: eth1
      sync_id: 7
      sync_maxlen: 1472
      mcast_group: 224.0.0.81
      mcast_port: 8848
      mcast_ttl: 1
timeouts:
  description: Seconds for which idle connections are kept, as M(laico.lvs.ipvs_timeouts) returns them.
  type: dict
  returned: success
  sample:
    tcp: 900
    tcp_fin: 120
    udp: 300
"""

from ansible.module_utils.basic import AnsibleModule

from ..module_utils._lvs.host.ipvs_survey import read_all
from ..module_utils._resource import run_info


def main() -> None:
    """Run the module."""
    module = AnsibleModule(argument_spec={}, supports_check_mode=True)
    run_info(module, read_all)


if __name__ == "__main__":
    main()
