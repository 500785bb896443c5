# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Heartbeats as bytes: version 1 of the wire format of docs/protocol.md, big endian, HMAC-SHA256.

Pure: bytes to values and back. What a datagram may teach is decided in ``core.peers``.
"""

from __future__ import annotations

import hashlib
import hmac
import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from .cluster import Auth
from .errors import ConfigError, PeerError

MAX_DATAGRAM = 1200
MAX_CLUSTER_NAME = 32
MAX_NODE_NAME = 63
MAX_PEERS = 7
MAX_GROUPS = 32
MAX_MACS = 8
MAX_TERM = 0x7FFFFFFF
MAC_SIZE = 32  # of HMAC-SHA256, whole: it fits, so nothing is cut off

MAGIC = b"LV"
VERSION = 1
FLAG_LEAVING = 0x01
MAX_REACHED = 0x7F  # ping nodes, in the other bits of the flags

_HEAD = struct.Struct("!2sBBHH")  # magic, version, flags, key id, length of the datagram
_LIFE = struct.Struct("!16sQBIQ8s")  # boot id, counter, link, its counter, sent ms, config digest
_PEER = struct.Struct("!4s8s8s")  # node id, my nonce for it, echo of its nonce
_GROUP = struct.Struct("!4sBBBIIH8s")  # id, state, flags, target, term, highest, healthy, digest
_SHORTEST = _HEAD.size + 1 + _LIFE.size + 4 + MAC_SIZE

NO_NONCE = bytes(8)
NO_DIGEST = bytes(8)
NO_TARGET = 255

# States of a group on the wire, by number.
STATES = (
    "standby",
    "contested",
    "taking",
    "holding",
    "giving",
    "leaving",
    "offering",
    "returning",
    "woken",
    "lingering",
    "releasing",
    "preparing",
    "ready",
    "receiving",
)
_STATE_NUMBER = {name: number for number, name in enumerate(STATES)}

_FIT, _FIT_KNOWN, _PAST_GRACE, _ASKING, _ABLE = 0x01, 0x02, 0x04, 0x08, 0x10


@dataclass(frozen=True)
class PeerWord:
    """What a heartbeat says to one peer: ``nonce`` is the sender's for it, ``echo`` the peer's."""

    nonce: bytes
    echo: bytes


@dataclass(frozen=True)
class GroupWord:
    """What a heartbeat says of one group.

    ``term`` is the claim, 0 when the sender does not hold; ``highest`` the highest seen (F4).
    ``is_able``: fit but for comparisons with other nodes (U).
    ``target`` is the node id of the other side of a planned move, b"" when there is none.
    """

    state: str = "standby"
    is_fit: bool = False
    is_fit_known: bool = False
    is_past_grace: bool = False
    is_asking: bool = False
    is_able: bool = False
    target: bytes = b""
    term: int = 0
    highest: int = 0
    healthy: int = 0
    digest: bytes = NO_DIGEST


@dataclass(frozen=True)
class Message:
    """A whole heartbeat. ``peers`` is keyed by node id, ``groups`` by group id (``short_id``);
    ``reached`` is how many ping nodes answer the sender (U)."""

    cluster: str
    node: str
    boot_id: bytes
    counter: int
    sent_ms: int
    link_id: int = 0
    link_counter: int = 0
    config_digest: bytes = NO_DIGEST
    is_leaving: bool = False
    reached: int = 0
    peers: Mapping[bytes, PeerWord] | None = None
    macs: tuple[str, ...] = ()
    groups: Mapping[bytes, GroupWord] | None = None


def short_id(name: str) -> bytes:
    """The four bytes that stand for a node's or a group's name."""
    return hashlib.sha256(name.encode()).digest()[:4]


def index_names(names: Iterable[str]) -> dict[bytes, str]:
    """Map short ids to names; ConfigError when two names share one (1 in 2^32)."""
    found: dict[bytes, str] = {}
    for name in names:
        other = found.setdefault(short_id(name), name)
        if other != name:
            raise ConfigError(f"{name} and {other} have the same short id: rename one of them.")
    return found


def eight(digest: bytes) -> bytes:
    """A digest as the wire carries it: eight bytes, zero when unknown."""
    return digest[:8].ljust(8, b"\0")


def encode(message: Message, auth: Auth) -> bytes:
    """The datagram, signed with the sending key; ConfigError when it would not fit."""
    peers = sorted((message.peers or {}).items())
    groups = sorted((message.groups or {}).items())
    parts = [
        _counted(message.cluster.encode(), MAX_CLUSTER_NAME, "cluster name"),
        _encode_life(message),
        _counted(message.node.encode(), MAX_NODE_NAME, "node name"),
        _count(len(peers), MAX_PEERS, "peers"),
        *(_PEER.pack(node_id, word.nonce, word.echo) for node_id, word in peers),
        _count(len(message.macs), MAX_MACS, "MACs"),
        *(bytes.fromhex(mac.replace(":", "")) for mac in message.macs),
        _count(len(groups), MAX_GROUPS, "groups"),
    ]
    order = [node_id for node_id, dummy in peers]
    parts += [_encode_group(group_id, word, order) for group_id, word in groups]
    body = b"".join(parts)
    length = _HEAD.size + len(body) + MAC_SIZE
    key = auth.keys[auth.send_id]
    flags = (FLAG_LEAVING if message.is_leaving else 0) | min(message.reached, MAX_REACHED) << 1
    signed = _HEAD.pack(MAGIC, VERSION, flags, key.key_id, length) + body
    return signed + hmac.digest(key.secret, signed, "sha256")


def decode(data: bytes, auth: Auth, cluster: str) -> Message:
    """The checked message of a datagram (F3); PeerError names the counter of what fails."""
    signed = _check(data, auth, cluster)
    try:
        return _decode_body(signed)
    except (struct.error, IndexError, UnicodeDecodeError) as error:
        raise PeerError("malformed") from error


def _check(data: bytes, auth: Auth, cluster: str) -> bytes:
    if len(data) < _SHORTEST:
        raise PeerError("short")
    magic, version, dummy, key_id, length = _HEAD.unpack_from(data)
    if magic != MAGIC or version != VERSION:
        raise PeerError("version")
    if len(data) != length or length > MAX_DATAGRAM:
        raise PeerError("short" if len(data) < length <= MAX_DATAGRAM else "long")
    name = cluster.encode()
    if data[_HEAD.size : _HEAD.size + 1 + len(name)] != bytes([len(name)]) + name:
        raise PeerError("cluster")
    key = auth.keys.get(key_id)
    if key is None:
        raise PeerError("key")
    signed = data[:-MAC_SIZE]
    if not hmac.compare_digest(hmac.digest(key.secret, signed, "sha256"), data[-MAC_SIZE:]):
        raise PeerError("digest")
    return signed


class _Reader:
    """Takes a datagram apart from front to back; struct.error or IndexError at its end."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0

    def count(self, most: int) -> int:
        number = self.data[self.at]
        self.at += 1
        if number > most:
            raise PeerError("malformed")
        return number

    def text(self, most: int) -> str:
        return self.take(self.count(most)).decode()

    def take(self, size: int) -> bytes:
        part = self.data[self.at : self.at + size]
        if len(part) != size:
            raise PeerError("malformed")
        self.at += size
        return part


def _decode_body(data: bytes) -> Message:
    reader = _Reader(data)
    dummy, dummy, flags, dummy, dummy = _HEAD.unpack_from(data)
    reader.at = _HEAD.size
    cluster = reader.text(MAX_CLUSTER_NAME)
    boot_id, counter, link_id, link_counter, sent_ms, digest = _LIFE.unpack(reader.take(_LIFE.size))
    node = reader.text(MAX_NODE_NAME)
    peers = dict(_decode_peer(reader) for dummy in range(reader.count(MAX_PEERS)))
    macs = tuple(reader.take(6).hex(":") for dummy in range(reader.count(MAX_MACS)))
    order = list(peers)
    groups = dict(_decode_group(reader, order) for dummy in range(reader.count(MAX_GROUPS)))
    if reader.at != len(data):
        raise PeerError("malformed")
    return Message(
        cluster=cluster, node=node, boot_id=boot_id, counter=counter, sent_ms=sent_ms,
        link_id=link_id, link_counter=link_counter, config_digest=digest,
        is_leaving=bool(flags & FLAG_LEAVING), reached=flags >> 1,
        peers=peers, macs=macs, groups=groups,
    )  # fmt: skip


def _decode_peer(reader: _Reader) -> tuple[bytes, PeerWord]:
    node_id, nonce, echo = _PEER.unpack(reader.take(_PEER.size))
    return node_id, PeerWord(nonce, echo)


def _encode_life(message: Message) -> bytes:
    return _LIFE.pack(
        message.boot_id,
        message.counter,
        message.link_id,
        message.link_counter,
        message.sent_ms,
        eight(message.config_digest),
    )


def _encode_group(group_id: bytes, word: GroupWord, order: list[bytes]) -> bytes:
    flags = (
        (_FIT if word.is_fit else 0)
        | (_FIT_KNOWN if word.is_fit_known else 0)
        | (_PAST_GRACE if word.is_past_grace else 0)
        | (_ASKING if word.is_asking else 0)
        | (_ABLE if word.is_able else 0)
    )
    target = order.index(word.target) if word.target in order else NO_TARGET
    return _GROUP.pack(
        group_id,
        _STATE_NUMBER[word.state],
        flags,
        target,
        word.term,
        word.highest,
        min(word.healthy, 0xFFFF),
        eight(word.digest),
    )


def _decode_group(reader: _Reader, order: list[bytes]) -> tuple[bytes, GroupWord]:
    fields = _GROUP.unpack(reader.take(_GROUP.size))
    group_id, state, flags, target, term, highest, healthy, digest = fields
    if max(term, highest) > MAX_TERM:
        raise PeerError("malformed")
    return group_id, GroupWord(
        state=STATES[state],
        is_fit=bool(flags & _FIT),
        is_fit_known=bool(flags & _FIT_KNOWN),
        is_past_grace=bool(flags & _PAST_GRACE),
        is_asking=bool(flags & _ASKING),
        is_able=bool(flags & _ABLE),
        target=b"" if target == NO_TARGET else order[target],
        term=term,
        highest=highest,
        healthy=healthy,
        digest=digest,
    )


def _count(number: int, most: int, what: str) -> bytes:
    if number > most:
        raise ConfigError(f"{number} {what} do not fit a heartbeat: at most {most}.")
    return bytes([number])


def _counted(text: bytes, most: int, what: str) -> bytes:
    return _count(len(text), most, f"bytes of {what}") + text
