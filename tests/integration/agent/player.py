# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plays laicoy to a real agent of laicoz, by hand: datagrams of every kind that is to be dropped.

Run in laicoy's namespace: ``player.py OWN-ADDRESS PEER-ADDRESS``; prints how many of each kind it
sent, as JSON.
"""

from __future__ import annotations

import json
import os
import socket
import sys
from collections import Counter
from dataclasses import replace

from laico_lvs.core.cluster import Auth, Key  # type: ignore[import-not-found]
from laico_lvs.core.wire import (  # type: ignore[import-not-found]
    Message,
    PeerWord,
    decode,
    encode,
    short_id,
)

PORT = 694
SECRET = b"0123456789abcdef0123456789abcdef"
AUTH = Auth(1, {1: Key(1, SECRET)})
ME, PEER, CLUSTER = "laicoy", "laicoz", "trial"
NONCE = b"\1" * 8


class Player:
    """A socket on the agent's link."""

    def __init__(self, own: str, peer: str) -> None:
        self.sent: Counter[str] = Counter()
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((own, PORT))
        self.socket.settimeout(5.0)
        self.target = (peer, PORT)

    def send(self, kind: str, data: bytes) -> None:
        self.sent[kind] += 1
        self.socket.sendto(data, self.target)

    def heard(self) -> Message:
        """The next heartbeat of the agent."""
        return decode(self.socket.recv(2048), AUTH, CLUSTER)


def signed(data: bytes) -> bytes:
    """The datagram signed again, with its length set right."""
    import hmac

    body = data[:-32]
    body = body[:6] + len(data).to_bytes(2, "big") + body[8:]
    return body + hmac.digest(SECRET, body, "sha256")


def main() -> None:
    player = Player(sys.argv[1], sys.argv[2])
    theirs = player.heard()
    mine = Message(CLUSTER, ME, os.urandom(16), 1, 1000, 0, 1)
    mine = replace(mine, peers={short_id(PEER): PeerWord(NONCE, bytes(8))})
    sound = encode(mine, AUTH)
    player.send("short", b"LV")
    player.send("short", sound[:-1])
    player.send("long", sound + b"\0")
    player.send("long", sound + bytes(1400))
    player.send("version", b"HA" + sound[2:])
    player.send("version", sound[:2] + b"\2" + sound[3:])
    player.send("cluster", encode(replace(mine, cluster="other"), AUTH))
    player.send("key", encode(mine, Auth(9, {9: Key(9, SECRET)})))
    player.send("digest", encode(mine, Auth(1, {1: Key(1, b"f" * 32)})))
    player.send("digest", sound[:60] + bytes([sound[60] ^ 1]) + sound[61:])
    player.send("malformed", signed(sound[:-32] + b"\0" + sound[-32:]))
    player.send("node", encode(replace(mine, node="mars"), AUTH))
    player.send("own", encode(replace(mine, node=PEER, boot_id=theirs.boot_id), AUTH))
    player.send("namesake", encode(replace(mine, node=PEER), AUTH))
    player.send("unverified", sound)
    word = PeerWord(b"", b"")
    while word.echo != NONCE:  # until it answers this boot id
        word = (player.heard().peers or {}).get(short_id(ME), word)
    word = PeerWord(NONCE, word.nonce)
    last = encode(
        replace(mine, counter=2, link_counter=2, sent_ms=1001, peers={short_id(PEER): word}), AUTH
    )
    player.send("new", last)
    player.send("replay", last)
    player.send("replay", last)
    sys.stdout.write(json.dumps(player.sent))


main()
