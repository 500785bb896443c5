# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ha.cf's node and link lines: one marked section for each peer, after the role's block.

Broadcast and multicast links are not a peer's own; the sections of several peers may name the same
one, which ha.cf's parser reads as one link.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .._lvs.core.errors import ConfigError

DEFAULT_PORT = 694
_BEGIN = re.compile(r"# BEGIN laico\.lvs peer (\S+)")
_END = "# END laico.lvs peer {name}"


@dataclass(frozen=True)
class PeerLink:
    """One way to a peer: ``kind`` ucast, mcast or bcast, with what its line needs."""

    kind: str
    interface: str
    address: str = ""
    group: str = ""
    port: int | None = None
    ttl: int = 1

    def lines(self, udpport: int) -> list[str]:
        """Return the ha.cf lines; raises ConfigError where they cannot say what is asked.

        A unicast or broadcast link with a port of its own is put between two ``udpport`` lines.
        """
        if self.kind == "mcast":
            if not self.group:
                raise ConfigError("links: a multicast link needs its group, such as 239.0.0.1.")
            word = "mcast6" if ":" in self.group else "mcast"
            return [f"{word} {self.interface} {self.group} {self.port or udpport} {self.ttl} 0"]
        if self.port not in (None, udpport):
            return [f"udpport {self.port}", self._plain_line(), f"udpport {udpport}"]
        return [self._plain_line()]

    def _plain_line(self) -> str:
        if self.kind == "bcast":
            return f"bcast {self.interface}"
        if not self.address:
            raise ConfigError("links: a unicast link needs the peer's address.")
        return f"{'ucast6' if ':' in self.address else 'ucast'} {self.interface} {self.address}"


def link_of(options: Mapping[str, Any]) -> PeerLink:
    """Return the link that an entry of a module's option ``links`` describes."""
    return PeerLink(
        kind=options["type"],
        interface=options["interface"],
        address=options["address"] or "",
        group=options["group"] or "",
        port=options["port"],
        ttl=options["ttl"],
    )


def read_udpport(lines: Sequence[str]) -> int:
    """Return the udpport of ha.cf's lines outside of all sections."""
    port = DEFAULT_PORT
    for line in lines:
        words = line.split("#", 1)[0].split()
        if len(words) == 2 and words[0] == "udpport" and words[1].isdigit():
            port = int(words[1])
    return port


def set_peer(text: str, name: str, links: Sequence[PeerLink] | None) -> str:
    """Return ha.cf's text with the section of ``name`` as asked; ``links`` None removes it."""
    rest, sections = split_sections(text)
    if links is None:
        sections.pop(name, None)
    else:
        udpport = read_udpport(rest)
        sections[name] = [f"node {name}"]
        for link in links:
            sections[name] += link.lines(udpport)
    return _join(rest, sections)


def split_sections(text: str) -> tuple[list[str], dict[str, list[str]]]:
    """Return the lines outside of all sections, and name -> the lines of each section."""
    rest: list[str] = []
    sections: dict[str, list[str]] = {}
    name = ""
    for line in text.splitlines():
        begin = _BEGIN.fullmatch(line)
        if begin:
            name = begin.group(1)
            sections[name] = []
        elif name and line == _END.format(name=name):
            name = ""
        elif name:
            sections[name].append(line)
        else:
            rest.append(line)
    return rest, sections


def _join(rest: Sequence[str], sections: Mapping[str, Sequence[str]]) -> str:
    lines = list(rest)
    for name, section in sections.items():
        lines += [f"# BEGIN laico.lvs peer {name}", *section, _END.format(name=name)]
    return "\n".join(lines) + "\n" if lines else ""
