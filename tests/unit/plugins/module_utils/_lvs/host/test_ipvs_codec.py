# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""IPVS's attributes against bytes made by hand, and against pyroute2 where that is right.

Each fault of pyroute2 is a strict xfail: the day it is mended shows.
"""

from __future__ import annotations

import inspect
import struct
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyroute2.ipvs import IPVS, AsyncIPVS, IPVSDest, IPVSService, NLAFilter
from pyroute2.netlink.generic.ipvs import ipvsmsg

from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.model import (
    Destination,
    DestKey,
    Service,
    ServiceKey,
)
from ansible_collections.laico.lvs.plugins.module_utils._lvs.host import ipvs_codec as codec
from ansible_collections.laico.lvs.plugins.module_utils._lvs.host.netlink import (
    attribute,
    attributes,
)

WEB = ServiceKey(4, "tcp", "192.0.2.146", 80)
SIX = ServiceKey(6, "udp", "2001:db8::146", 53)
MARK = ServiceKey(4, fwmark=7)
ONE = DestKey("192.0.2.2", 80)

# As a PC sends it: numbers in host order are little endian.
WEB_KEY_BYTES = bytes.fromhex(
    "0600 0100 0200 0000"  # AF_INET
    "0600 0200 0600 0000"  # TCP
    "1400 0300 c0000292 000000000000000000000000"  # 192.0.2.146 in the union of 16 bytes
    "0600 0400 0050 0000"  # port 80, network order
)


def test_a_key_byte_by_byte() -> None:
    assert codec.encode_key(WEB) == WEB_KEY_BYTES
    assert codec.encode_key(MARK) == bytes.fromhex("0600 0100 0200 0000 0800 0500 07000000")


def test_a_service_byte_by_byte() -> None:
    service = Service(WEB, "rr", persistence_timeout_s=300, persistence_netmask=24)
    assert codec.encode_service(service) == WEB_KEY_BYTES + bytes.fromhex(
        "0700 0600 727200 00"  # "rr"
        "0c00 0700 01000000 ffffffff"  # persistent, all flags meant
        "0800 0800 2c010000"  # 300 s
        "0800 0900 ffffff00"  # 255.255.255.0 as it is on the wire
    )


def test_a_destination_byte_by_byte() -> None:
    dest = Destination(ONE, "tunnel", 2, 10, 5, "gue", 6080, 1)
    assert codec.encode_dest(dest) == bytes.fromhex(
        "1400 0100 c0000202 000000000000000000000000"
        "0600 0200 0050 0000"
        "0600 0b00 0200 0000"  # AF_INET
        "0800 0300 02000000"  # tunnel
        "0800 0400 02000000"
        "0800 0500 0a000000"
        "0800 0600 05000000"
        "0500 0d00 01 000000"  # GUE
        "0600 0e00 17c0 0000"  # port 6080, network order
        "0600 0f00 0100 0000"
    )


def test_ipv6_always_says_its_prefix_length() -> None:
    sent = attributes(codec.encode_service(Service(SIX)))
    assert sent[codec._SVC_NETMASK] == struct.pack("=I", 128)
    sent = attributes(codec.encode_service(Service(SIX, persistence_netmask=64)))
    assert sent[codec._SVC_NETMASK] == struct.pack("=I", 64)


def kernel_answer(dest: Destination, active: int = 0) -> bytes:
    """What the kernel tells of a destination, which is more than it is told."""
    return (
        codec.encode_dest(dest)
        + attribute(codec._DEST_ACTIVE, struct.pack("=I", active))
        + attribute(codec._DEST_INACTIVE, struct.pack("=I", 0))
    )


SERVICES = st.builds(
    Service,
    key=st.sampled_from([WEB, SIX, MARK, ServiceKey(6, fwmark=0xFFFFFFFF)]),
    scheduler=st.sampled_from(["rr", "wlc", "sixteen-letters"]),
    scheduler_flags=st.sampled_from([0, 0x08, 0x10, 0x20, 0x38]),
    persistence_timeout_s=st.none() | st.integers(1, 2678400),
    persistence_netmask=st.none() | st.integers(1, 31),
    persistence_engine=st.sampled_from(["", "sip"]),
    one_packet=st.booleans(),
)
DESTINATIONS = st.builds(
    Destination,
    key=st.builds(DestKey, st.sampled_from(["192.0.2.2", "2001:db8::2"]), st.integers(0, 65535)),
    forward=st.just("tunnel"),
    weight=st.integers(0, 65535),
    upper_threshold=st.integers(0, 0xFFFFFFFF),
    lower_threshold=st.integers(0, 0xFFFFFFFF),
    tunnel_type=st.sampled_from(["ipip", "gue", "gre"]),
    tunnel_port=st.integers(0, 65535),
    tunnel_flags=st.integers(0, 2),
)


@given(SERVICES)
def test_services_come_back_as_they_were_sent(service: Service) -> None:
    assert codec.decode_service(codec.encode_service(service)) == service


@given(DESTINATIONS)
def test_destinations_come_back_as_they_were_sent(dest: Destination) -> None:
    assert codec.decode_dest(kernel_answer(dest), 4) == dest


def test_the_kernels_own_flags_are_masked() -> None:
    sent = codec.encode_service(Service(WEB))
    flags = attribute(codec._SVC_FLAGS, struct.pack("=II", 0, 0xFFFFFFFF))
    hashed = attribute(codec._SVC_FLAGS, struct.pack("=II", 0x2, 0xFFFFFFFF))
    assert flags in sent
    assert codec.decode_service(sent.replace(flags, hashed)) == Service(WEB)


def test_connections_and_forward_flags_are_read() -> None:
    answer = kernel_answer(Destination(ONE, "masquerade"), active=3)
    fwd = attribute(codec._DEST_FWD, struct.pack("=I", 0x100))  # IP_VS_CONN_F_INACTIVE
    answer = answer.replace(attribute(codec._DEST_FWD, struct.pack("=I", 0)), fwd)
    dest = codec.decode_dest(answer, 4)
    assert (dest.forward, dest.active_connections) == ("masquerade", 3)


def test_an_old_kernel_does_not_tell_the_family() -> None:
    answer = kernel_answer(Destination(DestKey("2001:db8::2", 80)))
    without = answer.replace(attribute(codec._DEST_FAMILY, struct.pack("=H", 10)), b"")
    assert without != answer
    assert codec.decode_dest(without, 6).key.address == "2001:db8::2"


# ---- the second opinion ------------------------------------------------------------------------


def sent_by_pyroute2(name: str, value: NLAFilter) -> dict[int, bytes]:
    """The attributes that pyroute2 sends for a service or destination, by number."""
    message = ipvsmsg()
    message["cmd"], message["version"] = 1, 1
    message["attrs"] = [(name, value.dump_nla())]
    message.encode()
    return attributes(next(iter(attributes(bytes(message.data[20:])).values())))


def their_service(**values: Any) -> dict[int, bytes]:
    return sent_by_pyroute2("IPVS_CMD_ATTR_SERVICE", IPVSService(**values))


def their_dest(**values: Any) -> dict[int, bytes]:
    return sent_by_pyroute2("IPVS_CMD_ATTR_DEST", IPVSDest(**values))


def without_padding(sent: dict[int, bytes]) -> dict[int, bytes]:
    """Addresses may be sent in 4 bytes or in the union's 16; the kernel takes both."""
    return {kind: data.rstrip(b"\0") for kind, data in sent.items()}


def test_services_are_sent_as_pyroute2_sends_them() -> None:
    flags = {"flags": 0x01, "mask": 0xFFFFFFFF}
    there = their_service(
        addr="192.0.2.146", port=80, protocol=6, sched_name="rr", timeout=300, flags=flags
    )
    here = attributes(codec.encode_service(Service(WEB, "rr", persistence_timeout_s=300)))
    assert without_padding(here) == without_padding(there)


def test_destinations_are_sent_as_pyroute2_sends_them() -> None:
    there = their_dest(addr="192.0.2.2", port=80, fwd_method=2, weight=3, u_thresh=9, l_thresh=4)
    here = attributes(codec.encode_dest(Destination(ONE, "tunnel", 3, 9, 4)))
    assert without_padding(here) == without_padding(there)


def test_what_they_send_is_read_alike() -> None:
    there = their_service(addr="192.0.2.146", port=80, protocol=6, sched_name="lblcr")
    assert codec.decode_service(b"".join(attribute(*each) for each in there.items())) == Service(
        WEB, "lblcr"
    )


@pytest.mark.xfail(
    strict=True,
    raises=AssertionError,
    reason="pyroute2 sends no netmask for IPv6; the kernel: EINVAL",
)
def test_pyroute2_sends_a_netmask_for_ipv6() -> None:
    assert codec._SVC_NETMASK in their_service(addr="2001:db8::146", port=53, protocol=17)


@pytest.mark.xfail(
    strict=True, raises=AssertionError, reason="pyroute2 sends the tunnel's port in host order"
)
def test_pyroute2_sends_the_tunnel_port_in_network_order() -> None:
    sent = their_dest(addr="192.0.2.2", port=80, fwd_method=2, tun_type=1, tun_port=6080)
    assert sent[codec._DEST_TUN_PORT] == struct.pack("!H", 6080)


@pytest.mark.xfail(
    strict=True,
    raises=AssertionError,
    reason="pyroute2 reports its own default flags beside the real ones",
)
def test_pyroute2_reports_the_flags_that_are_set() -> None:
    message = ipvsmsg()
    flags = {"flags": 0x05, "mask": 0xFFFFFFFF}
    real = IPVSService(addr="192.0.2.146", port=53, protocol=17, flags=flags)
    message["attrs"] = [("IPVS_CMD_ATTR_SERVICE", real.dump_nla())]
    message.encode()
    received = ipvsmsg(message.data)
    received.decode()
    assert IPVSService.from_message(received)["flags"]["flags"] == 0x05


@pytest.mark.xfail(strict=True, raises=AssertionError, reason='pyroute2\'s "update" deletes')
def test_pyroute2_updates_without_deleting() -> None:
    source = inspect.getsource(AsyncIPVS)
    assert '"update": (ipvs.IPVS_CMD_DEL' not in source


@pytest.mark.xfail(
    strict=True, raises=AssertionError, reason="pyroute2 has no calls for these commands"
)
@pytest.mark.parametrize("command", ["flush", "zero", "config", "info", "daemon"])
def test_pyroute2_has_every_command(command: str) -> None:
    assert hasattr(IPVS, command)
