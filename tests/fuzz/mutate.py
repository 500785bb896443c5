# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Changes inputs: bytes, lines and words, by chance and from a dictionary. Pure but for ``rng``."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence

MAX_BYTES = 8192
MOST_CHANGES = 6
_NUMBERS = (0, 1, 2, 3, 7, 15, 31, 32, 63, 64, 127, 128, 254, 255, 256, 65535, 65536, 2**31 - 1,
            2**31, 2**32 - 1, 2**63 - 1, 2**64 - 1)  # fmt: skip
_NUMBERS_AS_TEXT = (b"-1", b"0.0", b"1e400", b"nan", b"00", b"007", b"999999999999999999999",
                    b"1e-9", b"2147483648", b"65536", b"256", b"33", b"129")  # fmt: skip
_NUMBER = re.compile(rb"[0-9]+")
_WORD = re.compile(rb"[^\s=,:/]+")
_LINE_ENDS = (b"\n", b"\r\n", b"\r", b"\\\n", b"\x0c", b"\x1c", b"\xe2\x80\xa8", b"\x00")

Change = Callable[[bytes], bytes]


class Mutator:
    """Makes new inputs of a pool of old ones, by ``rng`` alone."""

    def __init__(self, rng: random.Random, tokens: Sequence[bytes], is_text: bool) -> None:
        """``tokens`` are words of the format."""
        self.rng, self.tokens = rng, tokens
        self._pool: Sequence[bytes] = ()
        on_bytes: list[Change] = [
            *(self.flip, self.put_byte, self.put_number, self.insert, self.remove),
            *(self.repeat, self.splice, self.cut, self.put_token),
        ]
        on_lines: list[Change] = [
            *(self.repeat_line, self.remove_line, self.move_line, self.borrow_line),
            *(self.change_word, self.change_word, self.change_number),
            *(self.join_words, self.end_line),
        ]
        self._changes = on_bytes
        if is_text:
            self._changes = [*on_lines, *on_lines, *on_bytes]

    def make(self, pool: Sequence[bytes]) -> bytes:
        """One new input."""
        self._pool = pool
        data = self.rng.choice(pool)
        for dummy in range(self.rng.randint(1, MOST_CHANGES)):
            data = self.rng.choice(self._changes)(data)
        return data[:MAX_BYTES]

    # ---- bytes ---------------------------------------------------------------------------------

    def _at(self, data: bytes) -> int:
        return self.rng.randrange(len(data) + 1)

    def _range(self, data: bytes) -> tuple[int, int]:
        start = self._at(data)
        longest = self.rng.choice([1, 4, 32, 1024])
        return start, min(len(data), start + self.rng.randint(1, longest))

    def _put(self, data: bytes, new: bytes) -> bytes:
        at = self._at(data)
        return data[:at] + new + data[at + len(new) :]

    def flip(self, data: bytes) -> bytes:
        """One bit."""
        if not data:
            return data
        at = self.rng.randrange(len(data))
        return data[:at] + bytes([data[at] ^ 1 << self.rng.randrange(8)]) + data[at + 1 :]

    def put_byte(self, data: bytes) -> bytes:
        """One byte, whatever was there."""
        return self._put(data, self.rng.randbytes(1))

    def put_number(self, data: bytes) -> bytes:
        """A number that breaks things, in 1 to 8 bytes of either order."""
        size = self.rng.choice([1, 2, 4, 8])
        number = self.rng.choice(_NUMBERS) % (1 << 8 * size)
        return self._put(data, number.to_bytes(size, self.rng.choice(["big", "little"])))

    def insert(self, data: bytes) -> bytes:
        """Some bytes more."""
        at = self._at(data)
        return data[:at] + self.rng.randbytes(self.rng.randint(1, 8)) + data[at:]

    def remove(self, data: bytes) -> bytes:
        """Some bytes fewer."""
        start, end = self._range(data)
        return data[:start] + data[end:]

    def repeat(self, data: bytes) -> bytes:
        """A part of it again, perhaps often."""
        start, end = self._range(data)
        times = self.rng.choice([1, 1, 2, 16])
        return (data[:end] + data[start:end] * times + data[end:])[:MAX_BYTES]

    def splice(self, data: bytes) -> bytes:
        """The front of this and the back of another."""
        other = self.rng.choice(self._pool)
        return data[: self._at(data)] + other[self._at(other) :]

    def cut(self, data: bytes) -> bytes:
        """Its front only."""
        return data[: self._at(data)]

    def put_token(self, data: bytes) -> bytes:
        """A word of the format, in or over what is there."""
        if not self.tokens:
            return data
        token, at = self.rng.choice(self.tokens), self._at(data)
        return data[:at] + token + data[at + self.rng.choice([0, len(token)]) :]

    # ---- lines and words -----------------------------------------------------------------------

    def _lines(self, data: bytes) -> list[bytes]:
        return data.split(b"\n")

    def _pick(self, lines: list[bytes]) -> int:
        return self.rng.randrange(len(lines))

    def repeat_line(self, data: bytes) -> bytes:
        """A line again, somewhere."""
        lines = self._lines(data)
        lines.insert(self._pick(lines), self.rng.choice(lines))
        return b"\n".join(lines)

    def remove_line(self, data: bytes) -> bytes:
        """A line fewer."""
        lines = self._lines(data)
        del lines[self._pick(lines)]
        return b"\n".join(lines)

    def move_line(self, data: bytes) -> bytes:
        """Another order."""
        lines = self._lines(data)
        line = lines.pop(self._pick(lines))
        lines.insert(self.rng.randrange(len(lines) + 1), line)
        return b"\n".join(lines)

    def borrow_line(self, data: bytes) -> bytes:
        """A line of another input."""
        lines, others = self._lines(data), self._lines(self.rng.choice(self._pool))
        lines.insert(self._pick(lines), self.rng.choice(others))
        return b"\n".join(lines)

    def change_word(self, data: bytes) -> bytes:
        """A word becomes one of the dictionary, or of another input."""
        words = _WORD.findall(self.rng.choice(self._pool))
        return self._replace(_WORD, data, [*self.tokens, *words[:20]])

    def change_number(self, data: bytes) -> bytes:
        """A number becomes one that breaks things."""
        numbers = [str(number).encode() for number in _NUMBERS]
        return self._replace(_NUMBER, data, [*numbers, *_NUMBERS_AS_TEXT])

    def _replace(self, pattern: re.Pattern[bytes], data: bytes, news: Sequence[bytes]) -> bytes:
        places = [match.span() for match in pattern.finditer(data)]
        if not places or not news:
            return data
        start, end = self.rng.choice(places)
        return data[:start] + self.rng.choice(news) + data[end:]

    def join_words(self, data: bytes) -> bytes:
        """Other blanks between words, or none."""
        blank = self.rng.choice([b"", b"\t", b"  ", b",", b"=", b"::", b"/", b'"', b"#", b"\xa0"])
        return self._replace(re.compile(rb"[ =,:/]"), data, [blank])

    def end_line(self, data: bytes) -> bytes:
        """Another end of a line, or none."""
        return self._replace(re.compile(rb"\n"), data, [*_LINE_ENDS, b""])
