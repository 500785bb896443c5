# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One blocking question to a daemon's control socket, and the lines that ``control`` speaks too.

Apart from ``control`` since modules and lvsctl need no asyncio, whose import costs more than the
question.
"""

from __future__ import annotations

import json
import os
import socket
from typing import Any

from ..core.errors import ControlError

REPLY_LIMIT = 4 * 1024 * 1024  # a reply or push: the status of a large table is long
ASK_SLACK_S = 1.0

Message = dict[str, Any]


def encode(message: Message) -> bytes:
    """One line of JSON, newline included."""
    return json.dumps(message, separators=(",", ":"), sort_keys=True).encode() + b"\n"


def decode(line: bytes) -> Message:
    """The object of one line; raises ControlError when it is none."""
    try:
        message = json.loads(line)
    except ValueError as error:
        raise ControlError(f"a line that is not JSON: {error}") from error
    if not isinstance(message, dict):
        raise ControlError("a line that is not a JSON object")
    return message


def unreachable(path: str, why: object) -> ControlError:
    """The error for a daemon that does not answer on ``path``."""
    unit = "lvs-" + os.path.basename(path).rsplit(".", 1)[0]
    return ControlError(f"{path} does not answer ({why}): see `systemctl status {unit}`.")


def checked(reply: Message) -> Message:
    """The reply itself; raises ControlError with the daemon's sentence when it is not ok."""
    if not reply.get("ok"):
        raise ControlError(str(reply.get("error", "the daemon gave no reason.")))
    return reply


def ask(path: str, verb: str, timeout_s: float = 5.0, **fields: object) -> Message:
    """One request over a connection of its own, blocking; raises ControlError.

    The request carries ``timeout_s``, so that a daemon that waits for something (``wait``) can say
    in time what is missing; the connection is given a little longer.
    """
    return ask_patiently(path, verb, timeout_s, ASK_SLACK_S, fields)


def ask_patiently(
    path: str, verb: str, timeout_s: float, slack_s: float, fields: Message
) -> Message:
    """As ``ask``, for what the daemon begins to do when ``timeout_s`` are over: the answer may come
    ``slack_s`` later."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(timeout_s + slack_s)
        try:
            connection.connect(path)
            connection.sendall(encode({**fields, "id": 1, "verb": verb, "timeout_s": timeout_s}))
            return checked(_await_reply(connection, path))
        except socket.timeout as error:
            raise unreachable(path, f"no answer to {verb} in {timeout_s:g} s") from error
        except OSError as error:
            raise unreachable(path, error.strerror) from error


def _await_reply(connection: socket.socket, path: str) -> Message:
    with connection.makefile("rb") as lines:
        while True:
            line = lines.readline(REPLY_LIMIT)
            if not line.endswith(b"\n"):
                raise unreachable(path, "the connection ended")
            message = decode(line)
            if "event" in message and message["event"] == "refused":
                raise ControlError(str(message["error"]))
            if message.get("id") == 1:
                return message
