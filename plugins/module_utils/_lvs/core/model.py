# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What IPVS knows: services, destinations, the table. Values only, no kernel.

The numbers are those of ``include/uapi/linux/ip_vs.h``; see there for their meaning.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

PROTOCOLS = {"tcp": 6, "udp": 17, "sctp": 132}
FORWARDS = {"masquerade": 0, "local": 1, "tunnel": 2, "direct": 3, "bypass": 4}
TUNNEL_TYPES = {"ipip": 0, "gue": 1, "gre": 2}

# IP_VS_SVC_F_*: HASHED is the kernel's own and is masked when services are compared.
FLAG_PERSISTENT = 0x01
FLAG_HASHED = 0x02
FLAG_ONE_PACKET = 0x04
FLAG_SCHED_1 = 0x08  # sh-fallback, mh-fallback
FLAG_SCHED_2 = 0x10  # sh-port, mh-port
FLAG_SCHED_3 = 0x20

DEFAULT_SCHEDULER = "wlc"
DEFAULT_FORWARD = "direct"
DEFAULT_WEIGHT = 1
DEFAULT_PERSISTENCE_TIMEOUT_S = 300


@dataclass(frozen=True, order=True)
class ServiceKey:
    """What names a virtual service: ``family`` (4 or 6) with protocol, address and port, or with
    fwmark.

    ``protocol`` is a key of ``PROTOCOLS``, ``address`` in the canonical text form of ``ipaddress``;
    for a firewall mark they are "" and ``port`` is 0.
    """

    family: int
    protocol: str = ""
    address: str = ""
    port: int = 0
    fwmark: int = 0


@dataclass(frozen=True)
class Service:
    """A virtual service's settings. ``persistence_timeout_s`` None means not persistent.

    ``scheduler_flags`` holds only the FLAG_SCHED_* bits; ``netmask`` is a prefix length (None =
    whole address).
    """

    key: ServiceKey
    scheduler: str = DEFAULT_SCHEDULER
    scheduler_flags: int = 0
    persistence_timeout_s: int | None = None
    persistence_netmask: int | None = None
    persistence_engine: str = ""
    one_packet: bool = False


@dataclass(frozen=True, order=True)
class DestKey:
    """What names a destination within its service."""

    address: str
    port: int


@dataclass(frozen=True)
class Destination:
    """A real server's settings within one service, and the kernel's counts (not compared)."""

    key: DestKey
    forward: str = DEFAULT_FORWARD
    weight: int = DEFAULT_WEIGHT
    upper_threshold: int = 0
    lower_threshold: int = 0
    tunnel_type: str = "ipip"
    tunnel_port: int = 0
    tunnel_flags: int = 0
    active_connections: int = field(default=0, compare=False)
    inactive_connections: int = field(default=0, compare=False)


@dataclass(frozen=True)
class VirtualService:
    """One service with its destinations, keyed by ``DestKey``."""

    service: Service
    destinations: Mapping[DestKey, Destination] = field(default_factory=dict)


# A whole table: service key -> the service with its destinations.
Table = dict[ServiceKey, VirtualService]


@dataclass(frozen=True)
class TableOp:
    """One write to the kernel's table, as planned: shown by check mode and diff, sent by apply.

    ``kind``: add_service, set_service, del_service, add_dest, set_dest, del_dest.
    ``service`` is the service after the write (before it for del_*), ``dest`` likewise or None.
    """

    kind: str
    service: Service
    dest: Destination | None = None


TablePlan = tuple[TableOp, ...]
