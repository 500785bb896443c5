#!/usr/bin/python
# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: ipvs_table
short_description: The kernel's whole IPVS table in one task
version_added: 0.1.0
description:
  - Brings the virtual services of the running kernel, with their destinations, to what is listed. The table is
    read once, and only what differs is written.
  - The list is authoritative. What an entry leaves out is reset to the kernel's usual value, unlike with
    M(laico.lvs.ipvs_service) and M(laico.lvs.ipvs_dest), where it stays as it is. So a destination without
    O(services[].destinations[].weight) gets weight 1, even if it was drained.
  - What exists is changed in place, so that its connections live on. New destinations come before old ones are
    drained or go, and services that go are the last, so that a service that had a server and is to have one is
    never without.
  - The table does not outlive a reboot.
author:
  - laico.lvs authors (@laico)
extends_documentation_fragment:
  - laico.lvs.attributes
  - laico.lvs.attributes.idempotent
  - laico.lvs.attributes.action_group
options:
  services:
    description: The virtual services. Each may stand once.
    type: list
    elements: dict
    required: true
    suboptions:
      address:
        description:
          - Address of the service, IPv4 or IPv6, or a name that has exactly one. The name is resolved on the host.
          - Names the service together with O(services[].port) and O(services[].protocol), unless
            O(services[].fwmark) does.
        type: str
      port:
        description: Port of the service, a number or a name of C(/etc/services). V(0), all ports, needs persistence.
        type: str
      protocol:
        description: Protocol of a service that is named by its address.
        type: str
        choices: [tcp, udp, sctp]
        default: tcp
      fwmark:
        description: Firewall mark that names the service instead of address, port and protocol.
        type: int
      family:
        description:
          - Address family of a service named by O(services[].fwmark), V(ipv4) unless given.
          - With a name as O(services[].address), which of its addresses is meant.
        type: str
        choices: [ipv4, ipv6]
      scheduler:
        description: The scheduler by its kernel name. V(wlc) when it is left out.
        type: str
      scheduler_flags:
        description: Flags of the scheduler. None when it is left out.
        type: list
        elements: str
        choices: [sh-fallback, sh-port, mh-fallback, mh-port, flag-1, flag-2, flag-3]
      persistence_timeout:
        description:
          - Seconds for which a client stays with its server after its last connection. Not persistent when it is
            V(0) or left out.
        type: int
      persistence_netmask:
        description:
          - Clients within one network of this size count as one, a prefix length or an IPv4 netmask. Each client
            counts by itself when it is left out.
        type: str
      persistence_engine:
        description: Name of a persistence engine, such as V(sip). None when it is left out.
        type: str
      one_packet:
        description:
          - Whether each packet is scheduled by itself, for UDP services and firewall marks. It is not when left out.
        type: bool
      destinations:
        description: The real servers of the service. Each may stand once. None when it is left out.
        type: list
        elements: dict
        suboptions:
          destination:
            description: Address of the real server, or a name that has exactly one, resolved on the host.
            type: str
            required: true
          destination_port:
            description:
              - Port of the real server, a number or a name of C(/etc/services). The service's own when it is left out.
              - Only masquerading can change the port.
            type: str
          forward:
            description: How packets reach the real server. V(direct) when it is left out.
            type: str
            choices: [direct, masquerade, tunnel]
          weight:
            description: Weight within 0 and 65535. V(0) takes no new connections. V(1) when it is left out.
            type: int
          upper_threshold:
            description: No new connections from this number of connections on. No bound when it is V(0) or left out.
            type: int
          lower_threshold:
            description:
              - After the upper threshold, new connections only from this number on downwards. Three quarters of the
                upper threshold when it is V(0) or left out.
            type: int
          tunnel_type:
            description: How a tunnel wraps packets. V(ipip) when it is left out.
            type: str
            choices: [ipip, gue, gre]
          tunnel_port:
            description: UDP port of a V(gue) tunnel, which needs one.
            type: int
          tunnel_flags:
            description: Checksums of V(gue) and V(gre) tunnels. V(nocsum) when it is left out.
            type: str
            choices: [nocsum, csum, remcsum]
  purge:
    description:
      - What becomes of the rows that O(services) does not list.
      - V(none) leaves them as they are.
      - V(destinations) removes other destinations of the listed services.
      - V(all) removes other services too, whoever made them. With an empty list of services it clears the table.
    type: str
    choices: [none, destinations, all]
    default: none
  force:
    description:
      - Change a service even though a running daemon of this collection owns it, as C(/run/lvs/owned.json) says. The
        daemon puts its own back at its next check.
      - Without it, the task is refused as a whole before anything is written.
    type: bool
    default: false
notes:
  - The kernel's module C(ip_vs) is loaded when it is not there yet.
  - The kernel has no request for all destinations. The table is read by one request and one more for each
    service, and again after something was written; each operation is one write, and a table as it is to be gets
    none.
seealso:
  - module: laico.lvs.ipvs_service
  - module: laico.lvs.ipvs_dest
  - module: laico.lvs.ipvs_info
"""

EXAMPLES = r"""
- name: Have exactly this table
  laico.lvs.ipvs_table:
    services:
      - address: 192.0.2.146
        port: 80
        scheduler: wrr
        destinations:
          - destination: 192.0.2.2
            weight: 2
          - destination: 192.0.2.3
      - fwmark: 7
        scheduler: mh
        scheduler_flags: [mh-port]
        destinations:
          - destination: 198.51.100.9
            forward: tunnel
    purge: all

- name: Have these two servers and no others for DNS, whatever else the table holds
  laico.lvs.ipvs_table:
    services:
      - address: 2001:db8::146
        port: domain
        protocol: udp
        one_packet: true
        destinations:
          - destination: 2001:db8::2
          - destination: 2001:db8::3
    purge: destinations

- name: Clear the table
  laico.lvs.ipvs_table:
    services: []
    purge: all
"""

RETURN = r"""
operations:
  description: What was done, or in check mode would be, in this order, as options of C(ipvsadm).
  type: list
  elements: str
  returned: always
  sample: ["-A -t 192.0.2.146:80 -s wrr", "-a -t 192.0.2.146:80 -r 192.0.2.2:80 -g -w 2"]
services:
  description:
    - All services that the kernel has afterwards, listed or not, as M(laico.lvs.ipvs_service) returns one, each
      with its destinations.
  type: list
  elements: dict
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

from ..module_utils._ipvs_arguments import DESTINATION, FORCE, IDENTITY, SERVICE
from ..module_utils._lvs.host.table_task import TableTask
from ..module_utils._resource import run_task

# Which options name a service is checked by the task: it can tell the entry's place in the list.
ARGUMENTS = {
    "services": {
        "type": "list",
        "elements": "dict",
        "required": True,
        "options": {
            **IDENTITY,
            **SERVICE,
            "destinations": {"type": "list", "elements": "dict", "options": DESTINATION},
        },
    },
    "purge": {"type": "str", "choices": ["none", "destinations", "all"], "default": "none"},
    **FORCE,
}


def main() -> None:
    """Run the module."""
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    run_task(module, TableTask)


if __name__ == "__main__":
    main()
