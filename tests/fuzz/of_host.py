# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the kernel and the clients' LAN say: netlink answers, ARP and neighbour frames; and lines of
control sockets."""

from __future__ import annotations

import logging
import math
import struct
from collections.abc import Hashable

from ansible_collections.laico.lvs.plugins.module_utils._lvs.core import arp, ndp
from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.cluster import Group
from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.errors import (
    ControlError,
    KernelError,
)
from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.events import TableState
from ansible_collections.laico.lvs.plugins.module_utils._lvs.host import (
    ask,
    ipvs_codec,
    monitor_client,
    netlink,
    rtnetlink,
)
from ansible_collections.laico.lvs.plugins.module_utils._lvs.host.monitor_client import (
    MonitorClient,
)

from .target import Target, shape_of, words_of

VIP = "192.0.2.146"
_PAYLOAD_AT = 54
# What does not make sense is dropped with a warning; here it would be all that is seen.
logging.getLogger(monitor_client.__name__).setLevel(logging.CRITICAL)


class SenselessError(AssertionError):
    """Something was believed that cannot be."""


def _read_route(data: bytes) -> Hashable:
    """rtnetlink: what AddressWatch and Addresses read."""
    kinds: list[Hashable] = []
    for message in netlink.split(data):
        kinds.append(message.kind)
        if message.kind in (rtnetlink.NEW_LINK, rtnetlink.DEL_LINK):
            name, link = rtnetlink.decode_link(message.body)
            kinds.append((bool(name), link.is_up, bool(link.mac)))
        elif message.kind in (rtnetlink.NEW_ADDRESS, rtnetlink.DEL_ADDRESS):
            held = rtnetlink.decode_address(message.body, {1: "lo", 2: "eth0"})
            kinds.append((held.scope, held.valid_s is None, held.is_nodad, held.is_secondary))
    return tuple(kinds[:4])


def _read_ipvs(data: bytes) -> Hashable:
    """Attributes 1 and 2 of IPVS's answers: a service and a destination."""
    found = netlink.attributes(data)
    shape: list[Hashable] = [tuple(sorted(found))[:4]]
    if 1 in found:
        service = ipvs_codec.decode_service(found[1])
        shape.append((service.key.family, service.key.protocol, service.one_packet))
    if 2 in found:
        dest = ipvs_codec.decode_dest(found[2], 4)
        shape.append((dest.forward, dest.tunnel_type))
    return tuple(shape)


def _read_frame(data: bytes) -> Hashable:
    """As it came, and as a neighbour message whose length and checksum are right."""
    shapes: list[Hashable] = []
    for frame in (data, _mended(data)):
        heard, seen = arp.decode(frame), ndp.decode(frame)
        if heard:
            shapes.append((heard.op, heard.is_probe, heard.is_announcement))
        if seen:
            shapes.append((seen.kind, seen.is_probe))
    return tuple(shapes)


def _mended(frame: bytes) -> bytes:
    """The checksum of RFC 4443 section 2.3, worked out here once more."""
    if len(frame) < _PAYLOAD_AT + 8:
        return frame
    payload = frame[_PAYLOAD_AT : _PAYLOAD_AT + 2] + b"\0\0" + frame[_PAYLOAD_AT + 4 :]
    head = struct.pack("!IHBB", 6 << 28, len(payload), 58, 255)
    pseudo = frame[22:54] + struct.pack("!II", len(payload), 58) + payload
    total = sum(int.from_bytes(pseudo[i : i + 2].ljust(2, b"\0"), "big")
                for i in range(0, len(pseudo), 2))  # fmt: skip
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    checked = payload[:2] + (~total & 0xFFFF).to_bytes(2, "big") + payload[4:]
    return frame[:12] + b"\x86\xdd" + head + frame[22:54] + checked


def _read_line(data: bytes) -> Hashable:
    """A line as the agent reads it of the monitor: a reply or a push."""
    message = ask.decode(data)
    states: list[TableState] = []
    client = MonitorClient("/run/lvs/ldirectord.sock", states.append)
    client._groups = {VIP: Group(VIP, (), (), is_auto_failback=False)}
    client._take(message)
    for state in states:
        if not (isinstance(state.healthy, int) and 0 <= state.check_s < math.inf):
            raise SenselessError(f"{state} was believed")
    if "id" not in message:
        return len(states)
    try:
        ask.checked(message)
    except ControlError as error:
        return shape_of(str(error))
    return "reply"


TARGETS = (
    Target("rtnetlink", _read_route, (KernelError,)),
    Target("ipvs", _read_ipvs, (KernelError,)),
    Target(
        "frames", _read_frame, (), (b"\x08\x06", b"\x86\xdd", b"\x87\0", b"\x88\0", b"\x01\x01")
    ),
    Target("control", _read_line, (ControlError,), words_of("control"), is_text=True),
)
