# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is wrong with a file, all of it at once, each with its line."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Sequence

from ..core.errors import ConfigError, NotYetError

MAX_DURATION_S = 7 * 86400.0
_TIME = re.compile(r"([0-9]{1,12}(?:\.[0-9]{1,12})?)([a-z]*)")
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
        self._is_mendable = True

    def add(self, line: int, sentence: str, may_mend: bool = False) -> None:
        """Note an error on ``line`` (0: the file as a whole). ``may_mend``: at boot, it may be that
        only something else is not up yet."""
        self._errors.append((line, sentence))
        self._is_mendable = self._is_mendable and may_mend

    def warn(self, line: int, sentence: str) -> None:
        """Note what the operator should know though the file can be used."""
        self._warnings.append((line, sentence))

    @property
    def errors(self) -> tuple[str, ...]:
        """The errors as ``path:line: sentence``, in the order of the lines, each once."""
        return tuple(self._texts(self._errors))

    @property
    def warnings(self) -> tuple[str, ...]:
        """The warnings as ``path:line: sentence``, in the order of the lines, each once."""
        return tuple(self._texts(self._warnings))

    @property
    def may_mend(self) -> bool:
        """Whether time alone may mend all errors."""
        return self._is_mendable

    def raise_if_any(self) -> None:
        """Raise ConfigError with every sentence on a line of its own."""
        raise_all([self])

    def _texts(self, found: Iterable[tuple[int, str]]) -> list[str]:
        return [
            f"{self.path}:{line}: {shown(sentence)}" if line else f"{self.path}: {shown(sentence)}"
            for line, sentence in sorted(dict.fromkeys(found))
        ]


def raise_all(files: Sequence[Problems]) -> None:
    """Raise one ConfigError with all errors of several files, if there are any: NotYetError where
    time alone may mend every one of them."""
    errors = [sentence for each in files for sentence in each.errors]
    if errors:
        is_waiting = all(each.may_mend for each in files)
        raise (NotYetError if is_waiting else ConfigError)("\n".join(errors))


def shown(text: str) -> str:
    """``text`` as it may go to a terminal and into a log: what cannot be printed is escaped."""
    if text.isprintable():
        return text
    return "".join(
        letter if letter.isprintable() else letter.encode("unicode_escape").decode()
        for letter in text
    )


def whole_number(text: str, least: int, most: int) -> int | None:
    """A number in plain digits from ``least`` to ``most``, or None."""
    if not re.fullmatch("[0-9]{1,9}", text):
        return None
    return int(text) if least <= int(text) <= most else None


def duration_s(text: str) -> float | None:
    """A time as heartbeat writes it (``2``, ``200ms``, ``1.5s``) in seconds; None if it is none,
    or longer than a week."""
    match = _TIME.fullmatch(text.strip().lower())
    if match is None or match.group(2) not in _SECONDS_IN:
        return None
    seconds = float(match.group(1)) * _SECONDS_IN[match.group(2)]
    return seconds if seconds <= MAX_DURATION_S else None


def truth(text: str) -> bool | None:
    """A switch as heartbeat writes it, in any case; None if it is none."""
    if text.lower() in _TRUE:
        return True
    return False if text.lower() in _FALSE else None


def suggestion(word: str, known: Iterable[str]) -> str:
    """A half-sentence naming the known word that was perhaps meant, or ""."""
    close = difflib.get_close_matches(word, sorted(known), n=1)
    return f" (perhaps {close[0]})" if close else ""
