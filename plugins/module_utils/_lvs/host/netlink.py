# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Netlink messages and attributes as bytes, and a socket for them (RFC 3549, linux/netlink.h).

Every message that is received was asked for or subscribed to by the caller; attribute payloads
are in host byte order unless the caller says otherwise.
"""

from __future__ import annotations

import errno
import os
import socket
import struct
import sys
from collections.abc import Iterator
from functools import wraps
from types import TracebackType
from typing import Callable, NamedTuple, TypeVar, cast

from ..core.errors import KernelError

NLM_F_REQUEST = 0x01
NLM_F_ACK = 0x04
NLM_F_DUMP = 0x300
NLMSG_ERROR = 2
NLMSG_DONE = 3
NLA_TYPE_MASK = 0x3FFF  # without NLA_F_NESTED and NLA_F_NET_BYTEORDER
HEADER = struct.Struct("=IHHII")
_ATTRIBUTE = struct.Struct("=HH")
_RECEIVE_BYTES = 1 << 16
# A kernel that does not answer a request within this time is broken; never wait for ever.
REPLY_TIMEOUT_S = 5.0

Decoder = TypeVar("Decoder", bound=Callable[..., object])


class Message(NamedTuple):
    """One netlink message: ``kind`` is nlmsg_type, ``body`` what follows the header."""

    kind: int
    sequence: int
    body: bytes


def attribute(kind: int, payload: bytes) -> bytes:
    """One attribute with its header and padding."""
    padding = b"\0" * (-len(payload) % 4)
    return _ATTRIBUTE.pack(len(payload) + 4, kind) + payload + padding


def attributes(data: bytes) -> dict[int, bytes]:
    """Payloads by attribute type; of a repeated one the last. Ends at the first malformed one."""
    found = {}
    position = 0
    while position + 4 <= len(data):
        length, kind = _ATTRIBUTE.unpack_from(data, position)
        if length < 4 or position + length > len(data):
            break
        found[kind & NLA_TYPE_MASK] = data[position + 4 : position + length]
        position += (length + 3) & ~3
    return found


def readable(decode: Decoder) -> Decoder:
    """Makes a decoder raise KernelError for an answer that is not as the kernel's headers say."""

    @wraps(decode)
    def checked(*arguments: object) -> object:
        try:
            return decode(*arguments)
        except (LookupError, ValueError, struct.error, OSError) as error:
            raise KernelError(
                f"The kernel's answer cannot be read ({decode.__name__}: {error!r}): report it."
            ) from error

    return cast(Decoder, checked)


def _timeval(seconds: float) -> bytes:
    """As SO_RCVTIMEO takes it; never zero, which would be for ever."""
    whole = int(seconds)
    return struct.pack("@ll", whole, max(int((seconds - whole) * 1e6), 0 if whole else 1))


def split(data: bytes) -> Iterator[Message]:
    """The messages of one datagram."""
    position = 0
    while position + HEADER.size <= len(data):
        length, kind, _flags, sequence, _port = HEADER.unpack_from(data, position)
        if length < HEADER.size or position + length > len(data):
            break
        yield Message(kind, sequence, data[position + HEADER.size : position + length])
        position += (length + 3) & ~3


class NetlinkSocket:
    """A bound netlink socket; ``groups`` is the legacy multicast mask. A context manager."""

    def __init__(
        self, protocol: int, groups: int = 0, reply_timeout_s: float = REPLY_TIMEOUT_S
    ) -> None:
        """Raises KernelError when the kernel gives no such socket."""
        try:
            self._socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, protocol)
            # By the kernel's own hand: Python's way is a poll before every call.
            self._socket.setsockopt(
                socket.SOL_SOCKET, socket.SO_RCVTIMEO, _timeval(reply_timeout_s)
            )
            self._socket.bind((0, groups))
        except OSError as error:
            raise KernelError(
                f"The kernel gives no netlink socket of protocol {protocol}: {error.strerror}.",
                error.errno or 0,
            ) from error
        self._sequence = 0

    def __enter__(self) -> NetlinkSocket:
        """Return itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the socket."""
        self.close()

    def close(self) -> None:
        """Close the socket; more than once is harmless."""
        self._socket.close()

    def fileno(self) -> int:
        """For an event loop."""
        return self._socket.fileno()

    def send(self, kind: int, flags: int, body: bytes) -> int:
        """Send one request and return its sequence number."""
        self._sequence += 1
        header = HEADER.pack(
            HEADER.size + len(body), kind, flags | NLM_F_REQUEST, self._sequence, 0
        )
        self._socket.send(header + body)
        return self._sequence

    def request(self, kind: int, flags: int, body: bytes) -> list[bytes]:
        """Send a request and collect the bodies of its answers (of a dump all; of an ACK none).

        Raises OSError with the kernel's error number, TimeoutError when it does not answer.
        """
        self._be_blocking(True)
        sequence = self.send(kind, flags, body)
        answers: list[bytes] = []
        while True:
            for message in split(self._receive()):
                if message.sequence != sequence:
                    continue
                if message.kind in (NLMSG_ERROR, NLMSG_DONE):
                    _raise_error(message.body)
                    return answers
                answers.append(message.body)
                if flags & (NLM_F_DUMP | NLM_F_ACK) == 0:
                    return answers

    def _receive(self) -> bytes:
        try:
            return self._socket.recv(_RECEIVE_BYTES)
        except BlockingIOError as error:
            raise TimeoutError("no answer in time") from error

    def _be_blocking(self, is_blocking: bool) -> None:
        """Saves the system call where it is so already."""
        if self._socket.getblocking() != is_blocking:
            self._socket.setblocking(is_blocking)

    def receive_now(self) -> tuple[list[Message], bool]:
        """What has arrived on a subscribed socket, without waiting; True when some was lost."""
        self._be_blocking(False)
        messages: list[Message] = []
        has_lost = False
        while True:
            try:
                messages.extend(split(self._socket.recv(_RECEIVE_BYTES)))
            except BlockingIOError:
                return messages, has_lost
            except OSError as error:
                if error.errno != errno.ENOBUFS:
                    raise
                has_lost = True


def _raise_error(body: bytes) -> None:
    # NLMSG_ERROR and NLMSG_DONE both begin with 0 or a negative error number.
    number = -int.from_bytes(body[:4], sys.byteorder, signed=True)
    if number:
        raise OSError(number, os.strerror(number))
