# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An ha.cf half read: what its readers write into."""

from __future__ import annotations

from dataclasses import dataclass, field

from .ha_links import RawLink
from .problems import Problems


@dataclass(frozen=True)
class PingLine:
    """A ping node as written: ``hosts`` are addresses in canonical form, or names."""

    name: str
    hosts: tuple[str, ...]
    line: int


@dataclass
class Draft:
    """What has been read so far. ``broken`` names the directives that stand in the file and cannot
    be used, so that nothing else is blamed for what they would have said."""

    problems: Problems
    nodes: list[str] = field(default_factory=list)
    words: dict[str, str] = field(default_factory=dict)
    times: dict[str, float] = field(default_factory=dict)
    ports: list[tuple[int, int]] = field(default_factory=list)
    links: list[RawLink] = field(default_factory=list)
    pings: list[PingLine] = field(default_factory=list)
    priority: int = 1
    lines: dict[str, int] = field(default_factory=dict)
    broken: set[str] = field(default_factory=set)

    def refuse(self, number: int, name: str, sentence: str) -> None:
        """Note an error of the directive ``name``."""
        self.problems.add(number, sentence)
        self.broken.add(name)
