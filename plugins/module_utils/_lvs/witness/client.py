# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The client: asks again and again at fixed times, whatever becomes of the earlier requests.

Open loop: request ``n`` starts at ``start + n / rate`` by the monotonic clock, on a connection of
its own. A request is lost when the whole answer has not come within the timeout. Each makes one
JSON line: ``{"t": wall seconds of its start, "ms": its length, "late_ms": how late it started,
"server": name}``, or ``"error"`` in the place of ``server``.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import socket
import ssl
import struct
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from ..core.errors import LvsError
from .answers import UNKNOWN, Target, make_request, name_server, parse_target, read_answer
from .lifetime import Lifetime, be_prompt

MAX_ANSWER = 1 << 20
_LINGER_RESET = struct.pack("ii", 1, 0)


@dataclass(frozen=True)
class Settings:
    """What to ask, how often, and what to look for; ``count`` 0 means until told to stop."""

    target: Target
    rate: float
    count: int = 0
    timeout_s: float = 0.25
    servers: Sequence[str] = ()
    patterns: Sequence[str] = ()
    host: str = ""
    is_reset_close: bool = False


class Client:
    """One run of the client; ``output`` gets the lines."""

    def __init__(self, settings: Settings, output: TextIO, lifetime: Lifetime) -> None:
        """Nothing is sent before ``run``."""
        self._settings = settings
        self._output = output
        self._lifetime = lifetime
        self._request = make_request(settings.target, settings.host)
        self._running: set[asyncio.Task[None]] = set()
        self._tls = _make_tls() if settings.target.scheme == "https" else None

    async def run(self) -> None:
        """Ask until the count is reached or the lifetime is over, then wait for what is open."""
        start = time.monotonic() + 0.05
        number = 0
        while not self._lifetime.is_over() and number != (self._settings.count or -1):
            due = start + number / self._settings.rate
            if await self._wait_until(due):
                task = asyncio.ensure_future(self._ask(time.monotonic() - due))
                self._running.add(task)
                task.add_done_callback(self._running.discard)
                number += 1
        if self._running:
            await asyncio.wait(self._running)

    async def _wait_until(self, due: float) -> bool:
        """Sleep until ``due``, at most 0.2 s at a time so that a signal is heard; is it due?"""
        delay = due - time.monotonic()
        if delay > 0:
            await asyncio.sleep(min(delay, 0.2))
        return delay <= 0.2

    async def _ask(self, late_s: float) -> None:
        at, started = time.time(), time.monotonic()
        try:
            server, error = await asyncio.wait_for(self._exchange(), self._settings.timeout_s)
        except asyncio.TimeoutError:
            server, error = "", "timeout"
        except OSError as problem:
            server, error = "", _name_error(problem)
        line: dict[str, object] = {
            "t": round(at, 6),
            "ms": round((time.monotonic() - started) * 1000, 3),
            "late_ms": round(late_s * 1000, 3),
        }
        line.update({"error": error} if error else {"server": server})
        self._output.write(json.dumps(line) + "\n")

    async def _exchange(self) -> tuple[str, str]:
        """One connection: (server, "") or ("", error)."""
        target = self._settings.target
        reader, writer = await asyncio.open_connection(
            target.host, target.port, ssl=self._tls, limit=MAX_ANSWER
        )
        try:
            if target.scheme == "tcp":
                return UNKNOWN, ""
            writer.write(self._request)
            answer = read_answer(await _read_all(reader))
        finally:
            self._close(writer)
        names, patterns = self._settings.servers, self._settings.patterns
        return (
            ("", answer.error) if answer.error else (name_server(answer.body, names, patterns), "")
        )

    def _close(self, writer: asyncio.StreamWriter) -> None:
        """Close, with a reset if so set: then a director forgets the connection after 10 s, not
        after two minutes, and the next idle table is soon idle."""
        if self._settings.is_reset_close:
            handle: socket.socket = writer.get_extra_info("socket")
            with contextlib.suppress(OSError):  # closed already, by a reset from the other side
                handle.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_RESET)
        writer.close()


async def _read_all(reader: asyncio.StreamReader) -> bytes:
    data = b""
    while len(data) < MAX_ANSWER:
        piece = await reader.read(65536)
        if not piece:
            break
        data += piece
    return data


def _make_tls() -> ssl.SSLContext:
    """A context that checks no certificate: who answers is the question, not whether to trust."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def _name_error(problem: OSError) -> str:
    if isinstance(problem, ConnectionRefusedError):
        return "refused"
    if isinstance(problem, (ConnectionResetError, BrokenPipeError)):
        return "reset"
    if isinstance(problem, ssl.SSLError):
        return "tls"
    return (problem.strerror or type(problem).__name__).lower()


def make_parser() -> argparse.ArgumentParser:
    """Describe the command line."""
    parser = argparse.ArgumentParser(prog="client", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--target", required=True, metavar="URL")
    parser.add_argument("--rate", type=float, default=100.0, help="requests a second")
    parser.add_argument("--count", type=int, default=0, help="end after so many (0: on SIGTERM)")
    parser.add_argument("--timeout-ms", type=float, default=250.0, help="later answers are lost")
    parser.add_argument("--output", type=Path, required=True, help="file of JSON lines, appended")
    parser.add_argument("--server", action="append", default=[], help="a name to find in a body")
    parser.add_argument("--identify", nargs="*", default=[], metavar="REGEX")
    parser.add_argument("--host-header", default="", help="name for the Host header")
    parser.add_argument("--reset-close", action="store_true", help="close connections with RST")
    parser.add_argument("--lease", type=Path, help="end when this file is gone or stale")
    parser.add_argument("--lease-s", type=float, default=600.0)
    return parser


def settings_from(options: argparse.Namespace) -> Settings:
    """Check the command line; ConfigError."""
    return Settings(
        target=parse_target(options.target),
        rate=options.rate,
        count=options.count,
        timeout_s=options.timeout_ms / 1000,
        servers=options.server,
        patterns=options.identify,
        host=options.host_header,
        is_reset_close=options.reset_close,
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the client; 2 when its command line is wrong."""
    options = make_parser().parse_args(arguments)
    lifetime = Lifetime(options.lease, options.lease_s)
    lifetime.catch_signals()
    be_prompt()
    try:
        settings = settings_from(options)
    except LvsError as error:
        sys.stderr.write(f"client: {error}\n")
        return 2
    with open(options.output, "a", buffering=1, encoding="utf-8") as output:
        asyncio.run(Client(settings, output, lifetime).run())
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
