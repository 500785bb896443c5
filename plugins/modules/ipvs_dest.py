#!/usr/bin/python
# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: ipvs_dest
short_description: A real server of a virtual service in the kernel's IPVS table
version_added: 0.1.0
description:
  - Adds, changes or removes one destination (real server) of one virtual service in the running kernel.
  - An existing destination is changed in place, so that its connections live on. The service must exist; see
    M(laico.lvs.ipvs_service).
author:
  - laico.lvs authors (@laico)
extends_documentation_fragment:
  - laico.lvs.ipvs
  - laico.lvs.attributes
  - laico.lvs.attributes.idempotent
  - laico.lvs.attributes.action_group
options:
  destination:
    description: Address of the real server, or a name that has exactly one address.
    type: str
    required: true
  destination_port:
    description:
      - Port of the real server, as a number or by its name in C(/etc/services). The service's own unless given.
      - Only O(forward=masquerade) can change the port.
    type: str
  forward:
    description:
      - How packets reach the real server. V(direct) sends them on unchanged and the server, which has the virtual
        address too, answers the client itself. V(masquerade) is address translation. V(tunnel) wraps them.
      - A new destination gets V(direct) when it is left out.
    type: str
    choices: [direct, masquerade, tunnel]
  weight:
    description:
      - Weight within 0 and 65535, used by the schedulers that know weights. V(0) takes no new connections.
      - A new destination gets V(1) when it is left out.
    type: int
  upper_threshold:
    description: No new connections from this number of connections on; V(0) is no bound.
    type: int
  lower_threshold:
    description: After the upper threshold, new connections only from this number on downwards.
    type: int
  tunnel_type:
    description: How O(forward=tunnel) wraps packets; V(ipip) for a new one.
    type: str
    choices: [ipip, gue, gre]
  tunnel_port:
    description: UDP port of O(tunnel_type=gue), which needs one.
    type: int
  tunnel_flags:
    description: Checksums of V(gue) and V(gre) tunnels; V(nocsum) for a new one.
    type: str
    choices: [nocsum, csum, remcsum]
  state:
    description: Whether the destination is there.
    type: str
    choices: [present, absent]
    default: present
seealso:
  - module: laico.lvs.ipvs_service
  - module: laico.lvs.ipvs_info
"""

EXAMPLES = r"""
- name: Have a real server
  laico.lvs.ipvs_dest:
    address: 192.0.2.146
    port: 80
    destination: 192.0.2.2
    forward: direct
    weight: 2

- name: Send a real server no new connections
  laico.lvs.ipvs_dest:
    address: 192.0.2.146
    port: 80
    destination: 192.0.2.2
    weight: 0

- name: Have a real server in another network, by a tunnel
  laico.lvs.ipvs_dest:
    fwmark: 7
    destination: 198.51.100.9
    destination_port: 80
    forward: tunnel
    tunnel_type: gue
    tunnel_port: 6080
    tunnel_flags: csum
"""

RETURN = r"""
operations:
  description: What was done, or in check mode would be, as options of C(ipvsadm).
  type: list
  elements: str
  returned: always
  sample: ["-a -t 192.0.2.146:80 -r 192.0.2.2:80 -g -w 2"]
destination:
  description: The destination as it is afterwards, named as the options are, and its connections. Null when absent.
  type: dict
  returned: success
  sample:
    destination: 192.0.2.2
    destination_port: 80
    forward: direct
    weight: 2
    upper_threshold: 0
    lower_threshold: 0
    tunnel_type: null
    tunnel_port: null
    tunnel_flags: null
    active_connections: 0
    inactive_connections: 0
service:
  description: The service with all its destinations, as M(laico.lvs.ipvs_service) returns it. Null when absent.
  type: dict
  returned: success
done:
  description: The operations that were done before one failed.
  type: list
  elements: str
  returned: when an operation failed
not_done:
  description: The operation that failed and those after it.
  type: list
  elements: str
  returned: when an operation failed
"""

from ansible.module_utils.basic import AnsibleModule

from ..module_utils._ipvs_arguments import DESTINATION, FORCE, IDENTITY, IDENTITY_RULES, STATE
from ..module_utils._lvs.host.ipvs_task import DestTask
from ..module_utils._resource import run_task

ARGUMENTS = {**IDENTITY, **DESTINATION, **STATE, **FORCE}


def main() -> None:
    """Run the module."""
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True, **IDENTITY_RULES)
    run_task(module, DestTask)


if __name__ == "__main__":
    main()
