#!/usr/bin/python
# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: ipvs_timeouts
short_description: How long the kernel's IPVS keeps idle connections
version_added: 0.1.0
description:
  - Sets the timeouts of IPVS's connection table in the running kernel. A timeout that is left out stays as it is.
  - They are the timeouts of all services together, and hold for what a connection does from then on.
  - They do not outlive a reboot, nor that the kernel's module C(ip_vs) is unloaded.
author:
  - laico.lvs authors (@laico)
extends_documentation_fragment:
  - laico.lvs.attributes
  - laico.lvs.attributes.idempotent
  - laico.lvs.attributes.action_group
options:
  tcp:
    description: Seconds for a TCP connection that is established; 900 in a kernel in which nobody changed it.
    type: int
  tcp_fin:
    description: Seconds for a TCP connection after a FIN packet; 120 in a kernel in which nobody changed it.
    type: int
  udp:
    description: Seconds for a UDP connection; 300 in a kernel in which nobody changed it.
    type: int
notes:
  - The kernel's module C(ip_vs) is loaded when it is not there yet.
seealso:
  - module: laico.lvs.ipvs_info
  - module: laico.lvs.ipvs_service
    description: Has the timeout of persistence, which is each service's own.
"""

EXAMPLES = r"""
- name: Keep idle sessions of a day
  laico.lvs.ipvs_timeouts:
    tcp: 86400

- name: Have what a newly loaded kernel module has
  laico.lvs.ipvs_timeouts:
    tcp: 900
    tcp_fin: 120
    udp: 300
"""

RETURN = r"""
operations:
  description: What was done, or in check mode would be, as options of C(ipvsadm), for which V(0) is as it is.
  type: list
  elements: str
  returned: always
  sample: ["--set 86400 0 0"]
timeouts:
  description: All timeouts as they are afterwards, in seconds; V(0) of a protocol that the kernel lacks.
  type: dict
  returned: success
  sample:
    tcp: 86400
    tcp_fin: 120
    udp: 300
done:
  description: Empty, for all is set at once.
  type: list
  elements: str
  returned: when an operation failed
not_done:
  description: The operation that failed.
  type: list
  elements: str
  returned: when an operation failed
"""

from ansible.module_utils.basic import AnsibleModule

from ..module_utils._lvs.host.timeouts_task import TimeoutsTask
from ..module_utils._resource import run_task


def main() -> None:
    """Run the module."""
    seconds = {"type": "int"}
    module = AnsibleModule(
        argument_spec={"tcp": seconds, "tcp_fin": seconds, "udp": seconds},
        supports_check_mode=True,
    )
    run_task(module, TimeoutsTask)


if __name__ == "__main__":
    main()
