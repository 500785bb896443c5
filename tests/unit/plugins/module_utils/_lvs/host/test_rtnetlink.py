# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Addresses as rtnetlink messages, by hand and against pyroute2."""

from __future__ import annotations

import struct

import pytest
from pyroute2.netlink.rtnl.ifaddrmsg import ifaddrmsg

from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.plan_addresses import HeldAddress
from ansible_collections.laico.lvs.plugins.module_utils._lvs.host import rtnetlink
from ansible_collections.laico.lvs.plugins.module_utils._lvs.host.netlink import (
    HEADER,
    attribute,
    attributes,
)

VIP = HeldAddress("eth0", "192.0.2.146", 24, label="eth0:vip", scope="link", valid_s=3)
SIX = HeldAddress("eth0", "2001:db8::146", 64, is_nodad=True, preferred_s=0)
NAMES = {2: "eth0"}


def test_an_address_byte_by_byte() -> None:
    assert rtnetlink.encode_address(VIP, 2) == bytes.fromhex(
        "02 18 00 fd 02000000"  # AF_INET, /24, no flags, scope link, interface 2
        "0800 0200 c0000292"  # IFA_LOCAL
        "0800 0100 c0000292"  # IFA_ADDRESS
        "0d00 0300 657468303a76697000 000000"  # IFA_LABEL
        "1400 0600 03000000 03000000 00000000 00000000"  # preferred, valid
    )


@pytest.mark.parametrize("held", [VIP, SIX, HeldAddress("eth0", "192.0.2.146", 32)])
def test_addresses_come_back_as_they_were_sent(held: HeldAddress) -> None:
    back = rtnetlink.decode_address(rtnetlink.encode_address(held, 2), NAMES)
    if held.valid_s is not None:
        assert back.preferred_s == held.valid_s
        back = HeldAddress(**{**vars(back), "preferred_s": held.preferred_s})
    assert back == held


def test_pyroute2_reads_what_we_send() -> None:
    body = rtnetlink.encode_address(SIX, 2)
    data = HEADER.pack(HEADER.size + len(body), rtnetlink.NEW_ADDRESS, 0, 1, 0) + body
    message = ifaddrmsg(data)
    message.decode()
    assert message["prefixlen"] == 64
    assert message.get_attr("IFA_ADDRESS") == "2001:db8::146"
    assert message.get_attr("IFA_FLAGS") == 0x02
    lifetimes = message.get_attr("IFA_CACHEINFO")
    assert (lifetimes["ifa_preferred"], lifetimes["ifa_valid"]) == (0, 0xFFFFFFFF)


def test_flags_of_the_kernel() -> None:
    def told(held: HeldAddress, flags: int) -> HeldAddress:
        body = rtnetlink.encode_address(held, 2) + attribute(8, struct.pack("=I", flags))
        return rtnetlink.decode_address(body, NAMES)

    plain = HeldAddress("eth0", "192.0.2.146", 24)
    assert told(plain, 0x01).is_secondary
    assert not told(SIX, 0x01).is_secondary, "for IPv6 the bit means temporary"
    assert told(SIX, 0x08).has_failed_dad
    # An IPv4 address that is valid for ever shows its preferred lifetime of 0 by this flag only.
    assert told(plain, 0x20).preferred_s == 0


def test_an_address_of_an_unknown_interface_has_its_number() -> None:
    assert rtnetlink.decode_address(rtnetlink.encode_address(VIP, 9), NAMES).interface == "9"


@pytest.mark.parametrize(
    ("flags", "is_up"), [(0x1 | 0x10000, True), (0x1, False), (0x10000, False), (0, False)]
)
def test_a_link_is_up_with_switch_and_carrier(flags: int, is_up: bool) -> None:
    body = struct.pack("=BxHiII", 0, 1, 2, flags, 0)
    body += attribute(3, b"eth0\0") + attribute(1, b"\x02\0\0\0\0\x0a")
    name, link = rtnetlink.decode_link(body + attribute(4, struct.pack("=I", 1500)))
    assert name == "eth0"
    assert link == rtnetlink.LinkInfo(2, "02:00:00:00:00:0a", is_up, 1500)


def test_a_dump_asks_for_everything() -> None:
    assert attributes(rtnetlink.encode_address_dump()[8:]) == {}
    assert not any(rtnetlink.encode_address_dump())
