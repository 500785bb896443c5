# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Services and destinations as IPVS's generic-netlink attributes, and back. Pure.

Constants: include/uapi/linux/ip_vs.h; requests as net/netfilter/ipvs/ip_vs_ctl.c reads them.
Addresses and ports are in network order, the rest in host order; the tunnel port is be16.
"""

from __future__ import annotations

import socket
import struct
from ipaddress import IPv4Address

from ..core.model import (
    FLAG_ONE_PACKET,
    FLAG_PERSISTENT,
    FLAG_SCHED_1,
    FLAG_SCHED_2,
    FLAG_SCHED_3,
    FORWARDS,
    PROTOCOLS,
    TUNNEL_TYPES,
    Destination,
    DestKey,
    Service,
    ServiceKey,
)
from .netlink import attribute, attributes, readable

_SVC_AF, _SVC_PROTOCOL, _SVC_ADDR, _SVC_PORT, _SVC_FWMARK = 1, 2, 3, 4, 5
_SVC_SCHED_NAME, _SVC_FLAGS, _SVC_TIMEOUT, _SVC_NETMASK, _SVC_PE_NAME = 6, 7, 8, 9, 11
_DEST_ADDR, _DEST_PORT, _DEST_FWD, _DEST_WEIGHT, _DEST_UPPER, _DEST_LOWER = 1, 2, 3, 4, 5, 6
_DEST_ACTIVE, _DEST_INACTIVE, _DEST_FAMILY = 7, 8, 11
_DEST_TUN_TYPE, _DEST_TUN_PORT, _DEST_TUN_FLAGS = 13, 14, 15

_AF = {4: int(socket.AF_INET), 6: int(socket.AF_INET6)}
_FAMILIES = {number: family for family, number in _AF.items()}
_WHOLE = {4: 32, 6: 128}
_SCHED_FLAGS = FLAG_SCHED_1 | FLAG_SCHED_2 | FLAG_SCHED_3
_U32 = struct.Struct("=I")
_U16 = struct.Struct("=H")
_BE16 = struct.Struct("!H")
_PROTOCOL_NAMES = {number: name for name, number in PROTOCOLS.items()}
_FORWARD_NAMES = {number: name for name, number in FORWARDS.items()}
_TUNNEL_NAMES = {number: name for name, number in TUNNEL_TYPES.items()}


def _packed(address: str) -> bytes:
    is_v6 = ":" in address
    packed = socket.inet_pton(socket.AF_INET6 if is_v6 else socket.AF_INET, address)
    return packed.ljust(16, b"\0")  # union nf_inet_addr


def _unpacked(data: bytes, family: int) -> str:
    return socket.inet_ntop(_AF[family], data[: 16 if family == 6 else 4])


def encode_key(key: ServiceKey) -> bytes:
    """The attributes that name a service."""
    family = attribute(_SVC_AF, _U16.pack(_AF[key.family]))
    if key.fwmark:
        return family + attribute(_SVC_FWMARK, _U32.pack(key.fwmark))
    return (
        family
        + attribute(_SVC_PROTOCOL, _U16.pack(PROTOCOLS[key.protocol]))
        + attribute(_SVC_ADDR, _packed(key.address))
        + attribute(_SVC_PORT, _BE16.pack(key.port))
    )


def encode_service(service: Service) -> bytes:
    """All attributes of a service, as NEW_SERVICE and SET_SERVICE need them."""
    flags = service.scheduler_flags & _SCHED_FLAGS
    flags |= FLAG_ONE_PACKET if service.one_packet else 0
    flags |= 0 if service.persistence_timeout_s is None else FLAG_PERSISTENT
    data = (
        encode_key(service.key)
        + attribute(_SVC_SCHED_NAME, service.scheduler.encode() + b"\0")
        # A full mask: without it the kernel keeps flags that are no longer wanted.
        + attribute(_SVC_FLAGS, struct.pack("=II", flags, 0xFFFFFFFF))
        + attribute(_SVC_TIMEOUT, _U32.pack(service.persistence_timeout_s or 0))
        + attribute(_SVC_NETMASK, _encode_netmask(service))
    )
    if service.persistence_engine:
        data += attribute(_SVC_PE_NAME, service.persistence_engine.encode() + b"\0")
    return data


def _encode_netmask(service: Service) -> bytes:
    # IPv4: the mask itself; IPv6: the prefix length as a number, demanded even without persistence.
    prefix = service.persistence_netmask
    if prefix is None:
        prefix = _WHOLE[service.key.family]
    if service.key.family == 6:
        return _U32.pack(prefix)
    return struct.pack("!I", (0xFFFFFFFF << (32 - prefix)) & 0xFFFFFFFF)


def encode_dest_key(key: DestKey) -> bytes:
    """The attributes that name a destination within its service."""
    family = 6 if ":" in key.address else 4
    return (
        attribute(_DEST_ADDR, _packed(key.address))
        + attribute(_DEST_PORT, _BE16.pack(key.port))
        + attribute(_DEST_FAMILY, _U16.pack(_AF[family]))
    )


def encode_dest(dest: Destination) -> bytes:
    """All attributes of a destination, as NEW_DEST and SET_DEST need them."""
    data = (
        encode_dest_key(dest.key)
        + attribute(_DEST_FWD, _U32.pack(FORWARDS[dest.forward]))
        + attribute(_DEST_WEIGHT, _U32.pack(dest.weight))
        + attribute(_DEST_UPPER, _U32.pack(dest.upper_threshold))
        + attribute(_DEST_LOWER, _U32.pack(dest.lower_threshold))
    )
    if dest.forward != "tunnel":
        return data
    return (
        data
        + attribute(_DEST_TUN_TYPE, bytes([TUNNEL_TYPES[dest.tunnel_type]]))
        + attribute(_DEST_TUN_PORT, _BE16.pack(dest.tunnel_port))
        + attribute(_DEST_TUN_FLAGS, _U16.pack(dest.tunnel_flags))
    )


@readable
def decode_service(data: bytes) -> Service:
    """A service from the payload of IPVS_CMD_ATTR_SERVICE."""
    found = attributes(data)
    family = _FAMILIES[_U16.unpack(found[_SVC_AF])[0]]
    flags = _U32.unpack_from(found[_SVC_FLAGS])[0]
    is_persistent = bool(flags & FLAG_PERSISTENT)
    return Service(
        key=_decode_key(found, family),
        scheduler=_text(found[_SVC_SCHED_NAME]),
        scheduler_flags=flags & _SCHED_FLAGS,
        persistence_timeout_s=_U32.unpack(found[_SVC_TIMEOUT])[0] if is_persistent else None,
        persistence_netmask=_decode_netmask(found[_SVC_NETMASK], family),
        persistence_engine=_text(found.get(_SVC_PE_NAME, b"")),
        one_packet=bool(flags & FLAG_ONE_PACKET),
    )


def _decode_key(found: dict[int, bytes], family: int) -> ServiceKey:
    if _SVC_FWMARK in found:
        return ServiceKey(family, fwmark=_U32.unpack(found[_SVC_FWMARK])[0])
    number = _U16.unpack(found[_SVC_PROTOCOL])[0]
    return ServiceKey(
        family,
        _PROTOCOL_NAMES.get(number, str(number)),
        _unpacked(found[_SVC_ADDR], family),
        _BE16.unpack(found[_SVC_PORT])[0],
    )


def _decode_netmask(data: bytes, family: int) -> int | None:
    is_v6 = family == 6
    prefix = _U32.unpack(data)[0] if is_v6 else bin(int(IPv4Address(data))).count("1")
    return None if prefix == _WHOLE[family] else prefix


def _text(data: bytes) -> str:
    return data.rstrip(b"\0").decode("ascii", "replace")


@readable
def decode_dest(data: bytes, service_family: int) -> Destination:
    """A destination from the payload of IPVS_CMD_ATTR_DEST."""
    found = attributes(data)
    # Kernels before 3.18 do not tell the family: it is the service's.
    family = _FAMILIES[_U16.unpack(found[_DEST_FAMILY])[0]] if _DEST_FAMILY in found else 0
    address = _unpacked(found[_DEST_ADDR], family or service_family)
    forward = _U32.unpack(found[_DEST_FWD])[0] & 0x7  # IP_VS_CONN_F_FWD_MASK
    return Destination(
        key=DestKey(address, _BE16.unpack(found[_DEST_PORT])[0]),
        forward=_FORWARD_NAMES.get(forward, str(forward)),
        weight=_U32.unpack(found[_DEST_WEIGHT])[0],
        upper_threshold=_U32.unpack(found[_DEST_UPPER])[0],
        lower_threshold=_U32.unpack(found[_DEST_LOWER])[0],
        tunnel_type=_TUNNEL_NAMES.get(found.get(_DEST_TUN_TYPE, b"\0")[0], "ipip"),
        tunnel_port=_BE16.unpack(found.get(_DEST_TUN_PORT, b"\0\0"))[0],
        tunnel_flags=_U16.unpack(found.get(_DEST_TUN_FLAGS, b"\0\0"))[0],
        active_connections=_U32.unpack(found[_DEST_ACTIVE])[0],
        inactive_connections=_U32.unpack(found[_DEST_INACTIVE])[0],
    )
