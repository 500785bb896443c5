# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Addresses and links as rtnetlink messages, and back. Pure; rtnetlink(7), linux/if_addr.h."""

from __future__ import annotations

import socket
import struct
import sys
from dataclasses import dataclass

from ..core.plan_addresses import HeldAddress
from .netlink import attribute, attributes, readable

NEW_LINK, DEL_LINK, GET_LINK = 16, 17, 18
NEW_ADDRESS, DEL_ADDRESS, GET_ADDRESS = 20, 21, 22
GROUP_LINK, GROUP_IPV4_ADDRESS, GROUP_IPV6_ADDRESS = 0x1, 0x10, 0x100

_IFA_ADDRESS, _IFA_LOCAL, _IFA_LABEL, _IFA_CACHEINFO, _IFA_FLAGS = 1, 2, 3, 6, 8
_FLAG_SECONDARY, _FLAG_NODAD, _FLAG_DADFAILED, _FLAG_DEPRECATED = 0x01, 0x02, 0x08, 0x20
_FLAG_TENTATIVE = 0x40
_IFLA_ADDRESS, _IFLA_IFNAME, _IFLA_MTU = 1, 3, 4
_IFF_UP, _IFF_LOWER_UP = 0x1, 0x10000
_FOREVER = 0xFFFFFFFF

_IFADDRMSG = struct.Struct("=BBBBI")
_IFINFOMSG = struct.Struct("=BxHiII")
_CACHEINFO = struct.Struct("=IIII")
SCOPES = {"global": 0, "site": 200, "link": 253, "host": 254}
_SCOPE_NAMES = {number: name for name, number in SCOPES.items()}


@dataclass(frozen=True)
class LinkInfo:
    """An interface: ``mac`` lower case with colons ("" when it has none), ``mtu`` in bytes.

    ``is_up``: switched on and its carrier is there.
    """

    index: int
    mac: str
    is_up: bool
    mtu: int


def encode_address(held: HeldAddress, index: int) -> bytes:
    """The body of RTM_NEWADDR or RTM_DELADDR for interface number ``index``."""
    family = socket.AF_INET6 if held.is_v6 else socket.AF_INET
    packed = socket.inet_pton(family, held.address)
    scope = SCOPES[held.scope] if held.scope in SCOPES else int(held.scope)
    data = _IFADDRMSG.pack(family, held.prefix, 0, 0 if held.is_v6 else scope, index)
    data += attribute(_IFA_LOCAL, packed) + attribute(_IFA_ADDRESS, packed)
    if held.label:
        data += attribute(_IFA_LABEL, held.label.encode() + b"\0")
    if held.is_nodad and held.is_v6:
        data += attribute(_IFA_FLAGS, struct.pack("=I", _FLAG_NODAD))
    valid = _FOREVER if held.valid_s is None else held.valid_s
    preferred = valid if held.preferred_s is None else held.preferred_s
    return data + attribute(_IFA_CACHEINFO, _CACHEINFO.pack(preferred, valid, 0, 0))


@readable
def decode_address(body: bytes, names: dict[int, str]) -> HeldAddress:
    """The address of an RTM_NEWADDR or RTM_DELADDR; ``names`` gives interfaces by number."""
    family, prefix, flags, scope, index = _IFADDRMSG.unpack_from(body)
    found = attributes(body[_IFADDRMSG.size :])
    if _IFA_FLAGS in found:
        flags = _number(found[_IFA_FLAGS])
    packed = found.get(_IFA_LOCAL) or found[_IFA_ADDRESS]
    interface = names.get(index, str(index))
    label = found.get(_IFA_LABEL, b"").rstrip(b"\0").decode("ascii", "replace")
    preferred, valid, _created, _updated = _CACHEINFO.unpack(
        found.get(_IFA_CACHEINFO, _CACHEINFO.pack(_FOREVER, _FOREVER, 0, 0))
    )
    if flags & _FLAG_DEPRECATED:
        # Of an IPv4 address that is valid for ever the kernel says only this.
        preferred = 0
    return HeldAddress(
        interface=interface,
        address=socket.inet_ntop(family, packed),
        prefix=prefix,
        label="" if label == interface else label,
        scope=_SCOPE_NAMES.get(scope, str(scope)),
        valid_s=None if valid == _FOREVER else valid,
        preferred_s=None if preferred == _FOREVER else preferred,
        is_nodad=bool(flags & _FLAG_NODAD),
        is_secondary=family == socket.AF_INET and bool(flags & _FLAG_SECONDARY),
        is_tentative=bool(flags & _FLAG_TENTATIVE),
        has_failed_dad=bool(flags & _FLAG_DADFAILED),
    )


def encode_link_dump() -> bytes:
    """The body of RTM_GETLINK for all links."""
    return _IFINFOMSG.pack(0, 0, 0, 0, 0)


def encode_address_dump() -> bytes:
    """The body of RTM_GETADDR for all addresses of both families."""
    return _IFADDRMSG.pack(0, 0, 0, 0, 0)


@readable
def link_family(body: bytes) -> int:
    """The ifi_family of an RTM_NEWLINK or RTM_DELLINK, AF_UNSPEC when it is of the whole link."""
    return body[0]


@readable
def decode_link(body: bytes) -> tuple[str, LinkInfo]:
    """Name and facts of an RTM_NEWLINK or RTM_DELLINK."""
    _family, _kind, index, flags, _change = _IFINFOMSG.unpack_from(body)
    found = attributes(body[_IFINFOMSG.size :])
    name = found.get(_IFLA_IFNAME, b"").rstrip(b"\0").decode("utf-8", "replace")
    mac = ":".join(f"{byte:02x}" for byte in found.get(_IFLA_ADDRESS, b""))
    is_up = bool(flags & _IFF_UP and flags & _IFF_LOWER_UP)
    return name, LinkInfo(index, mac, is_up, _number(found.get(_IFLA_MTU, b"\0\0\0\0")))


def _number(data: bytes) -> int:
    return int.from_bytes(data, sys.byteorder)
