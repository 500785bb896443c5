# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The lines of ldirectord.cf: comments, quotes, indentation, blocks. No meaning of directives here.

Kinder than the old program where the meaning is plain (docs/reference/ldirectord_cf.md says where
the two differ), a sentence with file:line where it is not.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from .problems import Problems as FileProblems

HEADS = ("virtual", "virtual6")
# Directives that only make sense within a virtual section; they may stand unindented there.
VIRTUAL_ONLY = frozenset(
    [
        "real",
        "real6",
        "checktype",
        "service",
        "checkcommand",
        "checkport",
        "request",
        "receive",
        "httpmethod",
        "virtualhost",
        "login",
        "passwd",
        "database",
        "secret",
        "load",
        "scheduler",
        "schedflags",
        "persistent",
        "netmask",
        "protocol",
        "monitorfile",
        "ops",
        "servicename",
        "comment",
    ]
)
_DIRECTIVE = re.compile(r"^(\s*)([A-Za-z][A-Za-z0-9_]*)\s*(?:=\s*(.*))?$", re.DOTALL)
_TYPOGRAPHIC_QUOTES = re.compile("[\u2018-\u201f\u00ab\u00bb]")


class Problems(FileProblems):
    """As for the other files, with sentences that lack their full stop."""

    def error(self, line: int, sentence: str) -> None:
        """The file cannot be used."""
        self.add(line, f"{sentence}.")

    def warn(self, line: int, sentence: str) -> None:
        """The file can be used, but somebody should know."""
        super().warn(line, f"{sentence}.")


@dataclass(frozen=True)
class Directive:
    """``key = value`` as written: comment cut, blanks stripped, quotes kept."""

    key: str
    value: str
    line: int
    is_indented: bool


@dataclass
class Block:
    """A ``virtual`` line with the directives that belong to it."""

    head: Directive
    body: list[Directive] = field(default_factory=list)


@dataclass
class Document:
    """The directives outside any block, and the blocks, in the order of the file."""

    directives: list[Directive] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)


def read_lines(text: str, problems: Problems) -> Document:
    """Sort the lines of a file into global directives and virtual sections."""
    reader = _Reader(problems)
    for number, raw in enumerate(text.lstrip("\ufeff").split("\n"), start=1):
        directive = _directive(raw, number, problems)
        if directive is not None:
            reader.take(directive)
    return reader.document


class _Reader:
    """Decides to which block a line belongs."""

    def __init__(self, problems: Problems) -> None:
        self.document = Document()
        self._problems = problems
        self._block: Block | None = None
        self._is_flush = False  # the open block has lines without indent

    def take(self, directive: Directive) -> None:
        if directive.key in HEADS:
            self._open(directive)
        elif directive.is_indented and self.document.blocks:
            self._take_indented(directive)
        elif directive.key in VIRTUAL_ONLY:
            self._take_flush(directive)
        else:
            self._take_global(directive)

    def _open(self, head: Directive) -> None:
        if head.is_indented:
            self._problems.warn(head.line, "this virtual is indented; it begins a new section")
        self._block = Block(head)
        self._is_flush = False
        self.document.blocks.append(self._block)

    def _take_indented(self, directive: Directive) -> None:
        if self._block is None:
            self._problems.error(
                directive.line,
                f"{directive.key} is indented behind a global directive: move it into its virtual"
                " section, or write it at the start of the line",
            )
        else:
            self._block.body.append(directive)

    def _take_flush(self, directive: Directive) -> None:
        if self._block is None:
            self._problems.error(
                directive.line, f"{directive.key} belongs in a virtual section, write it below one"
            )
            return
        if not self._is_flush:
            self._problems.warn(
                directive.line,
                f"{directive.key} is not indented; it is read as part of the virtual section of"
                f" line {self._block.head.line}, indent it by four blanks",
            )
        self._is_flush = True
        self._block.body.append(directive)

    def _take_global(self, directive: Directive) -> None:
        if self._block is not None and self._is_flush:
            self._problems.error(
                directive.line,
                f"{directive.key} may be global or belong to the virtual section above, whose"
                " lines are not indented either: indent them by four blanks",
            )
        self._block = None
        self._is_flush = False
        self.document.directives.append(directive)


def _directive(raw: str, number: int, problems: Problems) -> Directive | None:
    line = cut_comment(raw.replace("\r", "")).rstrip()
    if not line.strip():
        return None
    match = _DIRECTIVE.match(line)
    if match is None:
        problems.error(number, f"`{line.strip()[:40]}` is no directive, write `name = value`")
        return None
    value = (match.group(3) or "").strip()
    key = match.group(2).lower()
    if any(0xDC80 <= ord(letter) <= 0xDCFF for letter in value):
        problems.error(number, f"the value of {key} is not UTF-8, write it in UTF-8")
        return None
    if _TYPOGRAPHIC_QUOTES.search(value):
        problems.error(number, f'{key} has a typographic quote, write plain ones: "..."')
    return Directive(key, value, number, bool(match.group(1)))


def cut_comment(line: str) -> str:
    """The line up to its first ``#`` outside quotes, or at all where quotes do not pair."""
    is_quoted = False
    previous = ""
    for position, letter in enumerate(line):
        if letter == '"' and previous != "\\":
            is_quoted = not is_quoted
        elif letter == "#" and not is_quoted:
            return line[:position]
        previous = letter
    return line.split("#", 1)[0] if is_quoted else line


def unquote(value: str) -> str:
    """The value without the quotes around it, if it has them."""
    if len(value) >= 2 and value[0] == value[-1] == '"':
        return value[1:-1]
    return value
