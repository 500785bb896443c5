# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The daemons by which kernels tell each other their connections, as netlink attributes. Pure.

Constants: include/uapi/linux/ip_vs.h. A kernel runs at most one of each role.
"""

from __future__ import annotations

import socket
import struct
from dataclasses import dataclass

from .netlink import attribute, attributes

ROLES = {"master": 1, "backup": 2}  # IP_VS_STATE_*
_STATE, _INTERFACE, _SYNC_ID, _MAX_LENGTH, _GROUP, _GROUP6, _PORT, _TTL = 1, 2, 3, 4, 5, 6, 7, 8
_U32, _U16 = struct.Struct("=I"), struct.Struct("=H")
_ROLE_NAMES = {number: name for name, number in ROLES.items()}


@dataclass(frozen=True)
class SyncDaemon:
    """One daemon. What is 0 or "" is left to the kernel when it is started (since Linux 4.3 it
    tells what it chose: group 224.0.0.81, port 8848, ttl 1)."""

    role: str
    interface: str
    sync_id: int = 0
    max_length: int = 0
    group: str = ""
    port: int = 0
    ttl: int = 0


def encode_daemon(daemon: SyncDaemon) -> bytes:
    """The payload of IPVS_CMD_ATTR_DAEMON that starts it."""
    data = encode_role(daemon.role)
    data += attribute(_INTERFACE, daemon.interface.encode() + b"\0")
    data += attribute(_SYNC_ID, _U32.pack(daemon.sync_id))
    if daemon.max_length:
        data += attribute(_MAX_LENGTH, _U16.pack(daemon.max_length))
    if ":" in daemon.group:
        data += attribute(_GROUP6, socket.inet_pton(socket.AF_INET6, daemon.group))
    elif daemon.group:
        data += attribute(_GROUP, socket.inet_aton(daemon.group))
    if daemon.port:
        data += attribute(_PORT, _U16.pack(daemon.port))
    if daemon.ttl:
        data += attribute(_TTL, bytes([daemon.ttl]))
    return data


def encode_role(role: str) -> bytes:
    """The payload that stops the daemon of this role."""
    return attribute(_STATE, _U32.pack(ROLES[role]))


def decode_daemon(data: bytes) -> SyncDaemon:
    """A daemon from the payload of IPVS_CMD_ATTR_DAEMON."""
    found = attributes(data)
    group = ""
    if _GROUP in found:
        group = socket.inet_ntoa(found[_GROUP][:4])
    elif _GROUP6 in found:
        group = socket.inet_ntop(socket.AF_INET6, found[_GROUP6][:16])
    number = _U32.unpack(found[_STATE])[0]
    return SyncDaemon(
        role=_ROLE_NAMES.get(number, str(number)),
        interface=found[_INTERFACE].rstrip(b"\0").decode("ascii", "replace"),
        sync_id=_U32.unpack(found[_SYNC_ID])[0],
        max_length=_U16.unpack(found.get(_MAX_LENGTH, b"\0\0"))[0],
        group=group,
        port=_U16.unpack(found.get(_PORT, b"\0\0"))[0],
        ttl=found.get(_TTL, b"\0")[0],
    )
