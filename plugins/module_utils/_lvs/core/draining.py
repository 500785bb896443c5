# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The operator's word on real servers: enabled, drained or disabled, and how far a drain has come.

A word is of an address with all its ports (port 0) or of one address and port; the narrower one
counts. It says nothing of health: checks go on, and what the agents compare is without it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from .model import DestKey
from .plan_text import dest_words

ENABLED = "enabled"
DRAINED = "drained"
DISABLED = "disabled"
STATES = (ENABLED, DRAINED, DISABLED)
EVERY_PORT = 0
# A client whose SYN came just before the weight went to 0 is counted when its handshake ends.
SETTLE_S = 1.0
LOOK_PAUSE_S = 0.2
LOOK_SHARE = 10  # looks take at most one part in so many of the time


@dataclass(frozen=True)
class Word:
    """What was said of ``server`` (port 0: all of its ports). Times are monotonic seconds.

    ``connections`` is how many were left at the last look, or when it went out; ``quiet_since``
    when the kernel was first seen to give the server no new ones.
    """

    server: DestKey
    state: str
    since: float
    max_connections: int = 0
    timeout_s: float = 0.0
    ends_at: float = 0.0
    is_out: bool = False
    connections: int = 0
    quiet_since: float | None = None

    @property
    def is_draining(self) -> bool:
        """Is the server still in the table, with weight 0?"""
        return self.state == DRAINED and not self.is_out

    def covers(self, row: DestKey) -> bool:
        """Is ``row`` one of the server's?"""
        return row.address == self.server.address and self.server.port in (EVERY_PORT, row.port)


@dataclass(frozen=True)
class Seen:
    """A server's rows in the kernel: how many, the sum of their weights and of connections."""

    rows: int = 0
    weight: int = 0
    active: int = 0
    inactive: int = 0


def advance(word: Word, seen: Seen, now: float) -> Word:
    """How a drain goes on from what the kernel shows: out when few enough connections are left,
    when its time is up, or when no row is there."""
    if not word.is_draining:
        return word
    if not seen.rows:
        return replace(word, is_out=True)
    word = replace(word, connections=seen.active)
    if now >= word.ends_at:
        return replace(word, is_out=True)
    if seen.weight:
        return replace(word, quiet_since=None)
    quiet_since = now if word.quiet_since is None else word.quiet_since
    is_settled = not seen.inactive or now >= quiet_since + SETTLE_S
    is_over = is_settled and seen.active <= word.max_connections
    return replace(word, quiet_since=quiet_since, is_out=is_over)


class Words:
    """All words; never changed, what is said or seen makes new ones."""

    def __init__(self, words: Iterable[Word] = ()) -> None:
        """One word for each server."""
        self._words = {word.server: word for word in words}

    def __iter__(self) -> Iterator[Word]:
        """Every word, those that enable too."""
        return iter(sorted(self._words.values(), key=lambda word: word.server))

    def of(self, row: DestKey) -> Word | None:
        """The word that counts for a row, None where nothing was said."""
        if not self._words:
            return None
        return self._words.get(row) or self._words.get(DestKey(row.address, EVERY_PORT))

    def state(self, row: DestKey) -> str:
        """enabled, drained or disabled."""
        word = self.of(row)
        return word.state if word else ENABLED

    def said(self, words: Iterable[Word]) -> Words:
        """With these words too; itself when that changes nothing.

        A word on all ports of an address ends those on single ones. A drain that is under way
        goes on with its own deadline when it is asked for again in the same terms.
        """
        found = dict(self._words)
        for word in words:
            if self._is_said(word):
                continue
            found = {key: held for key, held in found.items() if not word.covers(key)}
            found[word.server] = word
        is_same = found == self._words
        return self if is_same else Words(found.values())

    def _is_said(self, word: Word) -> bool:
        covered = [held for key, held in self._words.items() if word.covers(key)]
        if any(held.state != word.state for held in covered):
            return False
        held = self.of(word.server)
        if held is None:
            return word.state == ENABLED
        return held.state == word.state and (
            word.state != DRAINED or held.is_out or _terms(held) == _terms(word)
        )

    def seen(self, rows: Mapping[DestKey, Seen], now: float) -> Words:
        """With every drain as far as the kernel's rows show; itself when nothing goes on."""
        if not self.is_draining:
            return self
        return Words(advance(word, self._sum(word, rows), now) for word in self._words.values())

    def _sum(self, word: Word, rows: Mapping[DestKey, Seen]) -> Seen:
        own = [seen for key, seen in rows.items() if self.of(key) is word]
        return Seen(
            sum(seen.rows for seen in own),
            sum(seen.weight for seen in own),
            sum(seen.active for seen in own),
            sum(seen.inactive for seen in own),
        )

    @property
    def is_draining(self) -> bool:
        """Is any drain under way?"""
        return any(word.is_draining for word in self._words.values())

    def kept(self) -> list[Word]:
        """What must outlive the daemon: a word that enables only under a wider one."""
        return [word for word in self if word.state != ENABLED or self._is_exception(word)]

    def _is_exception(self, word: Word) -> bool:
        wider = self._words.get(DestKey(word.server.address, EVERY_PORT), word)
        return wider.state != ENABLED


def _terms(word: Word) -> tuple[int, float]:
    return word.max_connections, word.timeout_s


def look_pause_s(words: Words, took_s: float) -> float | None:
    """Seconds until drains that are under way ask for a look at the table, None: there are none.
    Looks at a big table (``took_s`` each) must not be all that is done."""
    return max(LOOK_PAUSE_S, LOOK_SHARE * took_s) if words.is_draining else None


def server_words(server: DestKey) -> str:
    """``192.0.2.2`` for all its ports, ``192.0.2.2:80`` for one."""
    return dest_words(server) if server.port else server.address


def find_servers(known: Iterable[DestKey], addresses: Iterable[str], port: int) -> list[DestKey]:
    """The servers meant by some addresses and a port (0: every port), of those that are known."""
    keys = set(known)
    meant = (DestKey(address, port) for address in sorted(set(addresses)))
    if port:
        return [server for server in meant if server in keys]
    held = {key.address for key in keys}
    return [server for server in meant if server.address in held]
