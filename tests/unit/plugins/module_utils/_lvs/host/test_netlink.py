# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Netlink messages from rubbish and from good bytes; a real socket where every kernel has one."""

from __future__ import annotations

import errno
import socket
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.errors import NoIpvsError
from ansible_collections.laico.lvs.plugins.module_utils._lvs.host import netlink, rtnetlink
from ansible_collections.laico.lvs.plugins.module_utils._lvs.host.ipvs import Ipvs
from ansible_collections.laico.lvs.plugins.module_utils._lvs.host.netlink import (
    NLM_F_DUMP,
    NetlinkSocket,
    attribute,
    attributes,
    split,
)


def test_attributes_are_padded_and_read_back() -> None:
    data = attribute(1, b"abc") + attribute(2 | 0x8000, b"") + attribute(3, b"12345678")
    assert len(data) == 8 + 4 + 12
    assert attributes(data) == {1: b"abc", 2: b"", 3: b"12345678"}


@given(st.binary(max_size=64))
def test_rubbish_ends_the_reading_and_raises_nothing(data: bytes) -> None:
    attributes(data)
    list(split(data))


def test_a_length_beyond_the_end_is_not_followed() -> None:
    assert attributes(attribute(1, b"x") + struct.pack("=HH", 400, 2) + b"y") == {1: b"x"}
    assert list(split(struct.pack("=IHHII", 400, 1, 0, 0, 0))) == []
    assert list(split(struct.pack("=IHHII", 0, 1, 0, 0, 0))) == []


def test_a_dump_gives_the_links_of_this_host() -> None:
    with NetlinkSocket(socket.NETLINK_ROUTE) as kernel:
        bodies = kernel.request(rtnetlink.GET_LINK, NLM_F_DUMP, rtnetlink.encode_link_dump())
    links = dict(map(rtnetlink.decode_link, bodies))
    assert links["lo"].index == socket.if_nametoindex("lo")
    assert set(links) == {name for _index, name in socket.if_nameindex()}


def test_a_refusal_is_an_oserror_with_the_kernels_number() -> None:
    nowhere = struct.pack("=BxHiII", 0, 0, 0x7FFFFFFF, 0, 0)
    with NetlinkSocket(socket.NETLINK_ROUTE) as kernel:
        with pytest.raises(OSError, match="No such device") as caught:
            kernel.request(rtnetlink.GET_LINK, netlink.NLM_F_ACK, nowhere)
        assert caught.value.errno == errno.ENODEV


def test_a_family_that_is_not_there_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    """Asked by a name that no kernel has, so that it holds on a host with IPVS too."""
    plain = attribute

    def renamed(kind: int, payload: bytes) -> bytes:
        return plain(kind, payload.replace(b"IPVS", b"NONE"))

    monkeypatch.setattr(f"{Ipvs.__module__}.attribute", renamed)
    with pytest.raises(NoIpvsError, match=r"This kernel has no IPVS: .*modprobe ip_vs") as caught:
        Ipvs()
    assert caught.value.errno == errno.ENOENT
