# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The other side of a script: a peer that signs what it says, sound or not."""

from __future__ import annotations

import hmac
import random
import struct
from collections.abc import Mapping
from typing import Any

from ansible_collections.laico.lvs.plugins.module_utils._lvs.core import cluster as conf
from ansible_collections.laico.lvs.plugins.module_utils._lvs.core import wire

AUTH = conf.Auth(1, {1: conf.Key(1, b"a secret of the fuzzer"), 2: conf.Key(2, b"another")})
LENGTH_AT = 6


def resign(signed: bytes) -> bytes:
    """Bytes with a right length and a right HMAC of the key that they name (1 if it is unknown)."""
    if len(signed) < LENGTH_AT + 2:
        return signed
    length = (len(signed) + wire.MAC_SIZE) & 0xFFFF
    signed = signed[:LENGTH_AT] + struct.pack("!H", length) + signed[LENGTH_AT + 2 :]
    key = AUTH.keys.get(int.from_bytes(signed[4:6], "big"), AUTH.keys[1])
    return signed + hmac.digest(key.secret, signed, "sha256")


class Speaker:
    """A peer of the node under test (``a``), with a clock of its own."""

    def __init__(self, name: str, groups: tuple[str, ...], rng: random.Random) -> None:
        """In its first life, having heard nothing."""
        self.name, self.groups, self.rng = name, groups, rng
        self.offset_s = rng.uniform(0, 1000)
        self.nonce = wire.NO_NONCE  # the node's for this peer
        self.restart()

    def restart(self) -> None:
        """A new life."""
        self.boot_id = self.rng.randbytes(16)
        self.counter = 0
        self.own_nonce = self.rng.randbytes(8)

    def hear(self, said: wire.Message) -> None:
        """The node spoke: its nonce is echoed from now on."""
        word = (said.peers or {}).get(wire.short_id(self.name))
        if word:
            self.nonce = word.nonce

    def say(self, fields: Mapping[str, str], now: float) -> bytes:
        """A signed heartbeat; ``fields`` overrides what this peer would say: state term
        highest healthy fit known grace asking target digest counter sent link lcounter echo leave
        config node cluster macs peers groups."""
        self.counter += 1
        number = _Numbers(fields)
        echo = self.nonce if number("echo", 1, 1) else wire.NO_NONCE
        peers = {wire.short_id("a"): wire.PeerWord(self.own_nonce, echo)}
        for extra in range(number("peers", 0, wire.MAX_PEERS - 1)):
            peers[wire.short_id(f"x{extra}")] = wire.PeerWord(bytes(8), bytes(8))
        word = _group_word(fields, number)
        said = {wire.short_id(name): word for name in self.groups[: number("groups", 2, 2)]}
        return wire.encode(
            wire.Message(
                cluster=fields.get("cluster", "laico")[:8],
                node=fields.get("node", self.name)[:8],
                boot_id=self.boot_id,
                counter=number("counter", self.counter, 2**64 - 1),
                sent_ms=number("sent", int((now + self.offset_s) * 1000), 2**64 - 1),
                link_id=number("link", 0, 255),
                link_counter=number("lcounter", self.counter, 2**32 - 1),
                config_digest=fields.get("config", "").encode()[:8],
                is_leaving=bool(number("leave", 0, 1)),
                peers=peers,
                macs=("02:00:00:00:00:02",) * number("macs", 1, wire.MAX_MACS),
                groups=said,
            ),
            AUTH,
        )

    def bend(self, data: bytes, fields: Mapping[str, str]) -> bytes:
        """A datagram of ``say`` changed behind its signature, and signed again: ``OFFSET=HEX``
        overwrites, ``cut=N`` takes bytes off its end, ``add=HEX`` puts some there."""
        signed = bytearray(data[: -wire.MAC_SIZE])
        for key, value in fields.items():
            if key.isascii() and key.isdigit() and len(key) < 5:
                at, new = int(key), _hex(value)
                if at < len(signed):
                    signed[at : at + len(new)] = new
        number = _Numbers(fields)
        count = number("count", 0, 255)  # the first flags byte carries one, too
        signed[3] = signed[3] | (count << 1) & 0xFF
        kept = len(signed) - number("cut", 0, len(signed))
        return resign(bytes(signed[:kept]) + _hex(fields.get("add", "")))


class _Numbers:
    """Reads numbers of a step; what is none, or too large, becomes one that is."""

    def __init__(self, fields: Mapping[str, str]) -> None:
        self._fields = fields

    def __call__(self, key: str, default: int, most: int) -> int:
        text = self._fields.get(key, "")
        if not text.isascii() or not text.isdigit() or len(text) > 20:
            return default
        return min(int(text), most)


def _group_word(fields: Mapping[str, str], number: Any) -> wire.GroupWord:
    state, target = fields.get("state", "standby"), fields.get("target", "")
    return wire.GroupWord(
        state=state if state in wire.STATES else "standby",
        is_fit=bool(number("fit", 1, 1)),
        is_fit_known=bool(number("known", 1, 1)),
        is_past_grace=bool(number("grace", 1, 1)),
        is_asking=bool(number("asking", 0, 1)),
        target=wire.short_id(target) if target else b"",
        term=number("term", 0, 2**32 - 1),
        highest=number("highest", 0, 2**32 - 1),
        healthy=number("healthy", 3, 0xFFFF),
        digest=fields.get("digest", "12").encode()[:8],
    )


def _hex(text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError:
        return b""
