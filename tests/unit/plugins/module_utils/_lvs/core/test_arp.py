# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import random

import pytest

from ansible_collections.laico.lvs.plugins.module_utils._lvs.core import arp

MAC = "02:00:00:00:00:0a"
IP = "192.0.2.146"
# Written out by hand from RFC 826 and RFC 5227 section 2.1.1, not from the code.
PROBE = bytes.fromhex(
    "ffffffffffff 02000000000a 0806 0001 0800 06 04 000102000000000a 00000000 000000000000 c0000292"
)
REPLY = bytes.fromhex(
    "02000000000a 02000000000b 0806 0001 0800 06 04 000202000000000b c0000292 02000000000a c0000201"
)


def test_probe_is_the_frame_of_the_rfc() -> None:
    assert arp.encode_probe(MAC, IP) == PROBE.ljust(60, b"\0")


def test_probe_comes_back_as_a_probe() -> None:
    packet = arp.decode(arp.encode_probe(MAC, IP))
    assert packet == arp.Arp(arp.REQUEST, MAC, "0.0.0.0", "00:00:00:00:00:00", IP, MAC)
    assert packet.is_probe
    assert not packet.is_announcement


@pytest.mark.parametrize(("is_reply", "op"), [(False, arp.REQUEST), (True, arp.REPLY)])
def test_announcement_names_the_address_as_sender_and_target(is_reply: bool, op: int) -> None:
    frame = arp.encode_announcement(MAC, IP, is_reply)
    packet = arp.decode(frame)
    assert frame[:6] == b"\xff" * 6
    assert packet is not None
    assert (packet.op, packet.sender_ip, packet.target_ip, packet.sender_mac) == (op, IP, IP, MAC)
    assert packet.is_announcement
    assert not packet.is_probe


def test_reply_is_read() -> None:
    packet = arp.decode(REPLY)
    assert packet is not None
    assert (packet.op, packet.sender_ip, packet.sender_mac) == (2, IP, "02:00:00:00:00:0b")
    assert not packet.is_announcement


@pytest.mark.parametrize(
    ("at", "value"),
    [
        pytest.param(12, 0x86, id="another ethertype"),
        pytest.param(15, 6, id="another hardware"),
        pytest.param(16, 9, id="another protocol"),
        pytest.param(18, 8, id="long MACs"),
        pytest.param(19, 16, id="long IPs"),
        pytest.param(21, 9, id="another operation"),
    ],
)
def test_unsound_frame_is_nothing(at: int, value: int) -> None:
    frame = bytearray(REPLY)
    frame[at] = value
    assert arp.decode(bytes(frame)) is None


def test_rubbish_never_raises() -> None:
    dice = random.Random(826)
    for _round in range(2000):
        cut = REPLY[: dice.randrange(len(REPLY))]
        assert arp.decode(cut) is None
        arp.decode(dice.randbytes(dice.randrange(70)))


def test_a_bad_mac_is_refused() -> None:
    with pytest.raises(ValueError, match="not a MAC address"):
        arp.mac_bytes("02:00:00:00:00")
