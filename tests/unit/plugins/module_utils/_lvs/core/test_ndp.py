# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import random

import pytest

from ansible_collections.laico.lvs.plugins.module_utils._lvs.core import ndp

MAC = "02:00:00:00:00:0a"
TARGET = "2001:db8::1:92"
# Written out by hand from RFC 4861 section 4.3; the checksum comes from `resummed`.
NS_HEAD = "3333ff010092 02000000000a 86dd 60000000 0018 3a ff"
NS_ADDRESSES = "00" * 16 + "ff02 0000 0000 0000 0000 0001 ff01 0092"
NS_TARGET = "2001 0db8 0000 0000 0000 0000 0001 0092"


def resummed(frame: bytes) -> bytes:
    """The frame with its checksum made right again, by a second, plain implementation."""
    payload = bytearray(frame[54:])
    payload[2:4] = b"\0\0"
    data = frame[22:54] + len(payload).to_bytes(4, "big") + b"\0\0\0\x3a" + bytes(payload)
    total = 0
    for at in range(0, len(data), 2):
        total += int.from_bytes(data[at : at + 2].ljust(2, b"\0"), "big")
        total = (total & 0xFFFF) + (total >> 16)
    payload[2:4] = (0xFFFF - total).to_bytes(2, "big")
    return frame[:54] + bytes(payload)


def test_solicitation_is_the_frame_of_the_rfc() -> None:
    bare = bytes.fromhex(NS_HEAD + NS_ADDRESSES + "87 00 0000 00000000" + NS_TARGET)
    assert ndp.encode_solicitation(MAC, TARGET) == resummed(bare)


def test_solicitation_comes_back_as_a_probe() -> None:
    message = ndp.decode(ndp.encode_solicitation(MAC, TARGET))
    assert message == ndp.Ndp(ndp.SOLICITATION, TARGET, MAC, is_probe=True)


def test_advertisement_overrides_and_goes_to_all_nodes() -> None:
    frame = ndp.encode_advertisement(MAC, TARGET)
    assert frame[:6] == bytes.fromhex("333300000001")
    assert frame[38:54] == bytes.fromhex("ff02" + "00" * 13 + "01")
    assert frame[58] == 0x20
    assert frame == resummed(frame)
    assert ndp.decode(frame) == ndp.Ndp(ndp.ADVERTISEMENT, TARGET, MAC)


def test_the_mac_is_the_option_s() -> None:
    frame = bytearray(ndp.encode_advertisement(MAC, TARGET))
    frame[6:12] = bytes.fromhex("02000000000b")
    message = ndp.decode(bytes(frame))
    assert message is not None
    assert message.mac == MAC


def test_without_option_the_mac_is_the_sender_s() -> None:
    frame = bytearray(ndp.encode_advertisement(MAC, TARGET)[:-8])
    frame[18:20] = (24).to_bytes(2, "big")
    message = ndp.decode(resummed(bytes(frame)))
    assert message == ndp.Ndp(ndp.ADVERTISEMENT, TARGET, MAC)


@pytest.mark.parametrize(
    ("at", "value"),
    [
        pytest.param(13, 0x06, id="another ethertype"),
        pytest.param(14, 0x40, id="IPv4"),
        pytest.param(20, 17, id="UDP"),
        pytest.param(21, 254, id="through a router"),
        pytest.param(19, 16, id="length below the message"),
        pytest.param(19, 200, id="length beyond the frame"),
        pytest.param(54, 134, id="router advertisement"),
        pytest.param(55, 1, id="code"),
        pytest.param(62, 0xFF, id="multicast target"),
        pytest.param(79, 0, id="empty option"),
        pytest.param(79, 9, id="option beyond the message"),
    ],
)
def test_unsound_frame_is_nothing(at: int, value: int) -> None:
    frame = bytearray(ndp.encode_advertisement(MAC, TARGET))
    assert ndp.decode(bytes(frame)) is not None
    frame[at] = value
    assert ndp.decode(resummed(bytes(frame))) is None


def test_wrong_checksum_is_nothing() -> None:
    frame = bytearray(ndp.encode_advertisement(MAC, TARGET))
    frame[57] ^= 1
    assert ndp.decode(bytes(frame)) is None


def test_rubbish_never_raises() -> None:
    dice = random.Random(4861)
    sound = ndp.encode_advertisement(MAC, TARGET)
    for _round in range(2000):
        frame = bytearray(sound[: dice.randrange(len(sound) + 1)])
        for _change in range(3):
            if frame:
                frame[dice.randrange(len(frame))] = dice.randrange(256)
        ndp.decode(bytes(frame))
        if len(frame) > 58:
            ndp.decode(resummed(bytes(frame)))
