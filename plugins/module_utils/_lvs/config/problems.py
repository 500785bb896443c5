# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is wrong with a file, all of it at once, each with its line."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable

from ..core.errors import ConfigError

_TIME = re.compile(r"([0-9]+(?:\.[0-9]+)?)([a-z]*)")
_SECONDS_IN = {
    "": 1.0,
    "s": 1.0,
    "sec": 1.0,
    "ms": 1e-3,
    "msec": 1e-3,
    "us": 1e-6,
    "usec": 1e-6,
    "m": 60.0,
    "min": 60.0,
    "h": 3600.0,
    "hr": 3600.0,
}
_TRUE = ("on", "yes", "true", "y", "1")
_FALSE = ("off", "no", "false", "n", "0")


class Problems:
    """Collects sentences about one file; ``raise_if_any`` makes one ConfigError of them."""

    def __init__(self, path: str) -> None:
        """``path`` as the operator knows it."""
        self.path = path
        self._errors: list[tuple[int, str]] = []
        self._warnings: list[tuple[int, str]] = []

    def add(self, line: int, sentence: str) -> None:
        """Note an error on ``line`` (0: the file as a whole)."""
        self._errors.append((line, sentence))

    def warn(self, line: int, sentence: str) -> None:
        """Note what the operator should know though the file can be used."""
        self._warnings.append((line, sentence))

    @property
    def warnings(self) -> tuple[str, ...]:
        """The warnings as ``path:line: sentence``, in the order of the lines."""
        return tuple(self._texts(self._warnings))

    def raise_if_any(self, kind: type[ConfigError] = ConfigError) -> None:
        """Raise ConfigError (or the given kind of it) with every sentence on a line of its own."""
        if self._errors:
            raise kind("\n".join(self._texts(self._errors)))

    def _texts(self, found: Iterable[tuple[int, str]]) -> list[str]:
        return [
            f"{self.path}:{line}: {sentence}" if line else f"{self.path}: {sentence}"
            for line, sentence in sorted(found)
        ]


def duration_s(text: str) -> float | None:
    """A time as heartbeat writes it (``2``, ``200ms``, ``1.5s``) in seconds; None if it is none."""
    match = _TIME.fullmatch(text.strip().lower())
    if match is None or match.group(2) not in _SECONDS_IN:
        return None
    return float(match.group(1)) * _SECONDS_IN[match.group(2)]


def truth(text: str) -> bool | None:
    """A switch as heartbeat writes it, in any case; None if it is none."""
    if text.lower() in _TRUE:
        return True
    return False if text.lower() in _FALSE else None


def suggestion(word: str, known: Iterable[str]) -> str:
    """A half-sentence naming the known word that was perhaps meant, or ""."""
    close = difflib.get_close_matches(word, sorted(known), n=1)
    return f" (perhaps {close[0]})" if close else ""
