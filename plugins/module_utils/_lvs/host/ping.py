# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Asking the ping nodes for an echo (U; RFC 792, RFC 4443 section 4), over one raw socket a family.

An answer counts when it comes from an address that was asked, with this socket's identifier and
token and the number of one of the last rounds, and only once. Needs CAP_NET_RAW.
"""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import struct
from collections.abc import Iterator, Sequence
from typing import Any, Callable

from ..core.cluster import PingNode

LOG = logging.getLogger(__name__)

ROUNDS_KEPT = 64  # an answer to an older question is none
DRAIN_LIMIT = 512  # packets read in one turn of the loop
_RECEIVE_BYTES = 1024
_TOKEN_BYTES = 8
_HEADER = struct.Struct("!BBHHH")  # type, code, checksum, identifier, sequence
_REQUEST = {4: 8, 6: 128}
_REPLY = {4: 0, 6: 129}
# linux/icmp.h, linux/icmpv6.h: a bit for each type, set where the kernel is to drop it
_SOL_RAW, _ICMP_FILTER = 255, 1
_SOL_ICMPV6, _ICMPV6_FILTER = 58, 1

OnAnswers = Callable[[list[str]], None]


class EchoSocket:
    """One family's raw socket. Raises OSError when opened."""

    def __init__(self, family: int, identifier: int, token: bytes) -> None:
        """``family`` is 4 or 6; the other two are what this socket's answers are known by."""
        self.family = family
        self._identifier = identifier
        self._token = token
        kind = socket.SOCK_RAW | socket.SOCK_CLOEXEC | socket.SOCK_NONBLOCK
        if family == 4:
            self._socket = socket.socket(socket.AF_INET, kind, socket.IPPROTO_ICMP)
        else:
            self._socket = socket.socket(socket.AF_INET6, kind, socket.IPPROTO_ICMPV6)
        try:
            self._filter()
        except OSError:
            self._socket.close()
            raise

    def _filter(self) -> None:
        if self.family == 4:
            blocked = struct.pack("=I", 0xFFFFFFFF & ~(1 << _REPLY[4]))
            self._socket.setsockopt(_SOL_RAW, _ICMP_FILTER, blocked)
            return
        words = [0xFFFFFFFF] * 8
        words[_REPLY[6] // 32] &= ~(1 << _REPLY[6] % 32)
        self._socket.setsockopt(_SOL_ICMPV6, _ICMPV6_FILTER, struct.pack("=8I", *words))

    def fileno(self) -> int:
        """For the event loop."""
        return self._socket.fileno()

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()

    def ask(self, address: str, sequence: int) -> None:
        """Send one echo request; raises OSError when there is no way there."""
        packet = encode_request(self.family, self._identifier, sequence, self._token)
        self._socket.sendto(packet, (address, 0))

    def answers(self) -> Iterator[tuple[str, int]]:
        """The senders and sequence numbers of the answers that wait, if they are ours."""
        for _dummy in range(DRAIN_LIMIT):
            try:
                packet, sender = self._socket.recvfrom(_RECEIVE_BYTES)
            except BlockingIOError:
                return
            except OSError:  # an ICMP error of an earlier question
                continue
            sequence = decode_reply(self.family, packet, self._identifier, self._token)
            if sequence is not None:
                yield str(sender[0]).split("%", 1)[0], sequence


def encode_request(family: int, identifier: int, sequence: int, token: bytes) -> bytes:
    """An echo request; the kernel fills in ICMPv6's checksum, which needs both addresses."""
    header = _HEADER.pack(_REQUEST[family], 0, 0, identifier, sequence)
    sum_ = checksum(header + token) if family == 4 else 0
    return _HEADER.pack(_REQUEST[family], 0, sum_, identifier, sequence) + token


def decode_reply(family: int, packet: bytes, identifier: int, token: bytes) -> int | None:
    """The sequence number of an answer to us, else None; of IPv4 the packet has its IP header."""
    start = (packet[0] & 0x0F) * 4 if family == 4 and packet else 0
    body = packet[start:]
    if len(body) != _HEADER.size + len(token) or body[_HEADER.size :] != token:
        return None
    kind, code, _sum, found, sequence = _HEADER.unpack_from(body)
    is_ours = (kind, code, found) == (_REPLY[family], 0, identifier)
    return int(sequence) if is_ours else None


def checksum(data: bytes) -> int:
    """The Internet checksum (RFC 1071) of an even number of bytes."""
    total: int = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return 0xFFFF - total


class Pinger:
    """Asks all addresses of all ping nodes, round after round. For use in a running loop."""

    def __init__(self, on_answers: OnAnswers) -> None:
        """``on_answers`` gets the names of the ping nodes that answered. Begins with ``use``."""
        self._on_answers = on_answers
        self._loop = asyncio.get_running_loop()
        self._token = os.urandom(_TOKEN_BYTES)
        self._identifier = int.from_bytes(os.urandom(2), "big")
        self._nodes: tuple[PingNode, ...] = ()
        self._interval_s = 1.0
        self._sockets: dict[int, EchoSocket] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._sequence = 0
        self._asked: dict[int, set[str]] = {}
        self._errors: dict[str, str] = {}
        self._answered_at: dict[str, float] = {}

    def use(self, nodes: Sequence[PingNode], interval_s: float) -> None:
        """Ask these from now on, all of them each ``interval_s``."""
        self.close()
        self._nodes, self._interval_s = tuple(nodes), interval_s
        self._asked, self._errors = {}, {}
        names = {node.name for node in nodes}
        self._answered_at = {n: at for n, at in self._answered_at.items() if n in names}
        if self._nodes:
            self._ask_all()

    def close(self) -> None:
        """Ask no more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        for each in self._sockets.values():
            self._loop.remove_reader(each.fileno())
            each.close()
        self._sockets = {}

    def status(self) -> dict[str, dict[str, Any]]:
        """By name: seconds since the last answer (None: never), and why it cannot be asked."""
        now = self._loop.time()
        return {
            node.name: {
                "addresses": list(node.addresses),
                "answered_s": _since(self._answered_at.get(node.name), now),
                "error": next((e for a in node.addresses if (e := self._errors.get(a))), ""),
            }
            for node in self._nodes
        }

    def _ask_all(self) -> None:
        self._timer = self._loop.call_later(self._interval_s, self._ask_all)
        self._sequence = (self._sequence + 1) & 0xFFFF
        asked = self._asked[self._sequence] = set()
        self._asked.pop((self._sequence - ROUNDS_KEPT) & 0xFFFF, None)
        for address in dict.fromkeys(a for node in self._nodes for a in node.addresses):
            try:
                self._socket_for(address).ask(address, self._sequence)
            except BlockingIOError:
                continue
            except OSError as error:
                self._note(address, error)
            else:
                asked.add(_plain(address))
                self._errors.pop(address, None)

    def _socket_for(self, address: str) -> EchoSocket:
        family = 6 if ":" in address else 4
        if family not in self._sockets:
            made = EchoSocket(family, self._identifier, self._token)
            self._sockets[family] = made
            self._loop.add_reader(made.fileno(), self._read, made)
        return self._sockets[family]

    def _note(self, address: str, error: OSError) -> None:
        sentence = f"{address} cannot be asked: {error.strerror}."
        if self._errors.get(address) != sentence:
            LOG.warning("ping node %s", sentence)
        self._errors[address] = sentence

    def _read(self, echo: EchoSocket) -> None:
        answered = {a for a, sequence in echo.answers() if self._is_awaited(a, sequence)}
        names = [n.name for n in self._nodes if answered & set(map(_plain, n.addresses))]
        if names:
            self._answered_at.update(dict.fromkeys(names, self._loop.time()))
            self._on_answers(names)

    def _is_awaited(self, address: str, sequence: int) -> bool:
        asked = self._asked.get(sequence, set())
        if address not in asked:
            return False
        asked.discard(address)
        return True


def _plain(address: str) -> str:
    """As the kernel writes it, without a zone."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    return socket.inet_ntop(family, socket.inet_pton(family, address.split("%", 1)[0]))


def _since(at: float | None, now: float) -> float | None:
    return None if at is None else round(now - at, 3)
