#!/usr/bin/python
# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: ldirectord_server
short_description: Enable, drain or disable a real server on a director
version_added: 0.1.0
description:
  - Says to the health monitor of a director that a real server shall serve, shall be taken out when its connections
    have ended, or shall be out at once; returns when it is so.
  - What is said outlives a restart of the monitor, a reload, a reboot and a takeover. A second run of the role
    P(laico.lvs.ldirectord#role) does not undo it.
  - Each director keeps its own; run it on all of them, or a takeover brings the server back. A drain on one director
    alone does not move addresses.
  - A drained server gets weight 0 in every service where it stands, so that it gets no new clients, and is out when
    at most O(max_connections) active connections are left there, or after O(timeout). A drain that was interrupted
    goes on with the time that is left.
  - Health checks go on. A server whose check fails while it is drained is out as any other. An enabled server comes
    back after a fresh good check.
  - A server named in vain is refused with the servers that the monitor has.
author:
  - laico.lvs authors (@laico)
extends_documentation_fragment:
  - laico.lvs.attributes
  - laico.lvs.attributes.idempotent
  - laico.lvs.attributes.action_group
options:
  server:
    description:
      - The real server, as C(192.0.2.2) or a name that the director resolves, for all of its ports, those of services
        to come too; or with a port, as C(192.0.2.2:80) or C([2001:db8::2]:80).
    type: str
    required: true
  state:
    description:
      - V(enabled) has it serve when its checks are good.
      - V(drained) gives it no new clients, waits, and takes it out.
      - V(disabled) takes it out at once; its connections break.
    type: str
    choices: [enabled, drained, disabled]
    default: enabled
  max_connections:
    description:
      - How many active connections a drain may leave, counted over all services of the server.
    type: int
    default: 0
  timeout:
    description:
      - After so many seconds a drain ends, and the server is out whatever is left. RV(connections_left) says how much.
      - For the other states, how long to wait for the monitor's answer.
    type: int
    default: 300
notes:
  - A client of a persistent service goes on coming to a drained server where C(net.ipv4.vs.expire_quiescent_template)
    is 0; the role sets it to 1, and the module warns of it.
  - When no working server is left, the service's fallback serves; without one, clients are refused. The module warns
    of both and does as it was told.
seealso:
  - module: laico.lvs.ipvs_info
"""

EXAMPLES = r"""
- name: Take a real server out for maintenance
  laico.lvs.ldirectord_server:
    server: 192.0.2.2
    state: drained
    timeout: 600
  delegate_to: "{{ item }}"
  loop: "{{ groups['lvs_directors'] }}"

- name: Have it serve again
  laico.lvs.ldirectord_server:
    server: 192.0.2.2
    state: enabled
  delegate_to: "{{ item }}"
  loop: "{{ groups['lvs_directors'] }}"
"""

RETURN = r"""
server:
  description: The server as it was named.
  type: str
  returned: success
  sample: 192.0.2.2
state:
  description: Its state, or in check mode the state that it would have.
  type: str
  returned: success
  sample: drained
connections_left:
  description: Active connections at the end of the drain; in check mode and in other states those there are now.
  type: int
  returned: success
  sample: 0
servers:
  description: What the monitor says of each address and port that the server has in its services.
  type: list
  elements: dict
  returned: success
  contains:
    server:
      description: Address and port.
      type: str
      sample: 192.0.2.2:80
    services:
      description: The services where it stands.
      type: list
      elements: str
      sample: ["tcp:192.0.2.146:80"]
    state:
      description: What operators said of it.
      type: str
      sample: drained
    is_up:
      description: What its checks say, V(null) before the first one.
      type: bool
      sample: true
    is_in_table:
      description: Whether the kernel has it.
      type: bool
      sample: false
    connections:
      description: Its active connections now.
      type: int
      sample: 0
other_directors:
  description: The directors of its groups that have a word of their own and are not told by this one.
  type: list
  elements: str
  returned: success
  sample: [laicoy]
operations:
  description: What was done, or in check mode would be, in words; empty when it was so already.
  type: list
  elements: str
  returned: success
  sample: [drain 192.0.2.2]
"""

from ansible.module_utils.basic import AnsibleModule

from ..module_utils._deploy.run import finish
from ..module_utils._deploy.servers import set_server

SPEC = {
    "server": {"type": "str", "required": True},
    "state": {
        "type": "str",
        "choices": ["enabled", "drained", "disabled"],
        "default": "enabled",
    },
    "max_connections": {"type": "int", "default": 0},
    "timeout": {"type": "int", "default": 300},
}


def main() -> None:
    """Run as an Ansible module."""
    module = AnsibleModule(argument_spec=SPEC, supports_check_mode=True)
    params = module.params
    limits = (params["max_connections"], params["timeout"])
    server, state = params["server"], params["state"]
    finish(module, lambda: set_server(server, state, limits, module.check_mode, module.warn))


if __name__ == "__main__":
    main()
