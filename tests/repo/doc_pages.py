# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The hand-written pages as a reader of Markdown sees them: fenced blocks, inline code, links."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

from tests.repo import tree

# Examples that no test runs, each with the reason. The key is the page and the block's first line.
NOT_RUN: dict[tuple[str, str], str] = {}
# Kinds of blocks that hold nothing to run or to parse.
KINDS_NOT_RUN = {
    "text": "what a program printed",
    "keepalived.conf": "the configuration of another program, shown beside ours",
}


@dataclass(frozen=True)
class Block:
    """A fenced block of a page; ``kind`` is the first word behind the fence, "" for none."""

    page: str
    line: int
    kind: str
    text: str

    @property
    def place(self) -> str:
        return f"{self.page}:{self.line}"

    @property
    def key(self) -> tuple[str, str]:
        """Names the block in NOT_RUN."""
        return self.page, next(iter(self.text.splitlines()), "")


@dataclass(frozen=True)
class Span:
    """Inline code, or the target of a link or picture."""

    page: str
    line: int
    text: str


def page_files() -> list[Path]:
    """The Markdown files that people read, relative to the root."""
    return [
        path
        for path in tree.files()
        if path.suffix == ".md" and path.parts[0] not in ("tests", "scripts")
    ]


def read(page: str | Path) -> str:
    return (tree.ROOT / page).read_text(encoding="utf-8")


@cache
def tokens(text: str) -> tuple[Token, ...]:
    """All tokens of a page, those inside of lines too; each with the line that it stands in."""
    found = MarkdownIt("commonmark").enable("table").parse(text)
    return tuple(_flat(found, 1))


def _flat(found: Iterable[Token], line: int) -> Iterator[Token]:
    for token in found:
        line = token.map[0] + 1 if token.map else line
        token.meta["line"] = line
        yield token
        yield from _flat(token.children or (), line)


def blocks_of(page: str, text: str) -> list[Block]:
    """The fenced blocks, and the indented ones, which have no kind."""
    return [
        Block(page, token.meta["line"], (token.info.split() or [""])[0], token.content)
        for token in tokens(text)
        if token.type in ("fence", "code_block")
    ]


def codes_of(page: str, text: str) -> list[Span]:
    """Inline code."""
    return [
        Span(page, token.meta["line"], token.content)
        for token in tokens(text)
        if token.type == "code_inline"
    ]


def links_of(page: str, text: str) -> list[Span]:
    """Targets of links and pictures."""
    targets = [
        (token.meta["line"], token.attrGet("href") or token.attrGet("src"))
        for token in tokens(text)
        if token.type in ("link_open", "image")
    ]
    return [Span(page, line, str(target)) for line, target in targets]


def anchors_of(text: str) -> set[str]:
    """The anchors that a git host gives to the headings of a page."""
    titles = [
        token.content
        for before, token in zip(tokens(text), tokens(text)[1:], strict=False)
        if before.type == "heading_open"
    ]
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}
