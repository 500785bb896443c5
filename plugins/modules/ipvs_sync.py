#!/usr/bin/python
# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: ipvs_sync
short_description: A sync daemon of the kernel's IPVS, which tells or learns connections
version_added: 0.1.0
description:
  - Starts, changes or stops one of the two daemons by which directors share their connections. The one of role
    V(master) sends them by multicast, the one of role V(backup) receives them. A kernel runs at most one of each.
  - The kernel changes nothing of a daemon that runs. When an option differs, the daemon is stopped and started
    anew; meanwhile no connection is told, and those that the other director knows already stay.
  - The daemon does not outlive a reboot. In a cluster of this collection, C(LVSSyncDaemonSwap) in C(haresources)
    is the way that follows the addresses, and this module is refused while the agent keeps the daemons by it.
author:
  - laico.lvs authors (@laico)
extends_documentation_fragment:
  - laico.lvs.attributes
  - laico.lvs.attributes.idempotent
  - laico.lvs.attributes.action_group
options:
  role:
    description: Which of the two daemons.
    type: str
    choices: [master, backup]
    required: true
  interface:
    description:
      - Interface for the multicast. Needed to start a daemon.
      - What is left out, here and below, stays as it is while the daemon runs; a new one gets the kernel's usual
        value.
    type: str
  sync_id:
    description:
      - Number within 0 and 255 that the daemons of one group of directors share; 0 for a new one.
      - A receiver with 0 takes what comes, whatever its number.
    type: int
  sync_maxlen:
    description:
      - Bytes of a message at most, without the headers of IP and UDP. For a new sender what fits into 1500 bytes,
        for a new receiver what fits its interface, and a receiver takes 1024 at least.
    type: int
  mcast_group:
    description: IPv4 or IPv6 multicast group; 224.0.0.81 for a new daemon.
    type: str
  mcast_port:
    description: UDP port, the first one where C(net.ipv4.vs.sync_ports) makes it several; 8848 for a new daemon.
    type: int
  mcast_ttl:
    description: How many routers the messages may pass, plus one; 1 for a new daemon.
    type: int
  state:
    description: Whether the daemon runs.
    type: str
    choices: [present, absent]
    default: present
  force:
    description:
      - Start, change or stop the daemon even though the running agent keeps it by C(LVSSyncDaemonSwap). The agent
        puts its own back when its group moves.
    type: bool
    default: false
notes:
  - The kernel's module C(ip_vs) is loaded when it is not there yet.
  - The kernel refuses a daemon while a service has a destination of the other address family, and such a
    destination while a daemon runs.
seealso:
  - module: laico.lvs.ipvs_info
"""

EXAMPLES = r"""
- name: Tell the other director all connections
  laico.lvs.ipvs_sync:
    role: master
    interface: eth1
    sync_id: 7

- name: Learn them there
  laico.lvs.ipvs_sync:
    role: backup
    interface: eth1
    sync_id: 7

- name: Tell nobody any more
  laico.lvs.ipvs_sync:
    role: master
    state: absent
"""

RETURN = r"""
operations:
  description: What was done, or in check mode would be, as options of C(ipvsadm).
  type: list
  elements: str
  returned: always
  sample: ["--stop-daemon master", "--start-daemon master --mcast-interface eth1 --syncid 7"]
daemon:
  description:
    - The daemon as it is afterwards, named as the options are, with what the kernel chose. Null when none of the
      role runs. Kernels before Linux 4.3 tell only interface and sync_id.
  type: dict
  returned: success
  sample:
    role: master
    interface: eth1
    sync_id: 7
    sync_maxlen: 1472
    mcast_group: 224.0.0.81
    mcast_port: 8848
    mcast_ttl: 1
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

from ..module_utils._ipvs_arguments import FORCE, STATE
from ..module_utils._lvs.host.sync_task import SyncTask
from ..module_utils._resource import run_task

ARGUMENTS = {
    "role": {"type": "str", "choices": ["master", "backup"], "required": True},
    "interface": {"type": "str"},
    "sync_id": {"type": "int"},
    "sync_maxlen": {"type": "int"},
    "mcast_group": {"type": "str"},
    "mcast_port": {"type": "int"},
    "mcast_ttl": {"type": "int"},
    **STATE,
    **FORCE,
}


def main() -> None:
    """Run the module."""
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    run_task(module, SyncTask)


if __name__ == "__main__":
    main()
