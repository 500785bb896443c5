# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The daemons' control sockets: JSON, one object a line, over a unix stream socket.

A request is ``{"id": n, "verb": "...", ...}``; its reply carries the same id and ``ok``, with
``error`` (one sentence) when that is false. A push has no id: ``{"event": "...", ...}``. Requests
of one client are handled side by side, so a ``wait`` does not hold up a ``status``.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
from collections.abc import Awaitable
from typing import Callable

from ..core.errors import ControlError, LvsError
from .ask import REPLY_LIMIT, Message, ask, checked, decode, encode, unreachable
from .control_listener import Listener, peer_uid

__all__ = ["ControlClient", "ControlServer", "Message", "Session", "ask", "decode", "encode"]

LOG = logging.getLogger(__name__)

LINE_LIMIT = 64 * 1024  # a request, in bytes
BACKLOG_LIMIT = 4 * 1024 * 1024  # bytes a client may leave unread before it is cut off
CLOSE_TURNS = 10
PENDING_LIMIT = 32  # requests of one client under way at a time

Handler = Callable[[Message, "Session"], Awaitable[Message]]


class Session:
    """One connected client, as the handler sees it."""

    def __init__(self, writer: asyncio.StreamWriter) -> None:
        """Wrap the connection's writing end."""
        self._writer = writer

    @property
    def is_open(self) -> bool:
        """Whether what is pushed still has a chance to arrive."""
        return not self._writer.transport.is_closing()

    def push(self, message: Message) -> None:
        """Send without waiting; a client that does not read is cut off, the daemon goes on."""
        transport = self._writer.transport
        if transport.is_closing():
            return
        if transport.get_write_buffer_size() > BACKLOG_LIMIT:
            transport.abort()
            return
        self._writer.write(encode(message))

    def close(self) -> None:
        """Cut the connection."""
        self._writer.transport.abort()


class ControlServer:
    """A daemon's control socket at ``path`` (mode 0660; root and the daemon's own user only)."""

    def __init__(self, path: str, handler: Handler) -> None:
        """``handler`` answers a request with the reply's fields; LvsError becomes ``ok: false``."""
        self._path = path
        self._handler = handler
        self._server: asyncio.AbstractServer | None = None
        self._listener: Listener | None = None
        self._sessions: set[Session] = set()

    async def start(self) -> None:
        """Bind and listen; raises ControlError when another daemon has the path."""
        self._listener = Listener(self._path)
        self._server = await asyncio.start_unix_server(
            self._serve, sock=self._listener.socket, limit=LINE_LIMIT
        )

    async def close(self) -> None:
        """Stop listening, cut every client off and remove the socket."""
        if self._server is None:
            return
        self._server.close()
        for _turn in range(CLOSE_TURNS):  # of the loop, in which the connections take their end
            for session in tuple(self._sessions):
                session.close()
            await asyncio.sleep(0)
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self._path)
        if self._listener is not None:
            self._listener.close()
        self._server = None

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        session = Session(writer)
        uid = peer_uid(writer.get_extra_info("socket"))
        if uid not in (0, os.geteuid()):
            session.push({"event": "refused", "error": f"user {uid} may not use {self._path}."})
            writer.close()
            return
        self._sessions.add(session)
        pending: set[asyncio.Task[None]] = set()
        try:
            await self._read_requests(reader, session, pending)
        finally:
            self._sessions.discard(session)
            for task in pending:
                task.cancel()
            session.close()

    async def _read_requests(
        self, reader: asyncio.StreamReader, session: Session, pending: set[asyncio.Task[None]]
    ) -> None:
        while session.is_open:
            try:
                line = await reader.readline()
            except (ValueError, OSError):  # a line over the limit, a broken connection
                return
            if not line.endswith(b"\n"):
                return
            if len(pending) >= PENDING_LIMIT:
                await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
            task = asyncio.ensure_future(self._answer(line, session))
            pending.add(task)
            task.add_done_callback(pending.discard)

    async def _answer(self, line: bytes, session: Session) -> None:
        number: object = None
        try:
            request = decode(line)
            number = request.get("id")
            reply = {**await self._handler(request, session), "id": number, "ok": True}
        except LvsError as error:
            reply = {"id": number, "ok": False, "error": str(error)}
        except Exception as error:  # a fault of ours must not end the daemon
            LOG.exception("internal error in answer to a request on %s", self._path)
            reply = {"id": number, "ok": False, "error": f"internal error: {error!r}"}
        session.push(reply)


class ControlClient:
    """A daemon's standing connection to another daemon."""

    def __init__(self) -> None:
        """Make it unconnected."""
        self._path = ""
        self._writer: asyncio.StreamWriter | None = None
        self._reading: asyncio.Task[None] | None = None
        self._waiting: dict[int, asyncio.Future[Message]] = {}
        self._pushes: asyncio.Queue[Message | None] = asyncio.Queue()
        self._last_id = 0

    async def connect(self, path: str) -> None:
        """Connect; raises ControlError. Call once for each ControlClient."""
        self._path = path
        try:
            reader, self._writer = await asyncio.open_unix_connection(path, limit=REPLY_LIMIT)
        except OSError as error:
            raise unreachable(path, error.strerror) from error
        self._reading = asyncio.ensure_future(self._read(reader))

    async def request(self, verb: str, timeout_s: float, /, **fields: object) -> Message:
        """Ask and wait for the reply; raises ControlError when it is late, lost or not ok."""
        if self._writer is None or self._writer.transport.is_closing():
            raise unreachable(self._path, "not connected")
        self._last_id += 1
        number = self._last_id
        future: asyncio.Future[Message] = asyncio.get_running_loop().create_future()
        self._waiting[number] = future
        try:
            self._writer.write(encode({**fields, "id": number, "verb": verb}))
            reply = await asyncio.wait_for(future, timeout_s)
        except asyncio.TimeoutError as error:
            raise unreachable(self._path, f"no answer to {verb} in {timeout_s:g} s") from error
        finally:
            self._waiting.pop(number, None)
        return checked(reply)

    async def next_push(self) -> Message:
        """The next push; raises ControlError once the connection has ended."""
        message = await self._pushes.get()
        if message is None:
            self._pushes.put_nowait(None)
            raise unreachable(self._path, "the connection ended")
        return message

    def close(self) -> None:
        """End the connection; outstanding requests fail."""
        if self._reading is not None:
            self._reading.cancel()
        if self._writer is not None:
            self._writer.transport.abort()

    async def _read(self, reader: asyncio.StreamReader) -> None:
        try:
            while True:
                line = await reader.readline()
                if not line.endswith(b"\n"):
                    return
                self._take(decode(line))
        except (ValueError, OSError, ControlError):
            return
        finally:
            self._end()

    def _take(self, message: Message) -> None:
        if "id" not in message:
            self._pushes.put_nowait(message)
            return
        future = self._waiting.get(message["id"])
        if future is not None and not future.done():
            future.set_result(message)

    def _end(self) -> None:
        for future in self._waiting.values():
            if not future.done():
                future.set_exception(unreachable(self._path, "the connection ended"))
        self._pushes.put_nowait(None)
        if self._writer is not None:
            self._writer.transport.abort()
