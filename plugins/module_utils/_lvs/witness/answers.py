# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the client asks and what it makes of the answer: HTTP as bytes, no sockets."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from ..core.errors import ConfigError

UNKNOWN = "unknown"
_PORTS = {"http": 80, "https": 443, "tcp": 0}


@dataclass(frozen=True)
class Target:
    """Where requests go. ``scheme`` is http, https or tcp (a connection without words)."""

    scheme: str
    host: str
    port: int
    path: str = "/"


@dataclass(frozen=True)
class Answer:
    """A whole answer: ``error`` is "" or why it does not count as one."""

    body: str
    error: str = ""


def parse_target(url: str) -> Target:
    """Read ``http://192.0.2.146:80/path``; IPv6 addresses stand in brackets. ConfigError."""
    parts = urlsplit(url)
    if parts.scheme not in _PORTS or not parts.hostname:
        raise ConfigError(f"--target {url}: give http://ADDRESS[:PORT]/PATH, https:// or tcp://.")
    try:
        port = parts.port or _PORTS[parts.scheme]
    except ValueError as error:
        raise ConfigError(f"--target {url}: {error}; give a port from 1 to 65535.") from error
    if not port:
        raise ConfigError(f"--target {url}: tcp:// has no usual port; give one.")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(parts.scheme, parts.hostname, port, path)


def make_request(target: Target, host: str = "") -> bytes:
    """Give a GET in HTTP/1.0, so that the server ends the connection after its answer."""
    name = host or (f"[{target.host}]" if ":" in target.host else target.host)
    lines = (f"GET {target.path} HTTP/1.0", f"Host: {name}", "User-Agent: laico.lvs", "", "")
    return "\r\n".join(lines).encode()


def read_answer(data: bytes) -> Answer:
    """Judge what came until the server closed: a 2xx or 3xx status and the length it promised."""
    head, blank, body = data.partition(b"\r\n\r\n")
    status = re.match(rb"HTTP/1\.[01] (\d{3})", head)
    if not status or not blank:
        return Answer("", "incomplete" if data else "empty")
    length = re.search(rb"(?im)^content-length:\s*(\d+)\s*$", head)
    if length and len(body) < int(length.group(1)):
        return Answer("", "incomplete")
    if status.group(1)[:1] not in (b"2", b"3"):
        return Answer("", f"status {status.group(1).decode()}")
    return Answer(body.decode("utf-8", "replace"))


def name_server(body: str, names: Sequence[str], patterns: Sequence[str] = ()) -> str:
    """Tell which server wrote the body: the first name found as a word, whatever its case.

    ``patterns`` are regular expressions tried before, whose first group is the name.
    """
    for pattern in patterns:
        found = re.search(pattern, body)
        if found:
            return found.group(1) if found.groups() else found.group(0)
    for name in names:
        if re.search(rf"(?i)(?<![\w.-]){re.escape(name)}(?![\w-])", body):
            return name
    return UNKNOWN
