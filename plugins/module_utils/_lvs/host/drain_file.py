# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The file of operators' words on real servers, by which they outlive the daemon and a reboot.

Inside, times are monotonic seconds. The file has the wall's clock, and beside it the clock of
this boot, which nobody sets: a drain that was interrupted goes on with the time that is left.
"""

from __future__ import annotations

import contextlib
import ipaddress
import json
import math
import os
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from ..core.draining import DRAINED, STATES, Word, server_words
from ..core.errors import LvsError
from ..core.model import DestKey

_BOOT_ID = "/proc/sys/kernel/random/boot_id"
_LONGEST_S = 10 * 365 * 86400.0
_UNUSABLE = (
    OSError,
    ValueError,
    KeyError,
    TypeError,
    AttributeError,
    ArithmeticError,
    RecursionError,
)


@dataclass(frozen=True)
class Clocks:
    """The same moment by three clocks, in seconds, and which boot this is."""

    monotonic: float
    boot: float
    wall: float
    boot_id: str


def read_clocks() -> Clocks:
    """Now."""
    boot_id = ""
    with contextlib.suppress(OSError), open(_BOOT_ID, encoding="ascii") as file:
        boot_id = file.read().strip()
    boot = time.clock_gettime(time.CLOCK_BOOTTIME)
    return Clocks(time.monotonic(), boot, time.time(), boot_id)


class WordsFile:
    """Operators' words at ``path``."""

    def __init__(self, path: str) -> None:
        """Nothing is read yet."""
        self.path = path

    def read(self) -> list[Word]:
        """The words, none where there is no file. Raises LvsError when it cannot be used."""
        try:
            with open(self.path, encoding="utf-8") as file:
                return _decode(json.load(file), read_clocks())
        except FileNotFoundError:
            return []
        except _UNUSABLE as error:
            raise LvsError(
                f"{self.path} cannot be read ({error!r}): no server is kept out by an operator's"
                " word now, say again which are (`lvsctl drain`, `lvsctl disable`)."
            ) from error

    def write(self, words: Iterable[Word]) -> None:
        """Replace the file, on the disk when this returns. Raises LvsError when it cannot."""
        text = json.dumps(_encode(words, read_clocks()), indent=1, sort_keys=True)
        folder = os.path.dirname(self.path) or "."
        try:
            os.makedirs(folder, mode=0o755, exist_ok=True)
            _write(f"{self.path}.new", f"{text}\n")
            os.replace(f"{self.path}.new", self.path)
            _sync_folder(folder)
        except OSError as error:
            raise LvsError(
                f"{self.path} cannot be written ({error.strerror}): what would not outlive a"
                " restart is not done."
            ) from error


def _write(path: str, text: str) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW
    with os.fdopen(os.open(path, flags, 0o644), "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(folder: str) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _encode(words: Iterable[Word], clocks: Clocks) -> dict[str, Any]:
    servers = {server_words(word.server): _encode_word(word, clocks) for word in words}
    return {"boot_id": clocks.boot_id, "servers": servers}


def _encode_word(word: Word, clocks: Clocks) -> dict[str, Any]:
    said: dict[str, Any] = {
        "state": word.state,
        "since": round(clocks.wall + word.since - clocks.monotonic, 3),
    }
    if word.state == DRAINED:
        left_s = word.ends_at - clocks.monotonic
        said.update(
            max_connections=word.max_connections,
            timeout_s=word.timeout_s,
            ends_at=round(clocks.wall + left_s, 3),
            ends_at_boot_s=round(clocks.boot + left_s, 3),
            is_out=word.is_out,
            connections=word.connections,
        )
    return said


def _decode(record: dict[str, Any], clocks: Clocks) -> list[Word]:
    is_same_boot = bool(clocks.boot_id) and record["boot_id"] == clocks.boot_id
    return [
        _decode_word(parse_server(text), said, clocks, is_same_boot)
        for text, said in record["servers"].items()
    ]


def _decode_word(server: DestKey, said: dict[str, Any], clocks: Clocks, is_same_boot: bool) -> Word:
    if said["state"] not in STATES:
        raise ValueError(f"{said['state']!r} is no state")
    since = clocks.monotonic - _bounded(clocks.wall - float(said["since"]), _LONGEST_S)
    if said["state"] != DRAINED:
        return Word(server, said["state"], since)
    timeout_s = _bounded(float(said["timeout_s"]), _LONGEST_S)
    ends = said["ends_at_boot_s"] if is_same_boot else said["ends_at"]
    left_s = _bounded(float(ends) - (clocks.boot if is_same_boot else clocks.wall), timeout_s)
    return Word(
        server,
        DRAINED,
        since,
        int(said["max_connections"]),
        timeout_s,
        clocks.monotonic + left_s,
        bool(said["is_out"]),
        int(said["connections"]),
    )


def _bounded(value: float, most: float) -> float:
    if math.isnan(value):
        raise ValueError("a time that is no number")
    return min(max(0.0, value), most)


def parse_server(text: str) -> DestKey:
    """The inverse of ``core.draining.server_words``; ValueError when it is none."""
    if text.count(":") == 1 or text.startswith("["):
        host, dummy, port = text.rpartition(":")
        return DestKey(str(ipaddress.ip_address(host.strip("[]"))), int(port))
    return DestKey(str(ipaddress.ip_address(text)), 0)
