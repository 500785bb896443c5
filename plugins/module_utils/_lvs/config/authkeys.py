# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""authkeys of Linux-HA: which secrets sign and verify heartbeats.

A line is ``auth ID`` or ``ID METHOD SECRET``; comments stand at the start of a line only, and the
secret is the third word. No message of this module ever repeats a word of the file but ids and
methods that are known: any other word may be a misplaced secret.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from ..core.cluster import Auth, Key
from .problems import Problems, whole_number

MAX_ID = 255  # one byte of the wire format
SHORT_SECRET_BYTES = 16
_OLD_METHODS = ("md5", "sha1")
_HOW = " (a secret: `openssl rand -hex 16`)"


@dataclass(frozen=True)
class Authkeys:
    """The keys and what to tell the operator about them."""

    auth: Auth = field(repr=False)
    warnings: tuple[str, ...] = ()


def parse(text: str, path: str) -> Authkeys:
    """Read authkeys; raises ConfigError with one ``path:line: sentence`` for each problem."""
    problems = Problems(path)
    auth = read(text, problems)
    problems.raise_if_any()
    return Authkeys(auth, problems.warnings)


def read(text: str, problems: Problems) -> Auth:
    """As ``parse``, but what is wrong goes to ``problems``; ``text`` may hold surrogate escapes."""
    keys: dict[int, Key] = {}
    sends: list[tuple[int, int]] = []
    for number, line in enumerate(text.split("\n"), 1):
        words = line.split()
        if not words or words[0].startswith("#"):
            continue
        if words[0].lower() == "auth":
            sends.extend(_read_auth(problems, number, words))
        else:
            _read_key(problems, number, words, keys)
    return Auth(_send_id(problems, sends, keys), keys)


def _read_auth(problems: Problems, number: int, words: list[str]) -> list[tuple[int, int]]:
    key_id = _key_id(words[1]) if len(words) == 2 else None
    if key_id is None:
        problems.add(number, f"write `auth ID`, where ID is a number from 1 to {MAX_ID}.")
        return []
    return [(number, key_id)]


def _read_key(problems: Problems, number: int, words: list[str], keys: dict[int, Key]) -> None:
    key_id = _key_id(words[0])
    method = words[1].lower() if len(words) > 1 else ""
    if key_id is None:
        problems.add(number, "write `ID hmac-sha256 SECRET`, where ID is a number from 1 to 255.")
    elif key_id in keys:
        problems.add(number, f"key {key_id} stands here a second time: remove one of them.")
    elif method == "crc":
        problems.add(number, f"crc signs nothing: write `{key_id} hmac-sha256 SECRET`{_HOW}.")
    elif method not in ("hmac-sha256", *_OLD_METHODS):
        problems.add(number, f"unknown method: write `{key_id} hmac-sha256 SECRET`.")
    elif len(words) < 3:
        problems.add(number, f"key {key_id} has no secret: write `{key_id} hmac-sha256 SECRET`.")
    else:
        keys[key_id] = Key(key_id, words[2].encode("utf-8", "surrogateescape"))
        _warn_of_key(problems, number, keys[key_id], method, len(words))


def _warn_of_key(problems: Problems, number: int, key: Key, method: str, words: int) -> None:
    if method in _OLD_METHODS:
        problems.warn(
            number,
            f"the {method} secret of key {key.key_id} is used as an HMAC-SHA256 key: "
            f"write hmac-sha256 for {method}.",
        )
    if words > 3:
        problems.warn(number, f"key {key.key_id} is its third word only; the rest is ignored.")
    if len(key.secret) < SHORT_SECRET_BYTES:
        problems.warn(number, f"the secret of key {key.key_id} is short: use 16 bytes or more.")


def _send_id(problems: Problems, sends: list[tuple[int, int]], keys: dict[int, Key]) -> int:
    if not sends:
        problems.add(0, "does not say which key signs: write `auth ID`.")
        return 0
    number, send_id = sends[-1]
    if len({key_id for dummy, key_id in sends}) > 1:
        problems.add(number, "auth stands here a second time with another id: remove one of them.")
    if send_id not in keys:
        problems.add(number, f"auth names key {send_id}, of which there is no sound line.")
    return send_id


def _key_id(word: str) -> int | None:
    return whole_number(word, 1, MAX_ID)
