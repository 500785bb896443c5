# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The checks themselves: TCP connect, HTTP and HTTPS, each bounded in time and in what it reads.

HTTPS is not verified, as in the old program: a real server is asked by its address, and its
certificate is for the service's name.
"""

from __future__ import annotations

import asyncio
import errno
import functools
import os
import re
import ssl
import time
from collections.abc import Collection

from ..core.errors import LvsError
from ..core.health import Probe, Result
from ..core.plan_text import endpoint_words
from ..core.services import CONNECT, HTTPS, Check
from .sources import open_socket, source_for

ANSWER_LIMIT = 64 * 1024  # bytes of an answer that are read, head and body each
_DEFAULT_PORTS = {"http": 80, "https": 443}
# This host's own want: it says nothing about the server.
_OUR_FAULTS = frozenset(
    (errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.ENOBUFS, errno.EADDRNOTAVAIL)
)
_STATUS_LINE = re.compile(rb"^HTTP/1\.[01] (\d{3})(?: ([^\r\n]*))?\r?$")


class CheckFailedError(LvsError):
    """The server answered, but not as it should; the message is for the log."""


async def run_probe(probe: Probe, virtual: Collection[str] = ()) -> Result:
    """Run one check to its end or its timeout; never raises for anything the server does.

    ``virtual`` holds the addresses that must not become the source of the check.
    """
    started = time.monotonic()
    is_ok: bool | None = False
    try:
        reason = await asyncio.wait_for(_run(probe, virtual), probe.timeout_s)
        is_ok = True
    except asyncio.TimeoutError:
        reason = f"no answer within {probe.timeout_s:g} s"
    except CheckFailedError as error:
        reason = str(error)
    except OSError as error:
        reason = _os_reason(error)
        is_ok = None if error.errno in _OUR_FAULTS else False
    return Result(is_ok, reason, time.monotonic() - started)


def _os_reason(error: OSError) -> str:
    if isinstance(error, ssl.SSLError):
        return f"TLS failed: {error.reason or error}"
    # asyncio writes its own words into strerror.
    return os.strerror(error.errno).lower() if error.errno else str(error) or "the connection broke"


async def _run(probe: Probe, virtual: Collection[str]) -> str:
    check = probe.check
    connection = open_socket(check.address, source_for(check.address, check.port, virtual))
    try:
        address = (check.address, check.port)
        await asyncio.get_running_loop().sock_connect(connection, address)
        if probe.kind == CONNECT:
            return "connected"
        tls = tls_context() if probe.kind == HTTPS else None
        name = _server_name(check.host) if tls else None
        reader, writer = await asyncio.open_connection(
            sock=connection, ssl=tls, server_hostname=name, limit=ANSWER_LIMIT
        )
    except BaseException:
        connection.close()
        raise
    finally:
        if probe.kind == CONNECT:
            connection.close()
    try:
        writer.write(request_bytes(check))
        return await _judge_answer(check, reader)
    finally:
        writer.transport.abort()


@functools.lru_cache(maxsize=1)
def tls_context() -> ssl.SSLContext:
    """One context for all checks; it verifies nothing and takes the oldest protocol."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    return context


def _server_name(host: str) -> str:
    # asyncio takes "" for "send no name"; a name in SNI has no port (RFC 6066 section 3).
    return re.sub(r":\d+$", "", host)


def request_bytes(check: Check) -> bytes:
    """The request of an HTTP check (RFC 9112): HTTP/1.1, the connection closed after it."""
    host = check.host
    if not host:
        host = endpoint_words(check.address, check.port)
        if check.port == _DEFAULT_PORTS.get(check.kind):
            host = host.rpartition(":")[0]
    lines = (
        f"{check.method} {check.request} HTTP/1.1",
        f"Host: {host}",
        "User-Agent: laico-lvs",
        "Accept: */*",
        "Connection: close",
    )
    return "\r\n".join((*lines, "", "")).encode()


async def _judge_answer(check: Check, reader: asyncio.StreamReader) -> str:
    try:
        status, words, headers = await _read_head(reader)
        if not 200 <= status <= 299:
            raise CheckFailedError(f"answered {status} {words}".rstrip())
        body = b"" if check.method == "HEAD" else await _read_body(reader, status, headers)
    except asyncio.IncompleteReadError as error:
        raise CheckFailedError("closed the connection before its answer was whole") from error
    except (asyncio.LimitOverrunError, ValueError) as error:
        raise CheckFailedError("its answer is not HTTP") from error
    if check.receive and not re.search(check.receive.encode(), body):
        raise CheckFailedError(f"its answer does not match `{check.receive}`")
    return f"{status} {words}".rstrip()


async def _read_head(reader: asyncio.StreamReader) -> tuple[int, str, dict[bytes, bytes]]:
    for _attempt in range(8):  # interim answers 1xx (RFC 9110 section 15.2)
        lines = (await reader.readuntil(b"\n")).split(b"\n", 1)
        match = _STATUS_LINE.match(lines[0])
        if match is None:
            raise ValueError("no status line")
        headers = await _read_headers(reader)
        status = int(match.group(1))
        if status >= 200:
            return status, _printable(match.group(2) or b""), headers
    raise ValueError("only interim answers")


def _printable(words: bytes) -> str:
    """A server's words as they may stand in a log."""
    return re.sub(r"[^ -~]", "?", words.decode("latin-1"))[:60]


async def _read_headers(reader: asyncio.StreamReader) -> dict[bytes, bytes]:
    headers: dict[bytes, bytes] = {}
    budget = ANSWER_LIMIT
    while True:
        line = await reader.readuntil(b"\n")
        budget -= len(line)
        if budget < 0:
            raise ValueError("a head without end")
        if not line.strip():
            return headers
        name, _colon, value = line.partition(b":")
        headers[name.strip().lower()] = value.strip()


async def _read_body(
    reader: asyncio.StreamReader, status: int, headers: dict[bytes, bytes]
) -> bytes:
    """The body, its first 64 KiB if it is longer."""
    if status == 204:
        return b""
    if headers.get(b"transfer-encoding", b"").lower().endswith(b"chunked"):
        return await _read_chunks(reader)
    if b"content-length" in headers:
        return await reader.readexactly(min(_length(headers[b"content-length"], 10), ANSWER_LIMIT))
    return await _read_to_end(reader)


async def _read_chunks(reader: asyncio.StreamReader) -> bytes:
    body = bytearray()
    while len(body) < ANSWER_LIMIT:
        size = _length((await reader.readuntil(b"\n")).split(b";")[0], 16)
        if size == 0:
            break
        body += await reader.readexactly(min(size, ANSWER_LIMIT - len(body)))
        if len(body) < ANSWER_LIMIT:
            await reader.readuntil(b"\n")
    return bytes(body)


def _length(text: bytes, base: int) -> int:
    length = int(text, base)
    if length < 0:
        raise ValueError("a negative length")
    return length


async def _read_to_end(reader: asyncio.StreamReader) -> bytes:
    body = bytearray()
    while len(body) < ANSWER_LIMIT:
        data = await reader.read(ANSWER_LIMIT - len(body))
        if not data:
            break
        body += data
    return bytes(body)
