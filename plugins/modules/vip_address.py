#!/usr/bin/python
# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: vip_address
short_description: A virtual address on an interface of the running kernel
version_added: 0.1.0
description:
  - Adds, changes or removes one address of one interface in the running kernel, asks the LAN first whether another
    host has it, and tells the LAN afterwards.
  - No file of netplan, NetworkManager or ifupdown is touched. An address that is to come back after a reboot gets
    a systemd unit of its own.
  - An address that was not asked for is never removed. One that stands already is adopted, and changed in place where
    the kernel can do that; an address whose lifetime an agent has limited stands for ever afterwards.
author:
  - laico.lvs authors (@laico)
extends_documentation_fragment:
  - laico.lvs.attributes
  - laico.lvs.attributes.idempotent
  - laico.lvs.attributes.action_group
options:
  address:
    description:
      - The address with its prefix length, such as V(192.0.2.146/24) or V(2001:db8::146/64).
      - On C(lo) of a real server it is V(/32) or V(/128); a shorter one, which would make the whole network local, is
        refused.
      - The same address with another prefix length is another object.
    type: str
    required: true
  interface:
    description:
      - The interface that holds it.
      - On C(lo) the kernel must be told first not to answer ARP for it, as the role P(laico.lvs.realserver#role) does;
        where it would answer, the module warns.
    type: str
    required: true
  state:
    description: Whether the address is there. V(absent) removes its unit too.
    type: str
    choices: [present, absent]
    default: present
  label:
    description:
      - Label of an IPv4 address, beginning with the interface's name, such as V(eth0:vip).
      - The kernel cannot change it in place; the address is then removed and added again.
    type: str
  scope:
    description: Scope of an IPv4 address, V(global) for a new one. Not changed in place either.
    type: str
    choices: [global, site, link, host]
  preferred_lft:
    description: V("0") keeps IPv6 from choosing the address as the source of new connections, V(forever) does not.
    type: str
    choices: ["0", forever]
  nodad:
    description:
      - Whether an IPv6 address is used at once, without duplicate address detection. Without effect on IPv4.
      - Otherwise the module waits until the kernel has asked the LAN, about two seconds at most, and takes the address
        off again when another host has it.
    type: bool
  persistent:
    description:
      - Whether the address is put back at boot, by an enabled systemd unit C(lvs-vip-INTERFACE-ADDRESS-PREFIX.service)
        of type oneshot, after C(systemd-sysctl.service).
      - V(false) removes that unit and leaves the address alone.
      - Left out, a unit that is there follows the address, and none is made.
    type: bool
  announce:
    description:
      - When the LAN is told, by gratuitous ARP or unsolicited neighbour advertisements. V(on_change) is when the
        address was added. Never on C(lo).
    type: str
    choices: [on_change, always, never]
    default: on_change
  announce_count:
    description: How often it is told, within 1 and 100.
    type: int
    default: 5
  announce_interval:
    description: Time between two announcements, such as V(200ms) or V(1) (seconds), at most 10 s.
    type: str
    default: 200ms
  probe:
    description:
      - Ask the LAN (ARP probe, neighbour solicitation) before the address is added, and refuse when another host
        answers, or when the interface is down and nobody can be asked. Takes 0.6 s, in check mode too.
      - The default is V(true), but V(false) on C(lo), where there is nobody to ask.
    type: bool
  force:
    description:
      - Change the address even though a running daemon of this collection owns it, as C(/run/lvs/owned.json) says.
        The daemon puts back what its configuration says.
    type: bool
    default: false
notes:
  - No option that describes the address has a default. What is left out stays as it is.
"""

EXAMPLES = r"""
- name: Have the virtual address on the director, at the next boot too
  laico.lvs.vip_address:
    address: 192.0.2.146/24
    interface: eth0
    persistent: true

- name: Have it on a real server, silently
  laico.lvs.vip_address:
    address: 192.0.2.146/32
    interface: lo
    persistent: true

- name: Have it no more
  laico.lvs.vip_address:
    address: 192.0.2.146/24
    interface: eth0
    state: absent
"""

RETURN = r"""
operations:
  description: What was done, or in check mode would be, as commands.
  type: list
  elements: str
  returned: always
  sample: ["ip address add 192.0.2.146/24 dev eth0"]
vip:
  description: The address as it is afterwards, named as the options are. Null when absent.
  type: dict
  returned: success
  sample:
    address: 192.0.2.146/24
    interface: eth0
    label: null
    scope: global
    preferred_lft: forever
    valid_lft: forever
    nodad: false
    persistent: true
done:
  description: The operations that were done before one failed.
  type: list
  elements: str
  returned: when an operation failed
not_done:
  description: The operation that failed and what was to come after it, the announcements included.
  type: list
  elements: str
  returned: when an operation failed
"""

from ansible.module_utils.basic import AnsibleModule

from ..module_utils._lvs.host.vip_task import VipTask
from ..module_utils._resource import run_task

ARGUMENTS = {
    "address": {"type": "str", "required": True},
    "interface": {"type": "str", "required": True},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "label": {"type": "str"},
    "scope": {"type": "str", "choices": ["global", "site", "link", "host"]},
    "preferred_lft": {"type": "str", "choices": ["0", "forever"]},
    "nodad": {"type": "bool"},
    "persistent": {"type": "bool"},
    "announce": {
        "type": "str",
        "choices": ["on_change", "always", "never"],
        "default": "on_change",
    },
    "announce_count": {"type": "int", "default": 5},
    "announce_interval": {"type": "str", "default": "200ms"},
    "probe": {"type": "bool"},
    "force": {"type": "bool", "default": False},
}


def main() -> None:
    """Run the module."""
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    run_task(module, VipTask)


if __name__ == "__main__":
    main()
