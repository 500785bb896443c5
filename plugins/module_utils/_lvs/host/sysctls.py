# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Kernel settings that the daemons depend on, read only."""

from __future__ import annotations

_CONF = "/proc/sys/net/ipv4/conf"
_EXPIRE_TEMPLATE = "/proc/sys/net/ipv4/vs/expire_quiescent_template"


def arp_ignore(interface: str) -> bool:
    """Whether ARP on the interface stays silent about addresses of other interfaces: the larger of
    ``all`` and the interface's own setting counts (ip-sysctl.rst)."""
    return max(_number(f"{_CONF}/{name}/arp_ignore") for name in ("all", interface)) >= 1


def is_template_kept() -> bool:
    """Whether a persistent client goes on coming to a server whose weight is 0
    (ipvs-sysctl.rst)."""
    return _number(_EXPIRE_TEMPLATE) == 0


def _number(path: str) -> int:
    try:
        with open(path, encoding="ascii") as file:
            return int(file.read())
    except (OSError, ValueError):
        return 0
