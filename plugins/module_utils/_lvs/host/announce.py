# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The clients' LAN: announcing addresses, asking who has them, hearing who answers.

One AF_PACKET socket per interface and family (ARP; ICMPv6 neighbour messages behind a filter in the
kernel), needing CAP_NET_RAW.
"""

from __future__ import annotations

import array
import contextlib
import logging
import socket
import struct
from collections.abc import Collection, Iterator
from typing import Union

from ..core import arp, ndp
from ..core.events import WireAnswer, WireProbe

LOG = logging.getLogger(__name__)

FRAME_BYTES = 2048
DRAIN_LIMIT = 512  # frames read in one turn of the loop
# asm-generic/socket.h, linux/if_packet.h
_SO_ATTACH_FILTER = 26
_SOL_PACKET = 263
_PACKET_ADD_MEMBERSHIP = 1
_PACKET_MR_MULTICAST = 0
# linux/filter.h: keep IPv6 (next header 58) with ICMPv6 types 135 and 136.
_NEIGHBOUR_MESSAGES = (
    (0x30, 0, 0, 20),
    (0x15, 0, 4, 58),
    (0x30, 0, 0, 54),
    (0x15, 1, 0, ndp.SOLICITATION),
    (0x15, 0, 1, ndp.ADVERTISEMENT),
    (0x06, 0, 0, 0xFFFF),
    (0x06, 0, 0, 0),
)

Heard = Union[WireAnswer, WireProbe]


class WireSocket:
    """One interface's raw socket for the addresses of one family. Raises OSError when opened."""

    def __init__(self, interface: str, family: int, addresses: Collection[str]) -> None:
        """``family`` is 4 or 6; only frames about ``addresses`` are given on."""
        self.interface = interface
        self.family = family
        self._addresses = frozenset(addresses)
        ethertype = arp.ETHERTYPE if family == 4 else ndp.ETHERTYPE
        self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW | socket.SOCK_CLOEXEC)
        try:
            self._socket.setblocking(False)
            if family == 6:
                _attach_filter(self._socket)
            self._socket.bind((interface, ethertype))
            if family == 6:
                self._join_groups()
        except OSError:
            self._socket.close()
            raise
        self.mac = arp.mac_text(self._socket.getsockname()[4][:6])

    def fileno(self) -> int:
        """For the event loop."""
        return self._socket.fileno()

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()

    def announce(self, address: str) -> None:
        """Say once that ``address`` is here: gratuitous ARP in both forms, or an NA to all."""
        if self.family == 6:
            self._send(ndp.encode_advertisement(self.mac, address))
            return
        self._send(arp.encode_announcement(self.mac, address))
        self._send(arp.encode_announcement(self.mac, address, is_reply=True))

    def probe(self, address: str) -> None:
        """Ask once who has ``address``, without claiming it (RFC 5227, RFC 4862)."""
        encode = arp.encode_probe if self.family == 4 else ndp.encode_solicitation
        self._send(encode(self.mac, address))

    def receive(self, own_macs: Collection[str]) -> Iterator[Heard]:
        """What other hosts said of the addresses; what waits only."""
        for _dummy in range(DRAIN_LIMIT):
            try:
                frame = self._socket.recv(FRAME_BYTES)
            except OSError:  # nothing waits, or the interface went down
                return
            heard = _read_arp(frame) if self.family == 4 else _read_ndp(frame)
            if heard is None or heard.address not in self._addresses:
                continue
            if heard.mac not in own_macs:
                yield heard

    def _send(self, frame: bytes) -> None:
        with contextlib.suppress(OSError):  # a full queue or an interface that is down: sent again
            self._socket.send(frame)

    def _join_groups(self) -> None:
        """Hear solicitations for addresses that this host does not have (another's probes)."""
        index = socket.if_nametoindex(self.interface)
        for address in self._addresses:
            group = b"\x33\x33\xff" + socket.inet_pton(socket.AF_INET6, address)[-3:]
            member = struct.pack("=iHH8s", index, _PACKET_MR_MULTICAST, len(group), group)
            self._socket.setsockopt(_SOL_PACKET, _PACKET_ADD_MEMBERSHIP, member)


def _read_arp(frame: bytes) -> Heard | None:
    packet = arp.decode(frame)
    if packet is None:
        return None
    if packet.is_probe:
        return WireProbe(packet.target_ip, packet.sender_mac)
    if packet.op == arp.REPLY or packet.is_announcement:
        return WireAnswer(packet.sender_ip, packet.sender_mac)
    return None


def _read_ndp(frame: bytes) -> Heard | None:
    message = ndp.decode(frame)
    if message is None:
        return None
    if message.kind == ndp.ADVERTISEMENT:
        return WireAnswer(message.target, message.mac)
    return WireProbe(message.target, message.mac) if message.is_probe else None


def _attach_filter(raw: socket.socket) -> None:
    code = b"".join(struct.pack("=HBBI", *step) for step in _NEIGHBOUR_MESSAGES)
    # Not ctypes, whose import may want memory that MemoryDenyWriteExecute refuses.
    buffer = array.array("B", code)
    address, _length = buffer.buffer_info()
    program = struct.pack("@HP", len(_NEIGHBOUR_MESSAGES), address)
    raw.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, program)
