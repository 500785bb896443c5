# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Messages as pyroute2 and our codec send and read them, without a kernel."""

from __future__ import annotations

import struct
from collections.abc import Coroutine
from typing import Any, NamedTuple

from pyroute2.ipvs import AsyncIPVS, IPVSDest, IPVSService
from pyroute2.netlink.generic.ipvs import ipvsmsg

from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.model import (
    FORWARDS,
    PROTOCOLS,
    TUNNEL_TYPES,
    Destination,
    Service,
    ServiceKey,
    TableOp,
)
from ansible_collections.laico.lvs.plugins.module_utils._lvs.host import ipvs
from ansible_collections.laico.lvs.plugins.module_utils._lvs.host.netlink import (
    attribute,
    attributes,
)

FAMILY_ID = 28
AF = {4: 2, 6: 10}
WHOLE = {4: "255.255.255.255", 6: "128.0.0.0"}
COMMANDS = {
    "add_service": ("service", "add"),
    "set_service": ("service", "set"),
    "del_service": ("service", "del"),
    "add_dest": ("dest", "add"),
    "set_dest": ("dest", "set"),
    "del_dest": ("dest", "del"),
}
HASHED = 0x2  # IP_VS_SVC_F_HASHED, the kernel's own
SERVICE_NAMES = ("AF", "PROTOCOL", "ADDR", "PORT", "FWMARK", "SCHED_NAME", "TIMEOUT", "PE_NAME")
DEST_NAMES = ("ADDR", "PORT", "FWD_METHOD", "WEIGHT", "U_THRESH", "L_THRESH")
# Where the attributes of a service and of a destination stand, in ip_vs.h's numbers.
SERVICE, DEST = 1, 2

Attributes = dict[int, bytes]


class Sent(NamedTuple):
    """A generic netlink message: its command, and the attributes nested in each attribute."""

    command: int
    is_acknowledged: bool
    parts: dict[int, Attributes]


def parse(flags: int, body: bytes) -> Sent:
    """Zeros at an end are padding: IPv4 addresses may fill 4 bytes or the union's 16."""
    command, version, _reserved = struct.unpack_from("=BBH", body)
    assert version == 1
    nested = {kind: attributes(data) for kind, data in attributes(body[4:]).items()}
    parts = {
        part: {kind: data.rstrip(b"\0") for kind, data in found.items()}
        for part, found in nested.items()
    }
    return Sent(command, bool(flags & 0x4), parts)


class Listener:
    """Stands where the netlink socket is: knows IPVS's number and keeps what it is asked."""

    def __init__(self, protocol: int) -> None:
        assert protocol == ipvs.NETLINK_GENERIC
        self.heard: list[Sent] = []

    def request(self, kind: int, flags: int, body: bytes) -> list[bytes]:
        if kind == FAMILY_ID:
            self.heard.append(parse(flags, body))
            return []
        return [b"\1\2\0\0" + attribute(1, struct.pack("=H", FAMILY_ID))]

    def close(self) -> None:
        pass


class Theirs(AsyncIPVS):  # type: ignore[misc]
    """pyroute2's calls without its socket."""

    def __init__(self) -> None:
        self.heard: list[Sent] = []

    async def _do_request(self, message: Any, msg_flags: int) -> None:
        message.encode()
        self.heard.append(parse(msg_flags, bytes(message.data[16:])))


def said(call: str, *words: Any) -> Sent:
    """What a call of pyroute2's sends."""
    client = Theirs()
    run(getattr(client, call)(*words))
    return client.heard[0]


def run(call: Coroutine[None, None, None]) -> None:
    """Nothing is waited for: no event loop is needed."""
    try:
        call.send(None)
    except StopIteration:
        return
    raise AssertionError("pyroute2 waits for something")


def theirs(op: TableOp) -> Sent:
    """What pyroute2 sends for one write."""
    call, word = COMMANDS[op.kind]
    words = [their_service(op.service)]
    if op.dest is not None:
        words.append(their_dest(op.dest))
    return said(call, word, *words)


def their_key(key: ServiceKey) -> dict[str, Any]:
    if key.fwmark:
        return {"af": AF[key.family], "fwmark": key.fwmark}
    return {
        "af": AF[key.family],
        "protocol": PROTOCOLS[key.protocol],
        "addr": key.address,
        "port": key.port,
    }


def flags_of(service: Service) -> int:
    """IP_VS_SVC_F_*."""
    flags = service.scheduler_flags | (0x4 if service.one_packet else 0)
    return flags if service.persistence_timeout_s is None else flags | 0x1


def their_service(service: Service) -> IPVSService:
    """With the netmask by hand, in the one form that says what the kernel wants."""
    values = {
        **their_key(service.key),
        "sched_name": service.scheduler,
        "timeout": service.persistence_timeout_s or 0,
        "flags": {"flags": flags_of(service), "mask": 0xFFFFFFFF},
        "netmask": WHOLE[service.key.family],
    }
    if service.persistence_engine:
        values["pe_name"] = service.persistence_engine
    return IPVSService(**values)


def their_dest(dest: Destination) -> IPVSDest:
    """With the tunnel's port turned by hand."""
    return IPVSDest(
        addr=dest.key.address,
        port=dest.key.port,
        fwd_method=FORWARDS[dest.forward],
        weight=dest.weight,
        u_thresh=dest.upper_threshold,
        l_thresh=dest.lower_threshold,
        tun_type=TUNNEL_TYPES[dest.tunnel_type],
        tun_port=int.from_bytes(dest.tunnel_port.to_bytes(2, "big"), "little"),
        tun_flags=dest.tunnel_flags,
    )


def received(part: str, payload: bytes) -> Any:
    """pyroute2's view of an answer of the kernel with this payload."""
    number = {"SERVICE": SERVICE, "DEST": DEST}[part]
    body = struct.pack("=BBH", 1, 1, 0) + attribute(number | 0x8000, payload)
    message = ipvsmsg(struct.pack("=IHHII", 16 + len(body), FAMILY_ID, 0, 1, 0) + body)
    message.decode()
    return message


def seen(part: str, payload: bytes) -> dict[str, Any]:
    return dict(received(part, payload).get_attr(f"IPVS_CMD_ATTR_{part}")["attrs"])


def as_seen(part: str, payload: bytes) -> dict[str, Any]:
    """What pyroute2 reads, as far as it reads it right."""
    found = seen(part, payload)
    if part == "DEST":
        return {name: found[f"IPVS_DEST_ATTR_{name}"] for name in DEST_NAMES}
    view = {name: found.get(f"IPVS_SVC_ATTR_{name}") for name in SERVICE_NAMES}
    return {**view, "FLAGS": found["IPVS_SVC_ATTR_FLAGS"]["flags"] & ~HASHED}


def service_as_seen(service: Service) -> dict[str, Any]:
    """What that must be for a service that our codec read."""
    key = service.key
    return {
        "AF": AF[key.family],
        "PROTOCOL": PROTOCOLS.get(key.protocol),
        "ADDR": key.address or None,
        "PORT": None if key.fwmark else key.port,
        "FWMARK": key.fwmark or None,
        "SCHED_NAME": service.scheduler,
        "FLAGS": flags_of(service),
        "TIMEOUT": service.persistence_timeout_s or 0,
        "PE_NAME": service.persistence_engine or None,
    }


def dest_as_seen(dest: Destination) -> dict[str, Any]:
    """Likewise for a destination."""
    return {
        "ADDR": dest.key.address,
        "PORT": dest.key.port,
        "FWD_METHOD": FORWARDS[dest.forward],
        "WEIGHT": dest.weight,
        "U_THRESH": dest.upper_threshold,
        "L_THRESH": dest.lower_threshold,
    }
