#!/usr/bin/python
# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: ipvs_service
short_description: A virtual service in the kernel's IPVS table
version_added: 0.1.0
description:
  - Creates, changes or removes one virtual service of the Linux Virtual Server in the running kernel.
  - An existing service is changed in place, so that its connections live on. Its destinations are the matter
    of M(laico.lvs.ipvs_dest) and are not touched, unless the service is removed and they with it.
  - The table does not outlive a reboot.
author:
  - laico.lvs authors (@laico)
extends_documentation_fragment:
  - laico.lvs.ipvs
  - laico.lvs.attributes
  - laico.lvs.attributes.idempotent
  - laico.lvs.attributes.action_group
options:
  scheduler:
    description:
      - The scheduler, by its kernel name, such as V(rr), V(wrr), V(lc), V(wlc), V(lblc), V(lblcr), V(sh), V(dh),
        V(mh), V(sed), V(nq), V(fo), V(ovf) or V(twos). Which there are is the kernel's affair; its module is
        loaded by the kernel itself.
      - A new service gets V(wlc) when it is left out.
    type: str
  scheduler_flags:
    description:
      - The whole list of flags of the scheduler; an empty list clears them.
      - V(sh-fallback) and V(mh-fallback) choose another server when the hashed one is unavailable, V(sh-port) and
        V(mh-port) take the source port into the hash. V(flag-1), V(flag-2) and V(flag-3) name the bits themselves.
    type: list
    elements: str
    choices: [sh-fallback, sh-port, mh-fallback, mh-port, flag-1, flag-2, flag-3]
  persistence_timeout:
    description: Seconds for which a client stays with its server after its last connection; V(0) is not persistent.
    type: int
  persistence_netmask:
    description:
      - Clients within one network of this size count as one. A prefix length, or for IPv4 also a netmask such as
        V(255.255.255.0).
    type: str
  persistence_engine:
    description: Name of a persistence engine, such as V(sip); an empty string is none. Needs persistence.
    type: str
  one_packet:
    description: Schedule each packet by itself; for UDP services and firewall marks.
    type: bool
  state:
    description: Whether the service is there. V(absent) removes its destinations too.
    type: str
    choices: [present, absent]
    default: present
seealso:
  - module: laico.lvs.ipvs_dest
  - module: laico.lvs.ipvs_info
"""

EXAMPLES = r"""
- name: Have a web service, served in turn
  laico.lvs.ipvs_service:
    address: 192.0.2.146
    port: 80
    scheduler: rr

- name: Keep each client network at its server for ten minutes
  laico.lvs.ipvs_service:
    address: 192.0.2.146
    port: 443
    scheduler: wlc
    persistence_timeout: 600
    persistence_netmask: 24

- name: Balance what the firewall marked with 7, whatever its port
  laico.lvs.ipvs_service:
    fwmark: 7
    scheduler: mh
    scheduler_flags: [mh-port, mh-fallback]

- name: Have no DNS service any more
  laico.lvs.ipvs_service:
    address: 2001:db8::146
    port: 53
    protocol: udp
    state: absent
"""

RETURN = r"""
operations:
  description: What was done, or in check mode would be, as options of C(ipvsadm).
  type: list
  elements: str
  returned: always
  sample: ["-E -t 192.0.2.146:80 -s wrr"]
service:
  description: The service as it is afterwards, named as the options are, with its destinations. Null when absent.
  type: dict
  returned: success
  sample:
    family: ipv4
    protocol: tcp
    address: 192.0.2.146
    port: 80
    fwmark: null
    scheduler: rr
    scheduler_flags: []
    persistence_timeout: 0
    persistence_netmask: 32
    persistence_engine: ""
    one_packet: false
    destinations: []
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

from ..module_utils._ipvs_arguments import FORCE, IDENTITY, IDENTITY_RULES, SERVICE, STATE
from ..module_utils._lvs.host.ipvs_task import ServiceTask
from ..module_utils._resource import run_task

ARGUMENTS = {**IDENTITY, **SERVICE, **STATE, **FORCE}


def main() -> None:
    """Run the module."""
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True, **IDENTITY_RULES)
    run_task(module, ServiceTask)


if __name__ == "__main__":
    main()
