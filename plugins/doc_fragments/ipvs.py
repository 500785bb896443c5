# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the documentation of the IPVS modules says alike."""

from __future__ import annotations


class ModuleDocFragment:
    """`laico.lvs.ipvs`: the options that name a virtual service."""

    DOCUMENTATION = r"""
options:
  address:
    description:
      - Address of the virtual service, IPv4 or IPv6, or a name that has exactly one address.
      - Names the service together with O(port) and O(protocol), unless O(fwmark) does.
    type: str
  port:
    description:
      - Port of the virtual service, as a number or by its name in C(/etc/services).
      - V(0) means all ports, which needs persistence.
      - Required with O(address).
    type: str
  protocol:
    description: Protocol of the virtual service. Not used with O(fwmark).
    type: str
    choices: [tcp, udp, sctp]
    default: tcp
  fwmark:
    description:
      - Firewall mark that names the virtual service instead of O(address), O(port) and O(protocol).
    type: int
  family:
    description:
      - Address family of a service named by O(fwmark); V(ipv4) unless given.
      - With O(address), the address says it; with a name there, which of its addresses is meant.
    type: str
    choices: [ipv4, ipv6]
  force:
    description:
      - Change the service even though a running daemon of this collection owns it, as
        C(/run/lvs/owned.json) says. The daemon puts its own back at its next check.
    type: bool
    default: false
notes:
  - The kernel's module C(ip_vs) is loaded when it is not there yet.
  - No option that describes the object has a default. What is left out stays as it is; a new
    object gets the kernel's usual value.
"""
