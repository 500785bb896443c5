# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ARP over Ethernet as bytes: RFC 826 frames, the probe and the announcement of RFC 5227."""

from __future__ import annotations

import ipaddress
import struct
from dataclasses import dataclass

ETHERTYPE = 0x0806
BROADCAST = "ff:ff:ff:ff:ff:ff"
REQUEST = 1
REPLY = 2

_ETHERNET = struct.Struct("!6s6sH")
_ARP = struct.Struct("!HHBBH6s4s6s4s")
_FIXED = (1, 0x0800, 6, 4)  # Ethernet, IPv4, and the lengths of their addresses
_NO_MAC = "00:00:00:00:00:00"
_NO_IP = "0.0.0.0"
_MIN_FRAME = 60  # Ethernet's minimum without the checksum


@dataclass(frozen=True)
class Arp:
    """An ARP packet; ``op`` is REQUEST or REPLY, MACs are lower case with colons, IPs dotted.

    ``source_mac`` is the Ethernet header's sender, which may differ from the packet's own.
    """

    op: int
    sender_mac: str
    sender_ip: str
    target_mac: str
    target_ip: str
    source_mac: str

    @property
    def is_probe(self) -> bool:
        """Whether it is a probe: a request that names no sender (RFC 5227 section 2.1.1)."""
        return self.op == REQUEST and self.sender_ip == _NO_IP

    @property
    def is_announcement(self) -> bool:
        """Whether it is gratuitous: sender and target are one address (RFC 5227 section 2.3)."""
        return self.sender_ip == self.target_ip and self.sender_ip != _NO_IP


def encode_probe(mac: str, ip: str) -> bytes:
    """Give the Ethernet frame by which ``mac`` asks who has ``ip`` without claiming any address."""
    return _encode(Arp(REQUEST, mac, _NO_IP, _NO_MAC, ip, mac))


def encode_announcement(mac: str, ip: str, is_reply: bool = False) -> bytes:
    """Give the broadcast Ethernet frame by which ``mac`` says that it has ``ip``.

    The request form is RFC 5227's; some hosts learn from the reply form only, so agents send both.
    """
    if is_reply:
        return _encode(Arp(REPLY, mac, ip, BROADCAST, ip, mac))
    return _encode(Arp(REQUEST, mac, ip, _NO_MAC, ip, mac))


def decode(frame: bytes) -> Arp | None:
    """Give what an Ethernet frame says, or None when it is no sound ARP for IPv4 (never raises)."""
    if len(frame) < _ETHERNET.size + _ARP.size:
        return None
    _target, source, ethertype = _ETHERNET.unpack_from(frame)
    hardware, protocol, hlen, plen, op, sha, spa, tha, tpa = _ARP.unpack_from(frame, _ETHERNET.size)
    if ethertype != ETHERTYPE or (hardware, protocol, hlen, plen) != _FIXED:
        return None
    if op not in (REQUEST, REPLY):
        return None
    return Arp(op, mac_text(sha), _ip_text(spa), mac_text(tha), _ip_text(tpa), mac_text(source))


def mac_bytes(mac: str) -> bytes:
    """Give a MAC's six bytes; ValueError when the text is no MAC."""
    packed = bytes.fromhex(mac.replace(":", "").replace("-", ""))
    if len(packed) != 6:
        raise ValueError("not a MAC address: " + mac)
    return packed


def mac_text(packed: bytes) -> str:
    """Give six bytes as lower-case hex with colons."""
    return ":".join(f"{byte:02x}" for byte in packed)


def _encode(packet: Arp) -> bytes:
    header = _ETHERNET.pack(mac_bytes(BROADCAST), mac_bytes(packet.source_mac), ETHERTYPE)
    body = _ARP.pack(
        *_FIXED,
        packet.op,
        mac_bytes(packet.sender_mac),
        ipaddress.IPv4Address(packet.sender_ip).packed,
        mac_bytes(packet.target_mac),
        ipaddress.IPv4Address(packet.target_ip).packed,
    )
    return (header + body).ljust(_MIN_FRAME, b"\x00")


def _ip_text(packed: bytes) -> str:
    return str(ipaddress.IPv4Address(packed))
