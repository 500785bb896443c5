# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""IPv6 neighbour discovery as bytes: the two messages of RFC 4861 sections 4.3 and 4.4."""

from __future__ import annotations

import ipaddress
import struct
from dataclasses import dataclass

from .arp import mac_bytes, mac_text

ETHERTYPE = 0x86DD
SOLICITATION = 135
ADVERTISEMENT = 136

_ETHERNET = struct.Struct("!6s6sH")
_IPV6 = struct.Struct("!IHBB16s16s")
_ICMP = struct.Struct("!BBHI16s")
_SEEN_ICMP = struct.Struct("!BB6x16s")  # checksum and flags are no news to a reader
_ICMPV6 = 58
_HOP_LIMIT = 255  # anything less came through a router: RFC 4861 section 7.1
_VERSION_6 = 6 << 28
_FLAG_OVERRIDE = 1 << 29
_OPTION_SOURCE_MAC = 1
_OPTION_TARGET_MAC = 2
_ALL_NODES = ipaddress.IPv6Address("ff02::1")
_UNSPECIFIED = ipaddress.IPv6Address("::")


@dataclass(frozen=True)
class Ndp:
    """A neighbour message about ``target`` (canonical text).

    ``kind`` is SOLICITATION or ADVERTISEMENT. ``mac`` is the one named in the message's option,
    else the Ethernet sender's. ``is_probe``: a solicitation from ``::``, as duplicate address
    detection sends (RFC 4862 section 5.4.2).
    """

    kind: int
    target: str
    mac: str
    is_probe: bool = False


def encode_solicitation(mac: str, target: str) -> bytes:
    """Give the Ethernet frame by which ``mac`` asks who has ``target``, in the form of duplicate
    address detection (source ``::``, no option), so that no neighbour cache learns anything."""
    address = ipaddress.IPv6Address(target)
    group = ipaddress.IPv6Address(int(ipaddress.IPv6Address("ff02::1:ff00:0")) | _low24(address))
    icmp = _ICMP.pack(SOLICITATION, 0, 0, 0, address.packed)
    return _frame(mac, _UNSPECIFIED, group, icmp)


def encode_advertisement(mac: str, target: str) -> bytes:
    """Give the unsolicited advertisement by which ``mac`` says to all nodes that it has ``target``,
    with the override flag (RFC 4861 section 7.2.6)."""
    address = ipaddress.IPv6Address(target)
    icmp = _ICMP.pack(ADVERTISEMENT, 0, 0, _FLAG_OVERRIDE, address.packed)
    option = struct.pack("!BB6s", _OPTION_TARGET_MAC, 1, mac_bytes(mac))
    return _frame(mac, address, _ALL_NODES, icmp + option)


def decode(frame: bytes) -> Ndp | None:
    """Give what an Ethernet frame says, or None when it is no sound neighbour message as RFC 4861
    section 7.1 requires (hop limit, length, checksum, options); never raises."""
    if len(frame) < _ETHERNET.size + _IPV6.size + _ICMP.size:
        return None
    _target, ether_source, ethertype = _ETHERNET.unpack_from(frame)
    version, length, following, hops, source, target = _IPV6.unpack_from(frame, _ETHERNET.size)
    if ethertype != ETHERTYPE or version >> 28 != 6:
        return None
    payload = frame[_ETHERNET.size + _IPV6.size :][:length]
    if (following, hops) != (_ICMPV6, _HOP_LIMIT) or not _ICMP.size <= length == len(payload):
        return None
    if _checksum(source, target, payload) != 0:
        return None
    return _decode_icmp(payload, mac_text(ether_source), source == _UNSPECIFIED.packed)


def _decode_icmp(payload: bytes, ether_source: str, has_no_source: bool) -> Ndp | None:
    kind, code, target = _SEEN_ICMP.unpack_from(payload)
    if kind not in (SOLICITATION, ADVERTISEMENT) or code != 0 or target[0] == 0xFF:
        return None
    wanted = _OPTION_SOURCE_MAC if kind == SOLICITATION else _OPTION_TARGET_MAC
    options = payload[_ICMP.size :]
    mac = ether_source
    while options:
        size = options[1] * 8 if len(options) > 1 else 0
        if size == 0 or size > len(options):
            return None
        if options[0] == wanted and size == 8:
            mac = mac_text(options[2:8])
        options = options[size:]
    is_probe = kind == SOLICITATION and has_no_source
    return Ndp(kind, str(ipaddress.IPv6Address(target)), mac, is_probe)


def _frame(
    mac: str, source: ipaddress.IPv6Address, target: ipaddress.IPv6Address, icmp: bytes
) -> bytes:
    checksum = _checksum(source.packed, target.packed, icmp)
    icmp = icmp[:2] + struct.pack("!H", checksum) + icmp[4:]
    to_mac = b"\x33\x33" + target.packed[-4:]  # RFC 2464 section 7
    return (
        _ETHERNET.pack(to_mac, mac_bytes(mac), ETHERTYPE)
        + _IPV6.pack(_VERSION_6, len(icmp), _ICMPV6, _HOP_LIMIT, source.packed, target.packed)
        + icmp
    )


def _low24(address: ipaddress.IPv6Address) -> int:
    return int(address) & 0xFFFFFF


def _checksum(source: bytes, target: bytes, payload: bytes) -> int:
    """Give the Internet checksum over the pseudo header (RFC 8200 section 8.1); 0 over a message
    that already holds a right one."""
    data = source + target + struct.pack("!II", len(payload), _ICMPV6) + payload
    if len(data) % 2:
        data += b"\x00"
    total: int = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF
