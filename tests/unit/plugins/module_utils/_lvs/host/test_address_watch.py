# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which messages of rtnetlink say that a link went up or down."""

from __future__ import annotations

import socket
import struct

import pytest

from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.events import LinkState
from ansible_collections.laico.lvs.plugins.module_utils._lvs.host import rtnetlink
from ansible_collections.laico.lvs.plugins.module_utils._lvs.host.address_watch import (
    AddressWatch,
)
from ansible_collections.laico.lvs.plugins.module_utils._lvs.host.netlink import (
    Message,
    attribute,
)

AF_BRIDGE = 7
UP = 0x10001  # IFF_UP, IFF_LOWER_UP


@pytest.mark.parametrize(
    ("family", "said"),
    [(socket.AF_UNSPEC, LinkState("eth0", is_up=False)), (AF_BRIDGE, None)],
)
def test_a_link_that_leaves_its_bridge_is_not_gone(family: int, said: LinkState | None) -> None:
    watch = AddressWatch.__new__(AddressWatch)
    watch._names, watch._is_up = {}, {"eth0": True}
    body = struct.pack("=BxHiII", family, 1, 2, UP, 0) + attribute(3, b"eth0\0")
    assert watch._decode(Message(rtnetlink.DEL_LINK, 0, body)) == said


def test_a_message_that_cannot_be_read_is_left_out(caplog: pytest.LogCaptureFixture) -> None:
    watch = AddressWatch.__new__(AddressWatch)
    watch._names, watch._is_up = {}, {}
    for kind in (rtnetlink.NEW_LINK, rtnetlink.DEL_ADDRESS):
        assert watch._read_message(Message(kind, 0, b"")) is None
    assert "cannot be read" in caplog.text
