# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Heartbeats: the decoder alone, signed again and as they come; and a whole node (``script``)."""

from __future__ import annotations

from collections.abc import Hashable

from ansible_collections.laico.lvs.plugins.module_utils._lvs.core import wire
from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.errors import PeerError

from .script import Play
from .speaker import AUTH, resign
from .target import Target, words_of


class RoundTripError(AssertionError):
    """A message that was accepted does not survive being said again."""


def _read_wire(data: bytes) -> Hashable:
    """The input with a right length and HMAC; what is accepted must come through again."""
    message = wire.decode(resign(data), AUTH, "laico")
    again = wire.decode(wire.encode(message, AUTH), AUTH, "laico")
    if again != message:
        raise RoundTripError(f"{message} came back as {again}")
    words = (message.groups or {}).values()
    return (len(message.peers or {}), len(message.macs), len(words), message.is_leaving,
            tuple(sorted({word.state for word in words}))[:3])  # fmt: skip


def _read_raw(data: bytes) -> Hashable:
    """The input as it is."""
    return wire.decode(data, AUTH, "laico").node


def _play(data: bytes) -> Hashable:
    play = Play()
    play.play(data.decode("utf-8", "replace"))
    return play.shape()


TARGETS = (
    Target("wire", _read_wire, (PeerError,), (b"laico", b"\x05laico", b"LV\x01")),
    Target("wire_raw", _read_raw, (PeerError,), (b"LV\x01",)),
    Target("node", _play, (), words_of("node"), is_text=True),
)
